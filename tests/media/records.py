"""A recorder's assignment, what it tells, and what it wrote."""

from __future__ import annotations

from pathlib import Path

from media.assignment import Camera, RecorderAssignment
from media.messages import FeedStatus, Message
from media.spool.reader import SpoolReader
from media.spool.record import Packet, Record
from tests.media.feeds.cameras import until
from tests.media.processes import Heard

FOREVER = 1 << 62


def assigned(folder: Path, *urls: str, keep_free: int = 1_000_000) -> RecorderAssignment:
    cameras = tuple(Camera(f"c{number}", "", url) for number, url in enumerate(urls))
    return RecorderAssignment("1", cameras, str(folder / "spool"), str(folder / "s"), keep_free)


async def receiving(stream: Heard, camera: str = "c0") -> None:
    def is_there(message: Message) -> bool:
        return (
            isinstance(message, FeedStatus)
            and (message.camera, message.state) == (camera, "receiving")
            and message.frame_rate > 0
        )

    await stream.first(is_there)


async def issue(stream: Heard, code: str, camera: str = "c0") -> FeedStatus:
    def is_there(message: Message) -> bool:
        return isinstance(message, FeedStatus) and (message.camera, message.issue) == (camera, code)

    found = await stream.first(is_there)
    assert isinstance(found, FeedStatus)
    return found


def everything(folder: Path, camera: str = "c0") -> list[Record]:
    with SpoolReader(folder / "spool", camera) as reader:
        records = reader.read(FOREVER, 1_000_000)
        assert reader.damaged == 0
    return records


def packets(records: list[Record], stream: str) -> list[Packet]:
    return [known for known in records if isinstance(known, Packet) and known.stream == stream]


async def recorded(folder: Path, pictures: int, camera: str = "c0") -> list[Record]:
    """Wait until so many pictures lie in the log, read as a worker does; return all records."""
    found: list[Record] = []
    with SpoolReader(folder / "spool", camera) as reader:

        def is_enough() -> bool:
            found.extend(reader.read(FOREVER))
            return len(packets(found, "video")) >= pictures

        await until(is_enough)
    return found
