"""Reads a range of one camera's record and writes it as a film, or as several if it changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from media.errors import SpoolLocked
from media.export.film import Film, suffix_for
from media.spool.closing import is_closed
from media.spool.log import CHUNK_US
from media.spool.reader import SpoolReader
from media.spool.record import Interruption, Packet, Record, Stream, StreamDescription

# What was shown at a time arrives soon after it; a camera that buffers for longer is not in use.
_LATEST_US = 10_000_000
_NO_PICTURE_US = 2_000_000
_AT_ONCE = 256


class CameraExport:
    """Exports [from_us, to_us) of a camera into ``folder``.

    ``reached_us`` tells how far it is, ``zero_us`` the court time of the films' zero. Damaged
    places are left out and counted.
    """

    def __init__(
        self,
        spool: Path,
        camera: str,
        from_us: int,
        to_us: int,
        folder: Path,
        *,
        may_read_closed: bool = False,
    ) -> None:
        self._spool, self._camera, self._folder = spool, camera, folder
        self._from_us, self._to_us = from_us, to_us
        self._may_read_closed = may_read_closed
        self._described: dict[Stream, StreamDescription] = {}
        self._film: Film | None = None
        self._is_locked = False
        self.reached_us = self.zero_us = from_us
        self.damaged = 0
        self.films: list[Path] = []

    def run(self, is_stopping: Callable[[], bool]) -> list[Path]:
        """Export; return the films. Raises ``SpoolLocked`` if a part is closed or has no key.

        Also ``OSError`` and ``av.FFmpegError``. What was begun is left behind then, for who asked
        to remove it.
        """
        self._refuse_closed()
        self.zero_us = self._first_shown_us()
        try:
            for record in self._records(is_stopping):
                self._take(record)
        finally:
            self._end_film()
        if self._is_locked and not self.films:
            raise SpoolLocked(f"camera {self._camera} has no key that is here")
        return self.films

    def _first_shown_us(self) -> int:
        """Return the court time of the first picture to be shown, which is zero of the films.

        libav's demuxer moves a film whose edit begins in the middle of a picture, and its sound
        with it not; so the edit begins with a picture, at most one later than asked.
        """
        first_us = self._to_us
        for record in self._records(lambda: False):
            if isinstance(record, Packet) and record.stream == "video":
                if self._from_us <= record.court_us < first_us:
                    first_us = record.court_us
                if record.decode_us > first_us:
                    return first_us
            elif isinstance(record, Packet) and record.court_us > self._from_us + _NO_PICTURE_US:
                break
        return first_us if first_us < self._to_us else self._from_us

    def _refuse_closed(self) -> None:
        if not self._may_read_closed and is_closed(
            self._spool, self._camera, self._from_us, self._to_us
        ):
            raise SpoolLocked(f"a part of camera {self._camera} in this time is closed")

    def _records(self, is_stopping: Callable[[], bool]) -> Iterator[Record]:
        until_us = self._to_us + _LATEST_US
        with SpoolReader(
            self._spool, self._camera, may_read_closed=self._may_read_closed
        ) as reader:
            reader.seek(self._from_us)
            while not is_stopping() and (records := reader.read(until_us, _AT_ONCE)):
                yield from records

    def _take(self, record: Record) -> None:
        if isinstance(record, StreamDescription):
            if self._described.get(record.stream) not in (None, record):
                self._end_film()  # another size or codec has no place in the same track
            self._described[record.stream] = record
        elif isinstance(record, Interruption):
            self._pass_over(record)
        elif self._is_wanted(record):
            film = self._film or self._begin_film()
            if film.takes(record.stream):
                film.write(record)
            self.reached_us = max(self.reached_us, record.court_us)

    def _pass_over(self, broken: Interruption) -> None:
        """Go on behind what cannot be read; what is locked within the range is refused.

        Chunks before the first picture and behind the end are read only to find these.
        """
        self.damaged += broken.reason == "damaged"
        if broken.reason == "locked":
            self._is_locked = True
            if self._film is not None and broken.court_us < self._to_us - CHUNK_US:
                raise SpoolLocked(f"a part of camera {self._camera} has no key that is here")

    def _is_wanted(self, packet: Packet) -> bool:
        if packet.court_us >= self._to_us:
            return False
        if packet.stream == "audio":
            return packet.court_us >= self.zero_us and (
                self._film is not None or "video" not in self._described
            )
        return self._film is not None or packet.keyframe

    def _begin_film(self) -> Film:
        number = len(self.films) + 1
        name = self._camera if number == 1 else f"{self._camera}-{number}"
        path = self._folder / (name + suffix_for(self._described))
        self._film = Film(path, dict(self._described), self.zero_us)
        self.films.append(path)
        return self._film

    def _end_film(self) -> None:
        film, self._film = self._film, None
        if film is not None:
            film.close()
