"""One picture that stands for a recorded broadcast: ``python -m media.recording.poster DIR …``.

A process of its own, because it decodes: the server must never wait for a codec or fall with one.
It writes ``poster.jpg`` into the broadcast's directory, as a whole or not at all. Everything in a
public recording has passed the gate, and so has the poster. After the directory come the stretches
that were withdrawn since (``Withdrawn.arguments``); the picture then has another name.
"""

from __future__ import annotations

import io
import re
import sys
from pathlib import Path

import av

from media.errors import UnknownResource
from media.hls.withdrawn import NOTHING_WITHDRAWN, Withdrawn
from media.recording.replay import Replay

POSTER = "poster.jpg"
_WIDTH = 640
_QUALITY = 80
_LISTED = re.compile(r"^(?P<name>\S+\.m4s)$", re.MULTILINE)
_MAP = re.compile(r'#EXT-X-MAP:URI="([^"]+)"')


def make_poster(directory: Path, withdrawn: Withdrawn = NOTHING_WITHDRAWN) -> bytes:
    """Return a JPEG of the recording's liveliest segment; raises ``UnknownResource`` if none.

    A slate is a still picture and hardly takes bytes; the largest segment shows the room.
    """
    replay = Replay(directory, media_prefix="", withdrawn=withdrawn)
    video = [one for one in replay.info.renditions if one.packaged and one.kind == "video"]
    if not video:
        raise UnknownResource("the recording has no pictures")
    rendition = min(video, key=lambda one: abs(one.width - _WIDTH))
    text = replay.playlist(rendition.id).decode()
    largest: tuple[int, str, str] = (0, "", "")
    init = ""
    for line in text.splitlines():
        found = _MAP.match(line)
        if found:
            init = found[1]
        elif _LISTED.match(line):
            largest = max(largest, (_path(replay, line).stat().st_size, line, init))
    _, name, init = largest
    return _first_picture(_path(replay, init).read_bytes() + _path(replay, name).read_bytes())


def _path(replay: Replay, name: str) -> Path:
    path = replay.resource(name).path
    if path is None:
        raise UnknownResource(name)
    return path


def _first_picture(data: bytes) -> bytes:
    with av.open(io.BytesIO(data), "r") as container:
        for frame in container.decode(video=0):
            out = io.BytesIO()
            image = frame.to_image()  # type: ignore[no-untyped-call]
            image.save(out, "JPEG", quality=_QUALITY, optimize=True)
            return out.getvalue()
    raise UnknownResource("the segment has no picture")


def main(arguments: list[str]) -> int:
    """Write the poster; 1 if there is nothing to show."""
    directory, withdrawn = Path(arguments[0]), Withdrawn.read(arguments[1:])
    try:
        picture = make_poster(directory, withdrawn)
    except (UnknownResource, av.FFmpegError, OSError) as problem:
        sys.stderr.write(f"no poster: {problem}\n")
        return 1
    name = withdrawn.named(POSTER)
    draft = directory / f"{name}.draft"
    draft.write_bytes(picture)
    draft.replace(directory / name)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
