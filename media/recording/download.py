"""A replay as one film: ``python -m media.recording.download KEEP_FREE DIRECTORY …``.

Nothing is encoded: the samples of the best picture and the best sound of the public recording are
laid end to end, in a process of its own. It writes ``replay.mp4`` into the broadcast's directory,
as a whole or not at all; it needs twice its size on the disk while it is made, and is not made when
less than ``KEEP_FREE`` bytes would be left for the court's record. Everything in a public recording
has passed the gate. After the directory come the stretches that were withdrawn since
(``Withdrawn.arguments``); the film then has another name.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator
from fractions import Fraction
from itertools import zip_longest
from pathlib import Path

import av
from av.container import InputContainer, OutputContainer

from media.errors import UnknownResource
from media.hls.withdrawn import NOTHING_WITHDRAWN, Withdrawn
from media.messages import Rendition
from media.recording.replay import Replay, Stretch

FILM = "replay.mp4"
_NICE = 10  # the air goes first


class _Track:
    """One rendition on its way into the film."""

    def __init__(self, out: OutputContainer, rendition: Rendition, first: Stretch) -> None:
        self._out, self._time_base = out, Fraction(1, rendition.timescale)
        self._init = first.init.read_bytes()
        with _opened(self._init + first.segment.read_bytes()) as container:
            self._stream = out.add_stream_from_template(container.streams[0])

    def add(self, stretch: Stretch) -> None:
        """Add a segment; raises ``UnknownResource`` if it was encoded in another way."""
        if stretch.init.read_bytes() != self._init:
            raise UnknownResource("the recording changes its coding and is no one film")
        with _opened(self._init + stretch.segment.read_bytes()) as container:
            for packet in container.demux(container.streams[0]):
                if packet.dts is None or packet.pts is None:
                    continue  # the last one, which only says that nothing follows
                shift = round(stretch.shift * self._time_base / packet.time_base)
                packet.pts += shift
                packet.dts += shift
                packet.stream = self._stream
                self._out.mux(packet)


def _opened(data: bytes) -> InputContainer:
    return av.open(io.BytesIO(data), "r", format="mp4")


def _best(replay: Replay) -> Iterator[Rendition]:
    """Yield the best of each kind, pictures first."""
    for kind in ("video", "audio"):
        found = [one for one in replay.info.renditions if one.packaged and one.kind == kind]
        if found:
            yield max(found, key=lambda one: (one.height, one.bandwidth))


def make_film(directory: Path, draft: Path, keep_free: int, withdrawn: Withdrawn) -> None:
    """Write the film; raises ``UnknownResource`` if there is none, ``OSError``, ``FFmpegError``."""
    replay = Replay(directory, media_prefix="", withdrawn=withdrawn)
    chosen = {one: replay.stretches(one.id) for one in _best(replay)}
    size = sum(it.segment.stat().st_size for its in chosen.values() for it in its)
    disk = os.statvfs(directory)
    if disk.f_bavail * disk.f_frsize - 2 * size < keep_free:
        raise UnknownResource("there is no room for a film")
    with av.open(str(draft), "w", format="mp4", options={"movflags": "faststart"}) as film:
        tracks = [_Track(film, one, its[0]) for one, its in chosen.items()]
        for at_once in zip_longest(*chosen.values()):
            for track, stretch in zip(tracks, at_once, strict=True):
                if stretch is not None:
                    track.add(stretch)


def main(arguments: list[str]) -> int:
    """Write the film; 1 if there is none."""
    os.nice(_NICE)
    keep_free, directory = int(arguments[0]), Path(arguments[1])
    withdrawn = Withdrawn.read(arguments[2:]) if arguments[2:] else NOTHING_WITHDRAWN
    name = withdrawn.named(FILM)
    draft = directory / f"{name}.draft"
    try:
        make_film(directory, draft, keep_free, withdrawn)
    except (UnknownResource, av.FFmpegError, OSError, ValueError) as problem:
        draft.unlink(missing_ok=True)
        sys.stderr.write(f"no film: {problem}\n")
        return 1
    draft.replace(directory / name)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
