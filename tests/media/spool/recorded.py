"""A record for tests: two cameras, several volumes, a gap, and the sheet over all of it."""

from __future__ import annotations

import time
from pathlib import Path

from media.spool.fronts import facts, seals_since
from media.spool.gaps import gaps
from media.spool.head import Head
from media.spool.log import SpoolWriter
from media.spool.places import SHEETS
from media.spool.record import Interruption, Packet, StreamDescription
from media.spool.sheet import SIGNED, Sheet, camera_sheet, in_range, sealed
from media.spool.signature import CourtKey

T0 = time.time_ns() // 1_000
CAMERAS = ("judge", "witness")
VIDEO = StreamDescription("video", "h264", b"sps", 640, 360, 0, 0)
LOST = range(100, 175)  # pictures that the witness's camera did not send


class ToldHead(Head):
    """A head whose court time is told, as that of the pictures is."""

    at_us = T0

    def now_us(self) -> int:
        """Return what was told."""
        return self.at_us


def picture(number: int, size: int = 200) -> Packet:
    """Return a picture, 25 a second, with a key frame each second."""
    at = T0 + number * 40_000
    payload = number.to_bytes(8, "big") + bytes(size)
    return Packet("video", at, at, at, 40_000, number % 25 == 0, payload)


def record(directory: Path, pictures: int = 250) -> None:
    """Write the record, closed."""
    with ToldHead.create(directory) as head:
        for camera in CAMERAS:
            writer = SpoolWriter(directory, camera, head, volume_us=4_000_000)
            writer.append(VIDEO)
            for number in range(pictures):
                head.at_us = T0 + number * 40_000
                if camera == "witness" and number in LOST:
                    if number == LOST[0]:
                        writer.append(Interruption(None, T0 + number * 40_000, "unreachable"))
                    continue
                writer.append(picture(number))
            writer.close()


def sign(directory: Path, from_us: int = T0, to_us: int = T0 + 9_500_000) -> Path:
    """Sign a sheet over the record; return its file."""
    key = CourtKey.of_spool(directory)
    cameras = []
    for camera in CAMERAS:
        folder = directory / camera
        pieces = [piece for seal in seals_since(folder, from_us).values() for piece in seal.pieces]
        holes = gaps(facts(folder, from_us, to_us), from_us, to_us)
        cameras.append(camera_sheet(camera, in_range(pieces, from_us, to_us), holes))
    sheet = Sheet("room", "b1", from_us, to_us, (), tuple(cameras), None)
    path = directory / SHEETS / "b1.sheet"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(sealed(sheet, key.fingerprint, key.sign(SIGNED + sheet.document())))
    return path
