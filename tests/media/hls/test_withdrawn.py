"""What touches a withdrawn stretch, and how a live playlist shows it."""

from pathlib import Path

import pytest

from media.errors import ResourceWithdrawn, UnknownResource
from media.hls.captions import Caption, Captions
from media.hls.origin import Origin
from media.hls.withdrawn import NOTHING_WITHDRAWN, Withdrawn
from media.messages import AirChange, Init, Thumbnail
from tests.media.hls.parts_by_hand import PARTS, START_US, info, listed, part

SEGMENT_US = 1_920_000
# Touches segments 1 and 2 of what starts at START_US.
STRETCH = Withdrawn.of([(START_US + 2 * SEGMENT_US - 1, START_US + 2 * SEGMENT_US + 5)])


def on_air(directory: Path, segments: int) -> Origin:
    origin = Origin(directory)
    origin.apply(info("v360"))
    origin.apply(Init("v360", 1, b"<init>"))
    for number in range(segments * PARTS):
        origin.apply(part(number))
    return origin


async def text(origin: Origin, **query: str) -> str:
    return (await origin.playlist("v360", query)).body.decode()


def gaps(playlist: str) -> list[str]:
    lines = playlist.splitlines()
    return [lines[at + 2] for at, line in enumerate(lines) if line == "#EXT-X-GAP"]


def test_stretches_that_meet_are_one() -> None:
    made = Withdrawn.of([(30, 40), (10, 20), (20, 25), (12, 14), (50, 50)])
    assert made.stretches == ((10, 25), (30, 40))
    assert Withdrawn.read(made.arguments()) == made
    assert made.touches(24, 26)
    assert not made.touches(25, 30)
    assert made.touches(12, 12)
    assert not made.touches(40, 40)


def test_pictures_made_without_a_stretch_have_another_name() -> None:
    assert NOTHING_WITHDRAWN.named("poster.jpg") == "poster.jpg"
    names = {Withdrawn.of([(0, end)]).named("poster.jpg") for end in (0, 1, 2)}
    assert len(names) == 3
    assert all(name.endswith(".jpg") for name in names)


async def test_what_was_withdrawn_is_a_gap_until_it_is_given_back(tmp_path: Path) -> None:
    origin = on_air(tmp_path, 5)
    before = await text(origin)
    origin.withdraw(STRETCH)
    assert gaps(await text(origin)) == ["../../v360/1.m4s", "../../v360/2.m4s"]
    assert (await text(origin)).count("GAP=YES") == 2 * PARTS
    for name in ("v360/1.m4s", "v360/2.m4s", "v360/2.0.m4s"):
        with pytest.raises(ResourceWithdrawn):
            await origin.resource(name)
    assert (await origin.resource("v360/3.m4s")).body
    origin.withdraw(NOTHING_WITHDRAWN)
    assert await text(origin) == before
    assert (await origin.resource("v360/1.m4s")).body


@pytest.mark.parametrize("number", [3, 9, 14])  # of the part it begins in: before, in, behind
async def test_a_slate_that_touches_a_withdrawn_stretch_is_not_named(
    tmp_path: Path, number: int
) -> None:
    origin = on_air(tmp_path, 5)
    at_us, until_us = number * 320_000, (number + 4) * 320_000
    for media_us, air in ((0, "room"), (at_us, "recess"), (until_us, "room")):
        origin.apply(AirChange(media_us, START_US + media_us, air))
    before = await text(origin)
    assert before.count('ID="recess-') == 2
    delta = await text(origin, _HLS_skip="YES")
    touched = number < 12 < number + 4 + 1
    origin.withdraw(STRETCH)
    assert ("recess" not in await text(origin)) == touched
    if touched:  # a delta update would not say that it is gone
        assert "EXT-X-SKIP" not in await text(origin, _HLS_skip="YES")
    origin.withdraw(NOTHING_WITHDRAWN)
    assert await text(origin) == before
    assert before.count("DATERANGE:") == delta.count("DATERANGE:")


async def test_caches_ask_again_what_shows_the_hearing(tmp_path: Path) -> None:
    origin = on_air(tmp_path, 2)
    for name in ("v360/0.m4s", "v360/1.0.m4s"):
        found = await origin.resource(name)
        assert found.changes
        assert found.max_age <= 2
    init = await origin.resource("v360/init-1.mp4")
    assert not init.changes


async def test_what_comes_later_is_a_gap_as_well(tmp_path: Path) -> None:
    origin = on_air(tmp_path, 1)
    origin.withdraw(STRETCH)
    for number in range(PARTS, 4 * PARTS):
        origin.apply(part(number))
    assert gaps(await text(origin)) == ["../../v360/1.m4s", "../../v360/2.m4s"]


async def test_another_server_process_withholds_what_it_takes_over(tmp_path: Path) -> None:
    origin = Origin(tmp_path)
    origin.withdraw(STRETCH)
    origin.apply(info("v360"))
    origin.apply(Init("v360", 1, b"<init>"))
    for msn in range(3):
        origin.apply(listed(msn))
    origin.apply(part(3 * PARTS))
    origin.apply(Thumbnail(START_US + 2 * SEGMENT_US, 1, b"picture"))
    assert gaps(await text(origin)) == ["../../v360/1.m4s", "../../v360/2.m4s"]
    assert origin.thumbnail is None


async def test_after_a_withdrawal_players_are_told_of_all_gaps(tmp_path: Path) -> None:
    origin = on_air(tmp_path, 20)
    assert "EXT-X-SKIP" in await text(origin, _HLS_skip="YES")
    origin.withdraw(STRETCH)
    whole = await text(origin, _HLS_skip="YES")
    assert "EXT-X-SKIP" not in whole
    assert gaps(whole)
    for number in range(20 * PARTS, 52 * PARTS):
        origin.apply(part(number))
    assert "EXT-X-SKIP" in await text(origin, _HLS_skip="YES")


async def test_what_no_list_has_any_more_is_not_given_out_while_anything_is_withdrawn(
    tmp_path: Path,
) -> None:
    """It may be of the withdrawn stretch: its court time is not known any more."""
    origin = on_air(tmp_path, 500)
    assert "v360/0.m4s" not in await text(origin)
    kept = tmp_path / "public" / "v360" / "0.m4s"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(b"<segment>")
    assert (await origin.resource("v360/0.m4s")).path == kept
    origin.withdraw(STRETCH)
    with pytest.raises(UnknownResource):
        await origin.resource("v360/0.m4s")


async def test_captions_of_a_withdrawn_stretch_are_gone(tmp_path: Path) -> None:
    origin = on_air(tmp_path, 4)
    origin.show_captions(Captions([Caption(START_US + SEGMENT_US, "judge", "a name")]))
    assert b"a name" in ((await origin.resource("report/1.vtt")).body or b"")
    origin.withdraw(STRETCH)
    with pytest.raises(ResourceWithdrawn):
        await origin.resource("report/1.vtt")
