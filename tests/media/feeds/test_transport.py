"""A transport stream that comes as bytes."""

from __future__ import annotations

from pathlib import Path

import pytest

from media.errors import FeedLost
from media.feeds.arrival import Arrived, Item
from media.feeds.transport import OPEN_US, READ_US, TransportStream
from tests.media.feeds.cameras import code_of, make_clip

pytestmark = pytest.mark.media


class Wire:
    """Brings bytes, then nothing; its clock goes on only while somebody waits for nothing."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self.now = 1_000_000
        self.waited: list[int] = []

    def now_us(self) -> int:
        return self.now

    def receive(self, most: int, until_us: int) -> bytes:
        found, self._data = self._data[:most], self._data[most:]
        if not found:
            self.waited.append(until_us - self.now)
            self.now = until_us
        return found


def heard(stream: TransportStream) -> tuple[list[Arrived], str]:
    found: list[Item] = []
    while True:
        try:
            found += stream.read()
        except FeedLost as problem:
            return [item for item in found if isinstance(item, Arrived)], problem.code


def test_silence_is_waited_for_once_though_libav_asks_again_and_again(tmp_path: Path) -> None:
    wire = Wire(make_clip(tmp_path / "clip.ts", seconds=1.2).read_bytes())
    stream = TransportStream(wire, wire.now_us)
    found, code = heard(stream)
    assert (code, wire.waited) == ("stalled", [READ_US])
    assert len([item for item in found if item.timing.stream == "video"]) >= 29
    stream.close()


def test_what_says_nothing_of_itself_is_left_in_time() -> None:
    for data in (b"", b"no stream at all" * 1000):
        wire = Wire(data)
        assert code_of(lambda wire=wire: TransportStream(wire, wire.now_us)) == "stalled"  # type: ignore[misc]
        assert sum(wire.waited) == OPEN_US


def test_a_stream_without_sound_or_without_pictures_is_taken(tmp_path: Path) -> None:
    for name, options in (("video", {"sound": None}), ("audio", {"video": None})):
        clip = make_clip(tmp_path / f"{name}.ts", seconds=1.2, **options)  # type: ignore[arg-type]
        wire = Wire(clip.read_bytes())
        stream = TransportStream(wire, wire.now_us)
        assert [known.stream for known in stream.descriptions()] == [name]
        found, _ = heard(stream)
        assert {item.timing.stream for item in found} == {name}
        assert len(found) > 20
        stream.close()
