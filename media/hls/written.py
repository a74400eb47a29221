"""Playlists as they were written last: once per version, for everybody who asks [pure]."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from media.errors import UnknownResource
from media.hls.multivariant import Words, render_multivariant
from media.hls.playlist import SKIP_TARGETS, RenditionReport
from media.hls.reply import Reply
from media.hls.stream import Stream


@dataclass(frozen=True, slots=True)
class _Kept:
    """A playlist, and up to which version of the stream it is known to be the newest."""

    seen: int
    state: tuple[int, tuple[RenditionReport, ...]]
    reply: Reply


def multivariant(
    stream: Stream, uri: Callable[[str], str], words: Words | None, *, sound_alone: bool
) -> bytes:
    """Return the multivariant playlist; ``uri`` gives a playlist's address by its name."""
    return render_multivariant(
        stream.info.renditions,
        uri,
        words=words or Words(),
        captioned=stream.captioned,
        sound_alone=sound_alone,
        key_frames=stream.key_frame_peaks(),
    ).encode()


class Written:
    """The newest text of each playlist and of its delta update."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, bool, bool], _Kept] = {}

    def forget(self) -> None:
        """Another stream begins."""
        self._kept.clear()

    def reply(
        self, stream: Stream, name: str, *, delta: bool, skip_dates_at_s: float | None = None
    ) -> Reply:
        """Return a playlist by its name; raises ``UnknownResource``.

        ``skip_dates_at_s``: now, where a delta update shall leave out old Date Ranges, too (it does
        not matter within a version).
        """
        key = name, delta, skip_dates_at_s is not None
        kept = self._kept.get(key)
        if kept is not None and kept.seen == stream.version:
            return kept.reply
        held = stream.shown(name)
        if held is None:
            raise UnknownResource("no such rendition")
        state = held.version, stream.reports(name)
        if kept is not None and kept.state == state:
            reply = kept.reply
        else:
            since_us = None
            if skip_dates_at_s is not None:
                boundary_s = SKIP_TARGETS * stream.info.target_duration
                since_us = stream.arrivals.reached_us(skip_dates_at_s - boundary_s)
            playlist = held.playlists[name]
            reply = Reply(playlist.pieces(state[1], delta=delta, dates_since_us=since_us))
        self._kept[key] = _Kept(stream.version, state, reply)
        return reply
