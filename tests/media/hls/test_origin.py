"""What the server holds: answers now, later, never; restarts, cuts and the end."""

import asyncio
import gzip
from pathlib import Path

import pytest

from media.errors import InvalidReload, ReloadTimeout, TooManyWaiting, UnknownResource
from media.hls.captions import Caption, Captions
from media.hls.origin import Origin
from media.hls.reply import PlaylistReply
from media.messages import Cut, CutDone, Init, StreamEnd, StreamInfo, Thumbnail
from media.recording.index import PublicRecording
from tests.media.hls.parts_by_hand import (
    NAMES,
    PARTS,
    START_US,
    begin,
    info,
    listed,
    part,
    publish,
)


def lines(answer: PlaylistReply) -> list[str]:
    return answer.body.decode().splitlines()


async def started(origin: Origin, count: int = 1) -> None:
    """Let requests run until so many of them wait."""
    async with asyncio.timeout(5):
        while origin.waiting < count:
            await asyncio.sleep(0)


async def test_nothing_to_play_yet(tmp_path: Path) -> None:
    origin = Origin(tmp_path)
    assert origin.info is None
    assert origin.air_us is None
    with pytest.raises(UnknownResource):
        origin.multivariant(str)
    with pytest.raises(UnknownResource):
        await origin.resource("v360/0.m4s")
    first = asyncio.create_task(origin.playlist("v360", {}))
    await started(origin)
    begin(origin, 1)
    assert "0.0.m4s" in (await first).body.decode()


async def test_a_plain_request_is_answered_at_once(tmp_path: Path) -> None:
    origin = begin(Origin(tmp_path), 8)
    answer = await origin.playlist("v360", {"token": "x"})
    assert lines(answer)[-3:] == [
        '#EXT-X-PRELOAD-HINT:TYPE=PART,URI="../../v360/1.2.m4s"',
        '#EXT-X-RENDITION-REPORT:URI="v360i.m3u8",LAST-MSN=0',
        '#EXT-X-RENDITION-REPORT:URI="audio.m3u8",LAST-MSN=1,LAST-PART=1',
    ]
    assert answer.max_age == 1
    assert gzip.decompress(answer.gzipped) == answer.body
    assert origin.air_us == START_US + 8 * 320_000


async def test_a_request_waits_for_its_part(tmp_path: Path) -> None:
    origin = begin(Origin(tmp_path), 8)
    asked = asyncio.create_task(origin.playlist("v360", {"_HLS_msn": "1", "_HLS_part": "3"}))
    await started(origin)
    publish(origin, [8])
    await asyncio.sleep(0)
    assert not asked.done()
    publish(origin, [9])
    answer = await asked
    assert any('"../../v360/1.3.m4s"' in line for line in lines(answer))
    assert answer.max_age == 12
    assert origin.waiting == 0


async def test_all_who_wait_get_the_same_bytes(tmp_path: Path) -> None:
    origin = begin(Origin(tmp_path), 8)
    query = {"_HLS_msn": "1", "_HLS_part": "2"}
    asked = [asyncio.create_task(origin.playlist("v360", query)) for _ in range(50)]
    await started(origin, 50)
    publish(origin, [8])
    answers = await asyncio.gather(*asked)
    assert len({id(answer.reply) for answer in answers}) == 1
    assert len({id(answer.gzipped) for answer in answers}) == 1


async def test_what_makes_no_sense_is_refused(tmp_path: Path) -> None:
    origin = begin(Origin(tmp_path), 8)
    for query in ({"_HLS_msn": "9"}, {"_HLS_part": "1"}, {"_HLS_msn": "x"}):
        with pytest.raises(InvalidReload):
            await origin.playlist("v360", query)
    with pytest.raises(UnknownResource):
        await origin.playlist("v999", {})


async def test_no_request_waits_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("media.hls.reload.WAIT_TARGETS", 0.01)
    origin = begin(Origin(tmp_path), 8)
    with pytest.raises(ReloadTimeout):
        await origin.playlist("v360", {"_HLS_msn": "2"})
    with pytest.raises(ReloadTimeout):
        await origin.resource("v360/1.2.m4s")
    assert origin.waiting == 0


async def test_only_so_many_may_wait(tmp_path: Path) -> None:
    origin = begin(Origin(tmp_path, max_waiting=1), 8)
    first = asyncio.create_task(origin.playlist("v360", {"_HLS_msn": "1"}))
    await started(origin)
    with pytest.raises(TooManyWaiting):
        await origin.playlist("v360", {"_HLS_msn": "1"})
    publish(origin, range(8, 12))
    await first


async def test_a_delta_update(tmp_path: Path) -> None:
    origin = begin(Origin(tmp_path), PARTS * 10)
    delta = await origin.playlist("v360", {"_HLS_skip": "YES"})
    assert "#EXT-X-SKIP:SKIPPED-SEGMENTS=3" in lines(delta)
    full = await origin.playlist("v360", {})
    assert not any("EXT-X-SKIP" in line for line in lines(full))


async def test_media_from_memory(tmp_path: Path) -> None:
    origin = begin(Origin(tmp_path), 8)
    assert (await origin.resource("audio/init-1.mp4")).body == b"<init audio>"
    assert (await origin.resource("v360/1.1.m4s")).body == b"<v360 7>"
    whole = await origin.resource("v360/0.m4s")
    assert whole.body == b"".join(b"<v360 %d>" % number for number in range(6))
    assert whole.content_type == "video/mp4"
    assert (await origin.resource("audio/0.0.m4s")).content_type == "audio/mp4"


@pytest.mark.parametrize(
    "name",
    ["v360/init-2.mp4", "v360/1.m4s", "v360/1.3.m4s", "v360/2.0.m4s", "v1/0.m4s", "v360/x", ""],
)
async def test_what_is_not_there(tmp_path: Path, name: str) -> None:
    origin = begin(Origin(tmp_path), 8)
    with pytest.raises(UnknownResource):
        await origin.resource(name)


async def test_a_hinted_part_is_waited_for(tmp_path: Path) -> None:
    origin = begin(Origin(tmp_path), 8)
    hinted = asyncio.create_task(origin.resource("v360/1.2.m4s"))
    await started(origin)
    publish(origin, [8])
    assert (await hinted).body == b"<v360 8>"


async def test_a_hint_that_is_taken_back(tmp_path: Path) -> None:
    origin = begin(Origin(tmp_path), 8)
    hinted = asyncio.create_task(origin.resource("v360/1.2.m4s"))
    await started(origin)
    for name in NAMES:
        origin.apply(part(12, rendition=name, discontinuity=True))
    with pytest.raises(UnknownResource):
        await hinted


async def test_older_media_come_from_disk(tmp_path: Path) -> None:
    origin = Origin(tmp_path, window_seconds=60)
    with PublicRecording(tmp_path) as recording:
        origin.apply(info(*NAMES))
        for number in range(PARTS * 40):
            for name in NAMES:
                made = part(number, rendition=name)
                recording.write(made)
                origin.apply(made)
    listed_segment = await origin.resource("v360/20.m4s")
    assert listed_segment.path == tmp_path / "public/v360/20.m4s"
    assert (await origin.resource("v360/20.3.m4s")).body == b"<v360 123>"
    removed = await origin.resource("v360/2.m4s")
    assert removed.path == tmp_path / "public/v360/2.m4s"
    assert removed.path.read_bytes().startswith(b"<v360 12>")
    assert origin.held_bytes < 2 * 15 * 6 * 12
    removed.path.unlink()
    with pytest.raises(UnknownResource):
        await origin.resource("v360/2.m4s")


async def test_a_restarted_server_goes_on(tmp_path: Path) -> None:
    """A snapshot is served only when it is whole, so nobody is told that it asks too far ahead."""
    origin = Origin(tmp_path)
    asked = asyncio.create_task(origin.playlist("v360", {"_HLS_msn": "30", "_HLS_part": "1"}))
    await started(origin)
    origin.apply(info(*NAMES))
    for name in NAMES:
        for msn in range(28):
            origin.apply(listed(msn, rendition=name, sequence=2))
    for name in NAMES:
        with pytest.raises(UnknownResource):
            origin.multivariant(str)
        publish(origin, range(28 * PARTS, 30 * PARTS), [name])
    assert origin.info == info(*NAMES)
    publish(origin, [180])
    assert not asked.done()
    publish(origin, [181])
    text = (await asked).body.decode()
    assert "#EXT-X-DISCONTINUITY-SEQUENCE:2\n" in text
    assert "LAST-MSN=30" in text


async def test_waiters_survive_a_restarted_worker(tmp_path: Path) -> None:
    origin = begin(Origin(tmp_path), PARTS * 6 + 2)
    asked = asyncio.create_task(origin.playlist("v360", {"_HLS_msn": "6", "_HLS_part": "2"}))
    await started(origin)
    before = (await origin.playlist("audio", {})).body
    origin.apply(info(*NAMES))
    for name in NAMES:
        origin.apply(Init(name, 1, b"<again>"))
        origin.apply(listed(0, rendition=name))
    for name in NAMES:
        publish(origin, range(PARTS, PARTS * 6 + 2), [name])
        if name == "v360":
            assert (await origin.playlist("audio", {})).body == before
    assert (await origin.resource("v360/init-1.mp4")).body == b"<again>"
    assert (await origin.resource("v360/0.0.m4s")).body == b"<v360 0>"  # taken over
    assert (await origin.playlist("audio", {})).body == before
    assert not asked.done()
    publish(origin, [PARTS * 6 + 2])
    assert "6.2.m4s" in (await asked).body.decode()


async def test_a_new_stream_is_not_shown_before_it_has_caught_up(tmp_path: Path) -> None:
    origin = begin(Origin(tmp_path), PARTS * 6 + 2)
    origin.apply(info(*NAMES))
    for name in NAMES:
        publish(origin, range(PARTS * 6), [name])
    assert "6.1.m4s" in (await origin.playlist("v360", {})).body.decode()
    publish(origin, range(PARTS * 6, PARTS * 6 + 2))
    assert "6.1.m4s" in (await origin.playlist("v360", {})).body.decode()
    publish(origin, [PARTS * 6 + 2])
    assert "6.2.m4s" in (await origin.playlist("v360", {})).body.decode()


async def test_a_cut_drops_what_nobody_got(tmp_path: Path) -> None:
    origin = begin(Origin(tmp_path), 8)
    await origin.resource("v360/1.0.m4s")
    from_us, to_us = START_US + 6 * 320_000, START_US + 8 * 320_000
    origin.apply(Thumbnail(from_us + 1, 0, b"jpeg"))
    shown, held = origin.thumbnail, origin.held_bytes
    assert shown == b"jpeg"
    assert origin.apply(Cut(0, from_us, to_us)) == CutDone(0)
    assert origin.held_bytes == held - len(b"<v360 7><audio 6><audio 7>")
    assert origin.thumbnail is None
    assert (await origin.resource("v360/1.0.m4s")).body == b"<v360 6>"  # was on the air
    for name in ("v360/1.1.m4s", "audio/1.0.m4s", "audio/1.1.m4s"):
        with pytest.raises(UnknownResource):
            await origin.resource(name)
    assert (await origin.resource("audio/0.5.m4s")).body == b"<audio 5>"
    assert '1.1.m4s",GAP=YES' in (await origin.playlist("v360", {})).body.decode()
    publish(origin, range(8, 12))
    with pytest.raises(UnknownResource):
        await origin.resource("v360/1.m4s")
    assert "#EXT-X-GAP" in lines(await origin.playlist("audio", {}))


async def test_a_cut_spares_the_slate_that_follows(tmp_path: Path) -> None:
    origin = begin(Origin(tmp_path), 8)
    origin.apply(Cut(1, START_US + 8 * 320_000, START_US + 20 * 320_000))
    origin.apply(part(8, epoch=1))
    assert (await origin.resource("v360/1.2.m4s")).body == b"<v360 8>"


async def test_an_announced_init_section_is_hinted(tmp_path: Path) -> None:
    origin = begin(Origin(tmp_path), 6)
    origin.apply(Init("v360", 2, b"<init 2>"))
    hint = '#EXT-X-PRELOAD-HINT:TYPE=MAP,URI="../../v360/init-2.mp4"'
    assert hint in lines(await origin.playlist("v360", {}))
    assert (await origin.resource("v360/init-2.mp4")).body == b"<init 2>"


async def test_the_end_answers_everybody(tmp_path: Path) -> None:
    origin = begin(Origin(tmp_path), 8)
    asked = asyncio.create_task(origin.playlist("v360", {"_HLS_msn": "2"}))
    hinted = asyncio.create_task(origin.resource("v360/1.2.m4s"))
    await started(origin, 2)
    origin.apply(StreamEnd("hearing"))
    assert lines(await asked)[-1] == "#EXT-X-ENDLIST"
    with pytest.raises(UnknownResource):
        await hinted
    assert origin.ended
    # "MUST ignore delivery directives"
    ignored = await origin.playlist("v360", {"_HLS_msn": "nonsense", "_HLS_skip": "YES"})
    assert lines(ignored)[-1] == "#EXT-X-ENDLIST"
    assert (await origin.resource("v360/1.m4s")).body == b"<v360 6><v360 7>"


async def test_another_broadcast_replaces_the_old_one_at_once(tmp_path: Path) -> None:
    origin = begin(Origin(tmp_path), 8)
    other: StreamInfo = info(*NAMES, broadcast="another")
    origin.apply(other)
    publish(origin, [0])
    assert origin.info == other


async def test_addresses_in_playlists_may_begin_otherwise(tmp_path: Path) -> None:
    origin = begin(Origin(tmp_path, media_prefix="/m/"), 1)
    assert '#EXT-X-MAP:URI="/m/v360/init-1.mp4"' in lines(await origin.playlist("v360", {}))
    text = origin.multivariant(lambda name: f"s/1/{name}.m3u8").decode()
    assert "\ns/1/v360.m3u8\n" in text


async def test_captions_keep_step_with_the_sound(tmp_path: Path) -> None:
    origin = begin(Origin(tmp_path), 8)
    with pytest.raises(UnknownResource):
        await origin.playlist("report", {})
    origin.show_captions(Captions([Caption(START_US + 2_100_000, "审判长", "现在开庭。")]))
    assert b"TYPE=SUBTITLES" in origin.multivariant(str)
    asked = asyncio.create_task(origin.playlist("report", {"_HLS_msn": "1", "_HLS_part": "2"}))
    hinted = asyncio.create_task(origin.resource("report/1.2.vtt"))
    await started(origin, 2)
    publish(origin, [8])
    text = (await asked).body.decode()
    assert '#EXT-X-PART:DURATION=0.32000,URI="../../report/1.2.vtt"' in text
    assert 'URI="v360.m3u8",LAST-MSN=1,LAST-PART=2' in text
    piece = await hinted
    assert (piece.content_type, piece.changes) == ("text/vtt; charset=utf-8", True)
    assert b"00:00:00.000 --> 00:00:00.320\n" in (piece.body or b"")
    assert b"-->" not in ((await origin.resource("report/0.vtt")).body or b"")
    for name in ("report/1.vtt", "report/1.3.m4s", "report/9.vtt", "v360/0.vtt", "report/1.5.vtt"):
        with pytest.raises(UnknownResource):
            await origin.resource(name)


async def test_a_withdrawn_post_is_gone_from_what_is_asked_for_afterwards(tmp_path: Path) -> None:
    origin = begin(Origin(tmp_path), 8)
    origin.show_captions(Captions([Caption(START_US, "", "秘密")]))
    assert "秘密".encode() in ((await origin.resource("report/0.vtt")).body or b"")
    origin.show_captions(Captions())
    assert "秘密".encode() not in ((await origin.resource("report/0.vtt")).body or b"")
