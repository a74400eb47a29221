"""Writes the playlists of an ended broadcast (draft-pantos-hls-rfc8216bis-22 §4.4.3.5) [pure]."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from media.hls.lines import Lines
from media.hls.window import Segment

_VERSION = 6  # EXT-X-MAP


def render_vod(
    segments: Sequence[Segment], lines: Lines, *, target_duration: int, dates: str = ""
) -> str:
    """Return the playlist of an ended broadcast; numbers of its segments may have holes.

    A hole (a gap that is left out) is a discontinuity: what follows has another time. ``dates`` are
    the tags of the Date Ranges.
    """
    out = [
        f"#EXTM3U\n#EXT-X-VERSION:{_VERSION}\n#EXT-X-TARGETDURATION:{target_duration}\n"
        "#EXT-X-PLAYLIST-TYPE:VOD\n"
        f"{lines.tags}#EXT-X-MEDIA-SEQUENCE:0\n#EXT-X-DISCONTINUITY-SEQUENCE:0\n"
        f"{dates}"
    ]
    before: Segment | None = None
    for segment in segments:
        torn = before is not None and (segment.discontinuity or segment.msn != before.msn + 1)
        if before is None or before.init_version != segment.init_version:
            out.append(lines.map(segment.init_version))
        shown = replace(segment, discontinuity=torn) if torn != segment.discontinuity else segment
        out.append(lines.segment(shown, with_parts=False))
        before = segment
    out.append("#EXT-X-ENDLIST\n")
    return "".join(out)
