"""Small pictures of a whole recording: ``python -m media.recording.storyboard DIRECTORY …``.

For seeking with a preview. A process of its own, because it decodes, but only the pictures that
segments begin with. It writes sheets of pictures ``storyboard-<number>-<check>.jpg`` into the
broadcast's directory and then ``storyboard.json``, which names them. Everything in a public
recording has passed the gate, and so has each of these pictures. After the directory come the
stretches that were withdrawn since (``Withdrawn.arguments``); the last file then has another name.
"""

from __future__ import annotations

import io
import json
import os
import sys
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import av
from PIL import Image

from media.errors import UnknownResource
from media.hls.withdrawn import NOTHING_WITHDRAWN, Withdrawn
from media.recording.preview import STORYBOARD, Storyboard
from media.recording.replay import KeyFrame, Replay

_EVERY_S = 10.0
_WIDTH, _HEIGHT = 160, 90
_COLUMNS, _ROWS = 10, 10
_QUALITY = 70


def make_storyboard(directory: Path, withdrawn: Withdrawn = NOTHING_WITHDRAWN) -> Storyboard:
    """Write the sheets and return what they hold; raises ``UnknownResource`` if nothing."""
    replay = Replay(directory, media_prefix="", withdrawn=withdrawn)
    chosen = list(_spread(replay.key_frames(_HEIGHT)))
    per_sheet = _COLUMNS * _ROWS
    sheets = tuple(
        _write_sheet(directory, number, chosen[start : start + per_sheet])
        for number, start in enumerate(range(0, len(chosen), per_sheet))
    )
    if not sheets:
        raise UnknownResource("the recording has no pictures")
    msns = tuple(key_frame.msn for key_frame in chosen)
    return Storyboard(_WIDTH, _HEIGHT, _COLUMNS, _ROWS, sheets, msns)


def _spread(key_frames: Sequence[KeyFrame]) -> Iterator[KeyFrame]:
    """Leave out what lies closer to the last one than need be."""
    due = 0.0
    for key_frame in key_frames:
        if key_frame.start_s >= due:
            due = key_frame.start_s + _EVERY_S
            yield key_frame


def _write_sheet(directory: Path, number: int, key_frames: Sequence[KeyFrame]) -> str:
    rows = -(-len(key_frames) // _COLUMNS)
    sheet = Image.new("RGB", (_WIDTH * _COLUMNS, _HEIGHT * rows))
    for index, key_frame in enumerate(key_frames):
        row, column = divmod(index, _COLUMNS)
        picture = _picture(key_frame)
        if picture is not None:
            sheet.paste(picture, (column * _WIDTH, row * _HEIGHT))
    out = io.BytesIO()
    sheet.save(out, "JPEG", quality=_QUALITY, optimize=True)
    name = f"storyboard-{number}-{zlib.crc32(out.getvalue()):08x}.jpg"
    _write(directory / name, out.getvalue())
    return name


def _picture(key_frame: KeyFrame) -> Image.Image | None:
    """Decode one picture; None leaves its place black: the others are worth having."""
    try:
        with av.open(io.BytesIO(key_frame.read()), "r") as container:
            for frame in container.decode(video=0):
                small = frame.reformat(width=_WIDTH, height=_HEIGHT, format="rgb24")
                image: Image.Image = small.to_image()  # type: ignore[no-untyped-call]
                return image
    except (av.FFmpegError, OSError):
        return None
    return None


def _write(path: Path, data: bytes) -> None:
    draft = path.with_suffix(".draft")
    draft.write_bytes(data)
    draft.replace(path)


def main(arguments: list[str]) -> int:
    """Write the storyboard; 1 if there is nothing to show."""
    directory, withdrawn = Path(arguments[0]), Withdrawn.read(arguments[1:])
    try:
        made = make_storyboard(directory, withdrawn)
    except (UnknownResource, OSError) as problem:
        sys.stderr.write(f"no storyboard: {problem}\n")
        return 1
    _write(directory / withdrawn.named(STORYBOARD), json.dumps(asdict(made)).encode())
    return 0


if __name__ == "__main__":
    os.nice(10)  # what is on the air comes first
    sys.exit(main(sys.argv[1:]))
