"""The player of a broadcast page, as somebody in front of it sees it."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import Any, Protocol

from tests.story.clock_camera import ClockCamera
from tests.story.clock_strip import READ_IN_PAGE
from tests.story.waiting import until_true

_SHOWN = f"""
() => {{
  const media = document.querySelector("#player [slot=media]");
  const video = media?.nativeEl ?? media;
  if (!video) return null;
  const courtMs = document.querySelector("#court-clock").dataset.courtMs;
  return {{
    number: ({READ_IN_PAGE})(video),
    court_ms: courtMs === undefined ? null : Number(courtMs),
    position: video.currentTime,
    played: Array.from({{ length: video.played.length }}).reduce(
      (sum, _, at) => sum + video.played.end(at) - video.played.start(at), 0),
    is_paused: video.paused,
    width: video.videoWidth,
    way: document.querySelector("#player").dataset.way,
    note: document.querySelector("#player-note").textContent,
  }};
}}
"""
READINGS = 7


class Page(Protocol):
    """A page of any browser."""

    async def evaluate(self, function: str, /) -> Any:  # noqa: ANN401  (JSON)
        """Call a JavaScript function in it; return what its promise gives."""


@dataclass(frozen=True)
class Shown:
    """What the player shows; ``number`` is read in the picture, ``played`` is in seconds."""

    number: int | None
    court_ms: float | None
    position: float
    played: float
    is_paused: bool
    width: int
    way: str
    note: str


async def shown(page: Page) -> Shown | None:
    """Return what is shown now, if there is a player."""
    found = await page.evaluate(_SHOWN)
    return Shown(**found) if found else None


async def plays(page: Page, way: str = "hls", *, seconds: float = 2.0) -> Shown:
    """Wait until so many more seconds have been played; return what is shown then."""
    before = await shown(page)
    known = before.played if before and before.way == way else 0.0
    more = 0.0

    async def gone_on() -> Shown | None:
        nonlocal known, more
        now = await shown(page)
        if now is None or now.way != way or not now.width:
            return None
        # A player that begins anew counts anew.
        more += now.played - known if now.played >= known else now.played
        known = now.played
        return now if more >= seconds else None

    return await until_true(gone_on, f"{seconds} s of playing by {way}")


async def has_strip(page: Page, *, there: bool = True) -> Shown:
    """Wait until the room's own picture is shown, or is not any more."""

    async def seen() -> Shown | None:
        now = await shown(page)
        return now if now and now.width and (now.number is not None) is there else None

    return await until_true(seen, "the room's picture" if there else "the slate")


async def clock_error_ms(page: Page, camera: ClockCamera) -> float:
    """Return by how much the page's clock is ahead of the picture's: the middle of some readings.

    The page writes its clock ten times a second, the browser shows a picture a moment after it
    is due: single readings differ by that.
    """
    errors: list[float] = []
    last = -1

    async def another() -> bool:
        nonlocal last
        now = await shown(page)
        if now and now.number not in (None, last) and now.court_ms is not None:
            last = now.number or 0
            errors.append(now.court_ms - camera.court_ms(last, now.court_ms))
        return len(errors) == READINGS

    await until_true(another, "readings of the clock in the picture")
    return statistics.median(errors)
