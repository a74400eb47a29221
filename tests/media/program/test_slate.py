import numpy as np
import pytest

from media.assignment import ProgramText
from media.program.overlay import ClockFace
from media.program.slate import (
    KINDS,
    STANDARD_TEXTS,
    Notice,
    Slates,
    draw,
    missing_picture,
)
from media.release import PICTURES_IN_USE

NOW = 1_795_399_353_400_000
TEXT = ProgramText("江州市清河区人民法院", "（2026）江0104民初1234号", "Asia/Shanghai", {})


@pytest.fixture(scope="module")
def slates() -> Slates:
    return Slates((640, 360), TEXT)


def test_each_kind_looks_different(slates: Slates) -> None:
    pictures = {slates.picture(kind, NOW).tobytes() for kind in KINDS}
    assert len(pictures) == len(KINDS)


def test_a_slate_does_not_depend_on_what_was_shown_before(slates: Slates) -> None:
    fresh = Slates((640, 360), TEXT).picture("recess", NOW).copy()
    for kind in ("closed", "recess", "recess", "ended", "closed"):
        slates.picture(kind, NOW + 7_000_000)
    shown = [slates.picture("recess", NOW) for _ in range(PICTURES_IN_USE)]
    assert all(np.array_equal(picture, fresh) for picture in shown)


def test_only_the_clock_moves(slates: Slates) -> None:
    before = slates.picture("recess", NOW).copy()
    after = slates.picture("recess", NOW + 100_000)
    box = ClockFace((640, 360), "Asia/Shanghai").box
    rows, columns = np.nonzero(before[:360] != after[:360])
    assert len(rows)
    assert box.y <= rows.min()
    assert rows.max() < box.bottom
    assert box.x <= columns.min()
    assert columns.max() < box.right


@pytest.mark.parametrize("size", [(1280, 720), (640, 360), (426, 240)])
@pytest.mark.parametrize("language", STANDARD_TEXTS)
def test_texts_stay_inside_the_picture(size: tuple[int, int], language: str) -> None:
    for kind, words in STANDARD_TEXTS[language].items():
        image = np.asarray(draw(size, kind, words, (TEXT.court, TEXT.case_number)).convert("L"))
        edge = size[0] // 40
        bright = image > 120
        assert not bright[:, :edge].any() or not bright[: size[1] * 4 // 5, :edge].any()
        assert not bright[:, -edge:].any()
        assert bright.any()


def test_the_courts_own_words_are_used() -> None:
    own = ProgramText("", "", "UTC", {"recess": ("Pause", "Until half past ten")})
    ours, standard = Slates((640, 360), own), Slates((640, 360), ProgramText("", "", "UTC", {}))
    for kind in KINDS:
        same = np.array_equal(ours.picture(kind, NOW), standard.picture(kind, NOW))
        assert same is (kind != "recess")


def test_an_unknown_kind_is_an_error(slates: Slates) -> None:
    with pytest.raises(KeyError):
        slates.picture("party", NOW)


def test_the_tile_without_picture_is_quiet() -> None:
    luma = missing_picture((640, 360)).planes[0]
    assert luma.mean() < 50
    assert luma.max() < 180


def shown(slates: Slates, kind: str, court_us: int) -> np.ndarray:
    """Return a slate when its notice has been drawn."""
    slates.picture(kind, court_us)
    if slates._drawing is not None:
        slates._drawing.join()
    return slates.picture(kind, court_us).copy()


def test_a_notice_is_shown_on_its_slate_from_its_court_time_until_the_next() -> None:
    slates = Slates((640, 360), TEXT)
    plain = {kind: slates.picture(kind, NOW).copy() for kind in KINDS}
    slates.announce("recess", NOW, Notice("合议庭评议", "14:30"))
    slates.announce("recess", NOW + 60_000_000, Notice())
    said = shown(slates, "recess", NOW)
    rows, _ = np.nonzero(said[:360] != plain["recess"][:360])
    assert rows.min() > 0.7 * 360
    assert rows.max() < 0.82 * 360
    assert np.array_equal(shown(slates, "closed", NOW), plain["closed"])
    slates = Slates((640, 360), TEXT)
    slates.announce("recess", NOW, Notice("合议庭评议", "14:30"))
    slates.announce("recess", NOW + 60_000_000, Notice())
    before = shown(slates, "recess", NOW - 1)[:300]
    assert np.array_equal(before, plain["recess"][:300])
    after = shown(slates, "recess", NOW + 60_000_000)[:300]
    assert np.array_equal(after, plain["recess"][:300])


def test_a_notice_does_not_hold_up_the_tick_that_wants_it() -> None:
    slates = Slates((640, 360), TEXT)
    plain = slates.picture("recess", NOW).copy()
    slates.announce("recess", NOW, Notice("评议"))
    assert np.array_equal(slates.picture("recess", NOW), plain)


def test_a_long_notice_stays_inside_the_picture() -> None:
    line = Notice("因设备检修庭审暂时停止" * 3, "2026-11-27 09:00").line
    image = draw((426, 240), "recess", ("休庭", ""), ("", ""), line).convert("L")
    bright = np.asarray(image) > 120
    assert not bright[:200, :8].any()
    assert not bright[:200, -8:].any()


def test_a_slate_is_the_same_picture_until_its_clock_goes_on(slates: Slates) -> None:
    shown = [slates.picture("recess", NOW + tick * 40_000) for tick in range(5)]
    assert [one is shown[0] for one in shown] == [True, True, True, False, False]
    assert slates.picture("closed", NOW + 160_000) is not shown[-1]
