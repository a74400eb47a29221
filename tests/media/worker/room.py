"""A courtroom for tests: writes a spool as a recorder does, with a clock in every picture.

The clock is a strip of 40 cells at the top of the picture: the lower 40 bits of court time in ms,
most significant bit first, white is 1. Sound is a tone without a pause.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from av.codec.context import Flags
from av.video.frame import PictureType

from media.spool.head import Head
from media.spool.log import SpoolWriter
from media.spool.record import Packet, StreamDescription

SIZE = (640, 360)
CELLS = 40
BASE_MS = 1 << CELLS  # Unix time in ms has 41 bits until 2039: the first is always 1
FRAME_US = 40_000
GOP = 50
LATEST_US = 20_000
SOUNDS_HELD = 10
"""So many are sent at once where sound is late: the first of them is 360 ms old then."""
_DARK, _BRIGHT = 70, 180


def clock_picture(court_us: int, number: int) -> np.ndarray:
    """Return a moving yuv420p picture that tells its court time."""
    width, height = SIZE
    picture = np.full((height * 3 // 2, width), 110, np.uint8)
    picture[100:300, (number * 7) % 500 : (number * 7) % 500 + 100] = 160
    picture[height:] = 128
    cell = width // CELLS
    value = court_us // 1000
    for bit in range(CELLS):
        picture[:40, bit * cell : (bit + 1) * cell] = 235 if value >> (CELLS - 1 - bit) & 1 else 16
    return picture


def read_clock(luma: np.ndarray) -> int | None:
    """Return the court time in ms that a picture shows; None if it shows no clock (slate)."""
    height, width = luma.shape
    cell, rows = width / CELLS, slice(height * 12 // 360, height * 28 // 360)
    value = 0
    for bit in range(CELLS):
        start = int(bit * cell + cell * 0.35)
        level = luma[rows, start : int(bit * cell + cell * 0.65)].mean()
        if _DARK < level < _BRIGHT:
            return None
        value = value << 1 | int(level >= _BRIGHT)
    return BASE_MS + value if value else None


def _tone(start: int, count: int) -> bytes:
    """A 440 Hz tone as G.711 µ-law, 8 kHz."""
    at = (np.arange(count) + start) / 8000
    linear = np.sin(2 * np.pi * 440 * at) * 8000
    magnitude = np.minimum(np.abs(linear), 32635) + 132
    exponent = np.floor(np.log2(magnitude)).astype(int) - 7
    mantissa = (magnitude / 2 ** (exponent + 3)).astype(int) & 15
    sign = np.where(linear < 0, 128, 0)
    return bytes((~(sign | exponent << 4 | mantissa) & 255).astype(np.uint8))


class Room:
    """Cameras that send pictures and a tone in real time until the room is left."""

    def __init__(self, spool: Path, cameras: tuple[str, ...] = ("one",)) -> None:
        self.head = Head.create(spool)
        self._writers = [SpoolWriter(spool, camera, self.head) for camera in cameras]
        self._stopping = threading.Event()
        self.silent_cameras = threading.Event()
        self.late_sound = threading.Event()
        self._sounds: list[tuple[int, bytes]] = []  # that have not been sent yet
        self._thread = threading.Thread(target=self._run, name="room", daemon=True)

    def _run(self) -> None:
        encoder = av.CodecContext.create("libx264", "w")
        encoder.width, encoder.height = SIZE
        encoder.pix_fmt, encoder.time_base = "yuv420p", Fraction(1, 25)
        encoder.thread_count = 1
        encoder.flags |= Flags.global_header
        encoder.options = {"preset": "ultrafast", "tune": "zerolatency", "crf": "20"}
        encoder.open()
        extradata = bytes(encoder.extradata or b"")
        for writer in self._writers:
            writer.append(StreamDescription("video", "h264", extradata, *SIZE, 0, 0))
            writer.append(StreamDescription("audio", "pcm_mulaw", b"", 0, 0, 8000, 1))
        number = 0
        start_us = self.head.now_us()
        while not self._stopping.is_set():
            court_us = start_us + number * FRAME_US
            wait_us = court_us - self.head.now_us()
            if wait_us > 0:
                time.sleep(wait_us / 1e6)
            self.head.beat()
            frame = av.VideoFrame.from_ndarray(clock_picture(court_us, number), format="yuv420p")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            key = number % GOP == 0
            frame.pict_type = PictureType.I if key else PictureType.NONE
            for packet in encoder.encode(frame):
                payload = extradata + bytes(packet) if key else bytes(packet)
                self._send(court_us, payload, _tone(number * 320, 320), key=key)
            number += 1

    def _send(self, court_us: int, picture: bytes, sound: bytes, *, key: bool) -> None:
        if self.silent_cameras.is_set():
            return
        # A busy machine that runs the tests is no late camera.
        arrival_us = min(self.head.now_us(), court_us + LATEST_US)
        # The sound of these 40 ms is complete only when they have passed: it is sent early.
        self._sounds.append((court_us, sound))
        is_held = self.late_sound.is_set() and len(self._sounds) < SOUNDS_HELD
        for writer in self._writers:
            for at_us, heard in [] if is_held else self._sounds:
                writer.append(Packet("audio", at_us, at_us, arrival_us, FRAME_US, True, heard))
            writer.append(Packet("video", court_us, court_us, arrival_us, FRAME_US, key, picture))
        if not is_held:
            self._sounds = []

    def close(self) -> None:
        """Leave the room."""
        self._stopping.set()
        self._thread.join()
        for writer in self._writers:
            writer.close()
        self.head.close()

    def start(self) -> None:
        """Switch the cameras on."""
        self._thread.start()


@contextlib.contextmanager
def open_room(spool: Path, cameras: tuple[str, ...] = ("one",)) -> Iterator[Room]:
    """Have a room for as long as the context lasts."""
    room = Room(spool, cameras)
    room.start()
    try:
        yield room
    finally:
        room.close()
