"""Playlists as they were written last: once per version, for everybody who asks [pure]."""

from __future__ import annotations

from dataclasses import dataclass

from media.errors import UnknownResource
from media.hls.playlist import RenditionReport
from media.hls.reply import Reply
from media.hls.stream import Stream


@dataclass(frozen=True, slots=True)
class _Kept:
    """A playlist, and up to which version of the stream it is known to be the newest."""

    seen: int
    state: tuple[int, tuple[RenditionReport, ...]]
    reply: Reply


class Written:
    """The newest text of each playlist and of its delta update."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, bool, bool], _Kept] = {}

    def forget(self) -> None:
        """Another stream begins."""
        self._kept.clear()

    def reply(
        self, stream: Stream, name: str, *, delta: bool, dates_since_us: int | None = None
    ) -> Reply:
        """Return a playlist by its name; raises ``UnknownResource``.

        ``dates_since_us`` as in ``LivePlaylist.render``; within a version it does not matter.
        """
        key = name, delta, dates_since_us is not None
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
            playlist = held.playlists[name]
            reply = Reply(playlist.pieces(state[1], delta=delta, dates_since_us=dates_since_us))
        self._kept[key] = _Kept(stream.version, state, reply)
        return reply
