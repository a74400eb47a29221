import numpy as np
import pytest

from media.assignment import ProgramText
from media.program.overlay import ClockFace
from media.program.slate import KINDS, STANDARD_TEXTS, Slates, draw, missing_picture
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
