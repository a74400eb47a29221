"""Writes media playlists (draft-pantos-hls-rfc8216bis-22 §4.4, Appendix B.1).

Nothing in the head of a live playlist ever changes but the two sequence numbers: "a change of
TARGETDURATION is not allowed" (§6.2.1), and players treat PART-TARGET and SERVER-CONTROL alike.
EXT-X-INDEPENDENT-SEGMENTS stands in the multivariant playlist, not here (§4.4.2.1).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from media.hls.resource import MEDIA_PREFIX, init_name, part_name, segment_name
from media.hls.window import Segment, Window

_LIVE_VERSION = 9  # EXT-X-SKIP needs it; a delta update and its playlist bear the same
_VOD_VERSION = 6  # EXT-X-MAP
_SKIP_TARGETS, _HOLD_TARGETS, _PART_TARGETS, _LISTED_TARGETS = 6, 3, 3, 3


@dataclass(frozen=True, slots=True)
class Grid:
    """The constants of a stream: ``target_duration`` and ``part_target`` in seconds."""

    target_duration: int
    part_target: float

    def head(self) -> str:
        """The lines of a live playlist that are the same in every playlist, always."""
        control = ",".join(
            (
                "CAN-BLOCK-RELOAD=YES",
                f"CAN-SKIP-UNTIL={_SKIP_TARGETS * self.target_duration:.1f}",
                f"HOLD-BACK={_HOLD_TARGETS * self.target_duration:.1f}",
                # "MUST be at least two, SHOULD be at least three times the Part Target Duration"
                f"PART-HOLD-BACK={_decimal(_PART_TARGETS * self.part_target)}",
            )
        )
        return (
            "#EXTM3U\n"
            f"#EXT-X-VERSION:{_LIVE_VERSION}\n"
            f"#EXT-X-TARGETDURATION:{self.target_duration}\n"
            f"#EXT-X-SERVER-CONTROL:{control}\n"
            f"#EXT-X-PART-INF:PART-TARGET={_decimal(self.part_target)}\n"
        )


@dataclass(frozen=True, slots=True)
class RenditionReport:
    """How far the playlist at ``uri`` (relative) reaches: EXT-X-RENDITION-REPORT."""

    uri: str
    last_msn: int
    last_part: int


class LivePlaylist:
    """The playlist of one rendition's window; remembers the text of what no longer changes."""

    def __init__(
        self, rendition: str, window: Window, grid: Grid, *, prefix: str = MEDIA_PREFIX
    ) -> None:
        self._window = window
        self._grid = grid
        self._base = f"{prefix}{rendition}/"
        self._head = grid.head()
        self._texts: dict[tuple[int, bool], str] = {}

    def forget(self) -> None:
        """Write everything anew: a listed segment has changed (cut)."""
        self._texts.clear()

    def render(self, reports: Iterable[RenditionReport], *, delta: bool = False) -> str:
        """Return the playlist, or its delta update if there is something to skip."""
        window, scale = self._window, self._window.timescale
        target = self._grid.target_duration * scale
        segments = list(window.segments)
        skipped = window.skippable(_SKIP_TARGETS * target) if delta and not window.ended else 0
        parted = len(segments) - window.with_parts(_LISTED_TARGETS * target)
        out = [
            self._head,
            f"#EXT-X-MEDIA-SEQUENCE:{window.media_sequence}\n",
            f"#EXT-X-DISCONTINUITY-SEQUENCE:{window.discontinuity_sequence}\n",
        ]
        if skipped:
            out.append(f"#EXT-X-SKIP:SKIPPED-SEGMENTS={skipped}\n")
        init = None
        for index in range(skipped, len(segments)):
            segment = segments[index]
            if segment.init_version != init:
                init = segment.init_version
                out.append(self._map(init))
            out.append(self._segment(segment, with_parts=index >= parted))
        if window.ended:
            out.append("#EXT-X-ENDLIST\n")
        else:
            out.append(self._edge(init))
            out += [
                f'#EXT-X-RENDITION-REPORT:URI="{report.uri}",'
                f"LAST-MSN={report.last_msn},LAST-PART={report.last_part}\n"
                for report in reports
            ]
        if len(self._texts) > 2 * len(segments) + 16:
            oldest = window.media_sequence
            self._texts = {key: text for key, text in self._texts.items() if key[0] >= oldest}
        return "".join(out)

    def _edge(self, init: int | None) -> str:
        """The open segment and the hints for what comes next (§4.4.5.3)."""
        window, out = self._window, []
        if window.open:
            if window.open.init_version != init:
                out.append(self._map(window.open.init_version))
            out.append(self._beginning(window.open))
            out.append(self._parts(window.open))
        msn, part = window.edge.next
        if window.next_init is not None and part == 0:
            uri = f"{self._base}{init_name(window.next_init)}"
            out.append(f'#EXT-X-PRELOAD-HINT:TYPE=MAP,URI="{uri}"\n')
        out.append(f'#EXT-X-PRELOAD-HINT:TYPE=PART,URI="{self._base}{part_name(msn, part)}"\n')
        return "".join(out)

    def _segment(self, segment: Segment, *, with_parts: bool) -> str:
        key = (segment.msn, with_parts)
        text = self._texts.get(key)
        if text is None:
            parts = self._parts(segment) if with_parts else ""
            duration = segment.duration / self._window.timescale
            text = self._texts[key] = (
                f"{self._beginning(segment)}{parts}{'#EXT-X-GAP' + chr(10) if segment.gap else ''}"
                f"#EXTINF:{duration:.5f},\n{self._base}{segment_name(segment.msn)}\n"
            )
        return text

    def _parts(self, segment: Segment) -> str:
        scale, out = self._window.timescale, []
        for index, part in enumerate(segment.parts):
            independent = ",INDEPENDENT=YES" if part.independent else ""
            gap = ",GAP=YES" if part.gap else ""
            out.append(
                f"#EXT-X-PART:DURATION={part.duration / scale:.5f},"
                f'URI="{self._base}{part_name(segment.msn, index)}"{independent}{gap}\n'
            )
        return "".join(out)

    @staticmethod
    def _beginning(segment: Segment) -> str:
        return _beginning(segment.court_us, discontinuity=segment.discontinuity)

    def _map(self, version: int) -> str:
        return f'#EXT-X-MAP:URI="{self._base}{init_name(version)}"\n'


def render_vod(
    rendition: str,
    segments: Sequence[Segment],
    *,
    timescale: int,
    target_duration: int,
    prefix: str = MEDIA_PREFIX,
) -> str:
    """Return the playlist of an ended broadcast; numbers of its segments may have holes.

    A hole (a gap that is left out) is a discontinuity: what follows has another time.
    """
    base = f"{prefix}{rendition}/"
    out = [
        f"#EXTM3U\n#EXT-X-VERSION:{_VOD_VERSION}\n#EXT-X-TARGETDURATION:{target_duration}\n"
        "#EXT-X-PLAYLIST-TYPE:VOD\n#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-DISCONTINUITY-SEQUENCE:0\n"
    ]
    before: Segment | None = None
    for segment in segments:
        torn = before is not None and (segment.discontinuity or segment.msn != before.msn + 1)
        if before is None or before.init_version != segment.init_version:
            out.append(f'#EXT-X-MAP:URI="{base}{init_name(segment.init_version)}"\n')
        out.append(
            f"{_beginning(segment.court_us, discontinuity=torn)}"
            f"#EXTINF:{segment.duration / timescale:.5f},\n{base}{segment_name(segment.msn)}\n"
        )
        before = segment
    out.append("#EXT-X-ENDLIST\n")
    return "".join(out)


def _beginning(court_us: int, *, discontinuity: bool) -> str:
    """Discontinuity and date: "MUST appear before the first EXT-X-PART" of the segment."""
    mark = "#EXT-X-DISCONTINUITY\n" if discontinuity else ""
    return f"{mark}#EXT-X-PROGRAM-DATE-TIME:{program_date_time(court_us)}\n"


def program_date_time(court_us: int) -> str:
    """Court time (Unix µs) as ISO 8601 with milliseconds, in UTC."""
    seconds, milliseconds = divmod((court_us + 500) // 1000, 1000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{milliseconds:03d}Z"


def _decimal(value: float) -> str:
    return f"{value:.5f}".rstrip("0").rstrip(".")
