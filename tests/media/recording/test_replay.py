"""An ended broadcast, played from disk."""

from dataclasses import replace
from pathlib import Path

import av
import pytest

from media.errors import ResourceWithdrawn, UnknownResource
from media.hls.captions import Caption, Captions
from media.hls.withdrawn import Withdrawn
from media.messages import AirChange
from media.recording.index import PublicRecording, write_stream
from media.recording.replay import Replay, ReplaySpan
from tests.media.hls.parts_by_hand import PARTS, START_US, info, part
from tests.media.hls.synthetic_stream import SyntheticStream

NAMES = ("v360", "audio")


def record(directory: Path, counts: dict[str, int], *, marked: int = -1) -> None:
    write_stream(directory, info(*NAMES))
    with PublicRecording(directory) as recording:
        for name, count in counts.items():
            recording.write_init(name, 1, b"init")
            for number in range(count):
                recording.write(part(number, rendition=name, discontinuity=number == marked))


def listed(replay: Replay, rendition: str) -> list[str]:
    lines = replay.playlist(rendition).decode().splitlines()
    return [line for line in lines if line.endswith(".m4s") or line == "#EXT-X-DISCONTINUITY"]


def test_a_whole_broadcast(tmp_path: Path) -> None:
    record(tmp_path, {"v360": 20, "audio": 20})
    replay = Replay(tmp_path)
    assert listed(replay, "audio") == [f"../../audio/{msn}.m4s" for msn in range(4)]
    assert replay.playlist("v360").endswith(b"#EXTINF:0.64000,\n../../v360/3.m4s\n#EXT-X-ENDLIST\n")
    assert replay.duration == pytest.approx(6.4)
    assert replay.info == info(*NAMES)


def test_only_what_all_renditions_have(tmp_path: Path) -> None:
    record(tmp_path, {"v360": 20, "audio": 19})
    replay = Replay(tmp_path)
    assert listed(replay, "v360") == [f"../../v360/{msn}.m4s" for msn in range(3)]
    with pytest.raises(UnknownResource):
        replay.resource("v360/3.m4s")


def test_a_lost_segment_is_left_out_everywhere(tmp_path: Path) -> None:
    record(tmp_path, {"v360": 24, "audio": 24})
    (tmp_path / "public/audio/1.m4s").unlink()
    replay = Replay(tmp_path)
    for name in NAMES:
        assert listed(replay, name) == [
            f"../../{name}/0.m4s",
            "#EXT-X-DISCONTINUITY",
            f"../../{name}/2.m4s",
            f"../../{name}/3.m4s",
        ]
    first, second = replay.spans()
    assert first == ReplaySpan(START_US, 0.0, 1.92)
    assert second == ReplaySpan(START_US + 2 * 1_920_000, 1.92, 3.84)


def test_what_no_disk_had_room_for_is_left_out(tmp_path: Path) -> None:
    write_stream(tmp_path, info(*NAMES))
    for numbers, keep_free in ((range(8), 0), (range(8, 18), 1 << 62), (range(18, 24), 0)):
        with PublicRecording(tmp_path, keep_free_bytes=keep_free) as recording:
            for name in NAMES:
                recording.write_init(name, 1, b"init")
                for number in numbers:
                    recording.write(part(number, rendition=name))
    replay = Replay(tmp_path)
    # Of the segment that was open all parts found room; the next began when there was none.
    assert listed(replay, "v360") == [
        "../../v360/0.m4s",
        "../../v360/1.m4s",
        "#EXT-X-DISCONTINUITY",
        "../../v360/3.m4s",
    ]


def test_a_discontinuity_of_the_stream(tmp_path: Path) -> None:
    record(tmp_path, {"v360": 24, "audio": 24}, marked=12)
    replay = Replay(tmp_path)
    assert listed(replay, "v360")[2] == "#EXT-X-DISCONTINUITY"
    assert len(replay.spans()) == 2


def test_the_bit_rates_are_those_of_the_recording(tmp_path: Path) -> None:
    record(tmp_path, {"v360": 12, "audio": 12})
    text = Replay(tmp_path).multivariant(lambda name: f"s/1/{name}.m3u8").decode()
    # 6 × 8 and 6 × 9 bytes, then 4 × 8 + 2 × 9 and 4 × 9 + 2 × 10 bytes, in 1.92 s each
    assert f"BANDWIDTH={round(8 * 50 / 1.92) + round(8 * 56 / 1.92)}," in text
    assert "s/1/v360.m3u8" in text


@pytest.mark.parametrize("name", ["v360/9.m4s", "v360/0.1.m4s", "v9/0.m4s", "opus/0.m4s", "x"])
def test_what_is_not_there(tmp_path: Path, name: str) -> None:
    record(tmp_path, {"v360": 12, "audio": 12})
    replay = Replay(tmp_path)
    with pytest.raises(UnknownResource):
        replay.resource(name)
    with pytest.raises(UnknownResource):
        replay.playlist("v9")


def test_nothing_to_play(tmp_path: Path) -> None:
    with pytest.raises(UnknownResource):
        Replay(tmp_path)
    (tmp_path / "stream.json").write_text("{")
    with pytest.raises(UnknownResource):
        Replay(tmp_path)
    record(tmp_path, {"v360": 3})
    with pytest.raises(UnknownResource):
        Replay(tmp_path)


@pytest.mark.media
def test_libav_plays_it(tmp_path: Path) -> None:
    stream = SyntheticStream()
    write_stream(tmp_path, stream.info)
    with PublicRecording(tmp_path) as recording:
        for init in stream.inits():
            recording.write_init(init.rendition, 1, init.payload)
        for _ in range(PARTS * 3):
            for made in stream.parts():
                recording.write(made)
    replay = Replay(tmp_path, media_prefix="public/")
    (tmp_path / "v180.m3u8").write_bytes(replay.playlist("v180"))
    (tmp_path / "audio.m3u8").write_bytes(replay.playlist("audio"))
    (tmp_path / "master.m3u8").write_bytes(replay.multivariant(lambda name: f"{name}.m3u8"))
    with av.open(str(tmp_path / "master.m3u8"), "r") as file:
        pictures = sum(1 for _ in file.decode(video=0))
    with av.open(str(tmp_path / "master.m3u8"), "r") as file:
        sound = sum(frame.samples for frame in file.decode(audio=0))
    assert pictures == 3 * 48
    assert sound == 3 * 90 * 1024
    assert replay.duration == pytest.approx(5.76)


def test_media_are_files_of_the_recording(tmp_path: Path) -> None:
    record(tmp_path, {"v360": 12, "audio": 12})
    replay = Replay(tmp_path)
    segment = replay.resource("v360/1.m4s")
    assert (segment.path, segment.content_type) == (tmp_path / "public/v360/1.m4s", "video/mp4")
    init = replay.resource("audio/init-1.mp4")
    assert (init.path, init.content_type) == (tmp_path / "public/audio/init-1.mp4", "audio/mp4")


def test_court_time_jumps_where_the_delay_was_changed(tmp_path: Path) -> None:
    """Media time goes on; each stretch and its captions go by their own court time."""
    jump_us = -10_000_000
    write_stream(tmp_path, info(*NAMES))
    with PublicRecording(tmp_path) as recording:
        for name in NAMES:
            for number in range(PARTS * 3):
                made = part(number, rendition=name, discontinuity=number == PARTS)
                moved = made.court_us + (jump_us if number >= PARTS else 0)
                recording.write(replace(made, court_us=moved))
    replay = Replay(tmp_path)
    second_us = START_US + 1_920_000 + jump_us
    assert replay.spans() == [
        ReplaySpan(START_US, 0.0, 1.92),
        ReplaySpan(second_us, 1.92, 3.84),
    ]
    text = replay.playlist("audio").decode()
    assert "#EXT-X-DISCONTINUITY\n#EXT-X-PROGRAM-DATE-TIME:2025-11-24T15:59:51.920Z\n" in text
    captions = Captions([Caption(second_us + 500_000, "", "又一次")])
    piece = replay.captions("1.vtt", captions).decode()
    assert "X-TIMESTAMP-MAP=MPEGTS:172800,LOCAL:00:00:00.000" in piece
    assert "00:00:00.500 --> 00:00:01.920" in piece
    assert "-->" not in replay.captions("0.vtt", captions).decode()
    assert replay.places() == {0: 0.0, 1: 1.92, 2: 3.84}


def test_a_withdrawn_stretch_is_left_out(tmp_path: Path) -> None:
    record(tmp_path, {"v360": 24, "audio": 24})
    withdrawn = Withdrawn.of([(START_US + 1_920_000, START_US + 1_920_001)])
    replay = Replay(tmp_path, withdrawn=withdrawn)
    for name in NAMES:
        assert listed(replay, name) == [
            f"../../{name}/0.m4s",
            "#EXT-X-DISCONTINUITY",
            f"../../{name}/2.m4s",
            f"../../{name}/3.m4s",
        ]
        with pytest.raises(ResourceWithdrawn):
            replay.resource(f"{name}/1.m4s")
    with pytest.raises(ResourceWithdrawn):
        replay.captions("1.vtt", Captions())
    with pytest.raises(UnknownResource, match="nothing"):
        Replay(tmp_path, withdrawn=Withdrawn.of([(0, 1 << 60)]))


def test_slates_are_marked_but_for_what_is_left_out(tmp_path: Path) -> None:
    record(tmp_path, {"v360": 24, "audio": 24})
    with PublicRecording(tmp_path) as recording:
        for number, air in ((0, "before"), (3, "room"), (8, "recess"), (13, "room"), (20, "ended")):
            recording.note(AirChange(number * 320_000, START_US + number * 320_000, air))

    def named(withdrawn: Withdrawn) -> list[list[str]]:
        replay = Replay(tmp_path, withdrawn=withdrawn)
        texts = [replay.playlist(name).decode() for name in (*NAMES, "v360i", "report")]
        told = [[one for one in text.splitlines() if "DATERANGE:" in one] for text in texts]
        assert told == told[:1] * 4
        return [line.split(",") for line in told[0]]

    whole = named(Withdrawn())
    assert [[line[0].split(":")[1], line[3]] for line in whole] == [
        ['ID="before-0"', "DURATION=0.960"],
        ['ID="recess-2560"', "DURATION=1.600"],
        ['ID="ended-6400"', "DURATION=1.280"],
    ]
    # The recess is in segments that are withheld, though the withdrawn stretch only meets it.
    assert named(Withdrawn.of([(START_US + 2_000_000, START_US + 2_560_001)])) == [
        whole[0],
        whole[2],
    ]
    last = START_US + 7_600_000
    assert named(Withdrawn.of([(last, last + 1)])) == whole[:2]
