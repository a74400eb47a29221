"""What the origin holds of a stream, and for how long."""

from dataclasses import replace
from pathlib import Path

import pytest

from media.errors import UnknownResource
from media.hls.captions import Captions
from media.hls.origin import Origin
from media.hls.reply import PlaylistReply
from media.messages import AirChange, Cut, Init
from tests.media.hls.parts_by_hand import PARTS, START_US, info, part

NAMES = ("v360", "audio")


def lines(answer: PlaylistReply) -> list[str]:
    return answer.body.decode().splitlines()


async def test_what_lies_on_no_disk_is_served_for_a_minute_and_then_a_gap(tmp_path: Path) -> None:
    origin = Origin(tmp_path)
    origin.apply(info(*NAMES))
    for name in NAMES:
        origin.apply(Init(name, 1, b"init"))
    for number in range(PARTS * 45):
        recorded = not PARTS * 2 <= number < PARTS * 4
        for name in NAMES:
            origin.apply(replace(part(number, rendition=name), recorded=recorded))
        if number == PARTS * 30:
            assert (await origin.resource("v360/2.m4s")).body
            assert (await origin.resource("v360/3.1.m4s")).body == b"<v360 19>"
            assert "#EXT-X-GAP" not in lines(await origin.playlist("v360", {}))
    listed = "\n".join(lines(await origin.playlist("v360", {})))
    assert listed.count("#EXT-X-GAP") == 2
    assert "#EXT-X-GAP\n#EXTINF:1.92000,\n../../v360/2.m4s" in listed
    assert "1.92000,\n../../v360/4.m4s" in listed
    with pytest.raises(UnknownResource):
        await origin.resource("v360/2.m4s")


def give(origin: Origin, *changes: AirChange) -> None:
    """Tell all that a worker tells who connects."""
    origin.apply(info(*NAMES))
    for change in changes:
        origin.apply(change)
    for name in NAMES:
        origin.apply(Init(name, 1, b"init"))
        for number in range(PARTS * 3 + 2):
            origin.apply(part(number, rendition=name))


async def test_what_was_cut_stays_away_when_the_worker_gives_its_recording_again(
    tmp_path: Path,
) -> None:
    origin = Origin(tmp_path)
    give(origin)
    origin.apply(Cut(0, START_US + PARTS * 2 * 320_000, START_US + (PARTS * 3 + 1) * 320_000))
    told = lines(await origin.playlist("v360", {}))
    give(origin)
    origin.apply(part(PARTS * 3 + 2))
    origin.apply(part(PARTS * 3 + 2, rendition="audio"))
    assert (await origin.resource("v360/3.1.m4s")).body == b"<v360 19>"
    for name in ("v360/2.1.m4s", "v360/3.0.m4s", "v360/2.m4s", "audio/2.m4s"):
        with pytest.raises(UnknownResource):
            await origin.resource(name)
    again = lines(await origin.playlist("v360", {}))
    assert [line for line in told if "GAP" in line] == [line for line in again if "GAP" in line]


def change(number: int, air: str) -> AirChange:
    """What is seen from a part on."""
    return AirChange(number * 320_000, START_US + number * 320_000, air)


def dates(answer: PlaylistReply) -> list[str]:
    return [line for line in lines(answer) if "DATERANGE:" in line]


async def test_all_playlists_have_the_same_date_ranges(tmp_path: Path) -> None:
    origin = Origin(tmp_path)
    origin.show_captions(Captions())
    give(origin, change(0, "room"), change(7, "recess"), change(20, "room"), change(22, "closed"))
    for names in (("v360", "v360i"), ("audio", "report")):
        for name in names:
            assert len(dates(await origin.playlist(name, {}))) == 1
    for number in range(20, 23):
        for name in NAMES:
            origin.apply(part(number, rendition=name))
    told = [dates(await origin.playlist(name, {})) for name in ("v360", "v360i", "audio", "report")]
    assert len(told[0]) == 3
    assert told == told[:1] * 4


async def test_a_worker_that_succeeds_another_one_corrects_what_was_told_last(
    tmp_path: Path,
) -> None:
    origin = Origin(tmp_path)
    give(origin, change(0, "room"), change(18, "interrupted"))
    before = dates(await origin.playlist("v360", {}))
    assert len(before) == 1
    give(origin, change(0, "room"), change(18, "interrupted"))
    for name in NAMES:
        origin.apply(part(20, rendition=name))
    assert dates(await origin.playlist("v360", {})) == before
    origin.apply(change(19, "room"))
    over = dates(await origin.playlist("v360", {}))
    assert over[:1] == before
    assert over[1].endswith("DURATION=0.320")


async def test_what_a_worker_has_lost_of_its_log_stays_told(tmp_path: Path) -> None:
    origin = Origin(tmp_path)
    give(origin, change(0, "before"), change(7, "room"))
    before = dates(await origin.playlist("v360", {}))
    give(origin, change(18, "room"))
    for name in NAMES:
        origin.apply(part(20, rendition=name))
    assert dates(await origin.playlist("v360", {})) == before
