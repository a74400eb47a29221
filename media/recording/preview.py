"""The storyboard as players read it: a WebVTT track of places on the sheets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from media.hls.captions import timestamp
from media.hls.withdrawn import NOTHING_WITHDRAWN, Withdrawn

STORYBOARD = "storyboard.json"


@dataclass(frozen=True, slots=True)
class Storyboard:
    """Pictures of ``width`` × ``height`` pixels, row by row on sheets of ``columns`` × ``rows``.

    ``msns`` are the numbers of the segments whose first pictures they are.
    """

    width: int
    height: int
    columns: int
    rows: int
    sheets: tuple[str, ...]
    msns: tuple[int, ...]

    def place(self, index: int) -> tuple[str, int, int]:
        """Return sheet, x and y of a picture."""
        sheet, on_sheet = divmod(index, self.columns * self.rows)
        row, column = divmod(on_sheet, self.columns)
        return self.sheets[sheet], column * self.width, row * self.height


_FORM: TypeAdapter[Storyboard] = TypeAdapter(Storyboard)


def read_storyboard(directory: Path, withdrawn: Withdrawn = NOTHING_WITHDRAWN) -> Storyboard:
    """Read what was made without these stretches; raises ``OSError`` or ``ValueError``."""
    return _FORM.validate_json((directory / withdrawn.named(STORYBOARD)).read_bytes())


def preview_track(storyboard: Storyboard, places: Mapping[int, float], duration_s: float) -> str:
    """Return the track; ``places`` are the segments' beginnings in the player's seconds.

    A picture stands until the next one. Those of segments that are shown no more (withdrawn since)
    are left out. Cues name a part of a sheet by media fragment (``#xywh=``), relative to the track.
    """
    shown = [
        (places[msn], storyboard.place(index))
        for index, msn in enumerate(storyboard.msns)
        if msn in places
    ]
    ends = [start for start, _ in shown[1:]] + [duration_s]
    size = f"{storyboard.width},{storyboard.height}"
    cues = [
        f"\n{timestamp(start)} --> {timestamp(end)}\n{sheet}#xywh={x},{y},{size}\n"
        for (start, (sheet, x, y)), end in zip(shown, ends, strict=True)
    ]
    return "WEBVTT\n" + "".join(cues)
