"""What the origin holds of a stream, and for how long."""

from dataclasses import replace
from pathlib import Path

import pytest

from media.errors import UnknownResource
from media.hls.origin import Origin
from media.hls.reply import PlaylistReply
from media.messages import Cut, Init
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


def give(origin: Origin) -> None:
    """Tell all that a worker tells who connects."""
    origin.apply(info(*NAMES))
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
