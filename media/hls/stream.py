"""A worker's stream as the origin knows it: windows, init sections and the newest bytes."""

from __future__ import annotations

from collections.abc import Iterable, Reversible
from dataclasses import dataclass, field
from itertools import islice

from media.cmaf.key_frame import key_frame_end
from media.hls.arrivals import Arrivals
from media.hls.captions import CAPTIONS
from media.hls.dates import DateRanges, Span
from media.hls.lines import KeyFrameLines, MediaLines
from media.hls.playlist import Grid, LivePlaylist, RenditionReport
from media.hls.resource import CAPTIONS_SUFFIX, key_frames_name
from media.hls.tail import Tail
from media.hls.window import Segment, Window
from media.hls.withdrawn import NOTHING_WITHDRAWN, Withdrawn
from media.messages import AirChange, Cut, Init, Part, Rendition, SegmentListed, StreamInfo

WINDOW_SECONDS = 15 * 60  # "SHOULD offer at least 15 minutes" (Apple 8.12)
# "MUST keep a removed Partial Segment for three Target Durations" (§6.2.2) after it has been listed
# for three; the rest is for slow players. Afterwards a part is read from its segment's file.
_TAIL_TARGETS = 8
_PARTS_TARGETS = 30
_KEY_FRAMES_SEEN = 100
# Delta updates leave out what a player is taken to know. After a withdrawal they would hide the
# gaps, so whole playlists are sent until every player that plays has read one.
_WHOLE_AFTER_WITHDRAWAL = 30  # segments


@dataclass(slots=True)
class HeldRendition:
    """One packaged rendition; ``version`` grows with each change of its playlists.

    ``playlists`` are those that list its segments, by name: its media, for pictures their key
    frames (``<rendition>i``), and the captions beside one of the renditions.
    """

    described: Rendition
    window: Window
    playlists: dict[str, LivePlaylist] = field(default_factory=dict)
    inits: dict[int, bytes] = field(default_factory=dict)
    tail: Tail = field(default_factory=Tail)
    epochs: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)
    version: int = 0
    live_parts: int = 0
    key_frames_known: bool = True  # of every segment in the window
    end_us: int = 0  # court time of the end of the newest part
    unrecorded: set[int] = field(default_factory=set)  # segments that lie nowhere but in the tail
    withdrawn: Withdrawn = NOTHING_WITHDRAWN
    whole_until: int = 0  # up to this segment playlists are sent whole

    def take(self, part: Part) -> bool:
        """Take a part with its bytes; True if the playlist has changed."""
        known = self.window.find(part.msn)
        changed = self.window.add(part)
        known = known or self.window.find(part.msn)
        if known is None or part.part >= len(known.parts):
            return False  # does not follow what is here
        self.live_parts += 1
        if not part.recorded:
            self.unrecorded.add(part.msn)
        if not known.parts[part.part].gap:
            self.tail.put(part.msn, part.part, part.payload)
        if part.part == 0 and self.described.kind == "video" and not part.gap:
            known.key_size = key_frame_end(part.payload) or -1
        seconds = part.duration / self.window.timescale
        end_us = part.court_us + round(seconds * 1e6)
        self.epochs[part.msn, part.part] = part.epoch, part.court_us
        if self.withdrawn.touches(part.court_us, end_us):
            known.withdrawn = True
        if changed:
            self.version += 1
            self.end_us = end_us
        return changed

    def list_segment(self, listed: SegmentListed) -> None:
        """Take a segment that lies on disk."""
        if self.window.list_segment(listed):
            self.version += 1
            self.key_frames_known = False
            self.end_us = listed.court_us + round(listed.duration / self.window.timescale * 1e6)
            self._mark([self.window.segments[-1]])

    def withdraw(self, withdrawn: Withdrawn, dates: Span | None) -> None:
        """Let what touches these stretches be a gap, and nothing else that is here.

        ``dates``: the stretch of the stream of which Date Ranges are told otherwise.
        """
        self.withdrawn = withdrawn
        changed = self._mark(_all_segments(self.window))
        if dates is not None:
            changed += [self.window.msn_at(at_us) for at_us in dates]
        if changed:
            self.whole_until = self.window.edge.complete + _WHOLE_AFTER_WITHDRAWAL
            self.forget_texts(min(changed), max(changed) + 1)

    def retell(self, since_us: int) -> None:
        """Write anew what is listed from a moment of the stream on, if anything is."""
        if since_us < self.window.end_us:
            self.forget_texts(self.window.msn_at(since_us))

    def _mark(self, segments: Iterable[Segment]) -> list[int]:
        """Say of these segments whether they are withdrawn; return the numbers of what changed."""
        changed, scale = [], self.window.timescale
        for segment in segments:
            end_us = segment.court_us + segment.duration * 1_000_000 // scale
            withdrawn = self.withdrawn.touches(segment.court_us, end_us)
            if withdrawn != segment.withdrawn:
                segment.withdrawn = withdrawn
                changed.append(segment.msn)
        return changed

    @property
    def may_skip(self) -> bool:
        """Whether delta updates tell players all they need."""
        return self.window.edge.complete >= self.whole_until

    def reach_back(self, older: Reversible[Segment]) -> None:
        """Put what went before to the front; only before anybody has read the list."""
        self.window.prepend(older)
        self._mark(self.window.segments)
        self.key_frames_known = False
        self.forget_texts()

    def adopt(self, old: HeldRendition) -> None:
        """Take over bytes and cuts of the segments that both know, and what went before them."""
        same: set[int] = set()
        for segment in _all_segments(self.window):
            before = old.window.find(segment.msn)
            if before and before.court_us == segment.court_us:
                same.add(segment.msn)
                segment.gap |= before.gap
                for part, (now, was) in enumerate(zip(segment.parts, before.parts, strict=False)):
                    now.gap |= was.gap
                    if now.gap:
                        self.tail.drop(segment.msn, part)
        first = self.window.media_sequence
        self.tail.adopt(old.tail, same, first)
        self.unrecorded |= {msn for msn in old.unrecorded if msn < first}
        self.epochs = {**old.epochs, **self.epochs}
        self.whole_until = old.whole_until
        self.reach_back(old.window.segments)
        for name, playlist in self.playlists.items():
            if name in old.playlists:
                playlist.adopt(old.playlists[name], first)

    def add_init(self, message: Init) -> None:
        """Take an init section; one that no segment uses yet is announced."""
        newest = max(self.inits, default=0)
        self.inits[message.version] = message.payload
        if newest and message.version > newest and self.window.edge.last:
            self.window.next_init = message.version
            self.version += 1

    def trim(self, target: int) -> None:
        """Forget bytes that nobody may ask for any more; ``target`` in timescale units."""
        if self.window.segments:
            kept = self.window.with_parts(_TAIL_TARGETS * target)
            oldest = self.window.segments[-kept].msn
            parted = self.window.parted(_PARTS_TARGETS * target)
            self._lose({msn for msn in self.unrecorded if msn < parted})
            self.tail.keep_from(oldest, self.unrecorded)
            self._forget_parts(parted)
            if len(self.epochs) > 1024:  # noqa: PLR2004  (now and then is enough)
                self.epochs = {key: at for key, at in self.epochs.items() if key[0] >= oldest}

    def _lose(self, msns: set[int]) -> None:
        """Tell as gaps what is let go of and does not lie on disk."""
        self.unrecorded -= msns
        lost = [segment for msn in msns if (segment := self.window.find(msn))]
        for segment in lost:
            segment.gap = True
        if lost:
            self.forget_texts(min(segment.msn for segment in lost))

    def key_frame_peak(self) -> int:
        """Peak bit rate of the key frames: a fifth above what was seen, at most the whole's."""
        scale = self.window.timescale
        rates = [
            8 * one.key_size * scale // one.duration
            for one in islice(reversed(self.window.segments), _KEY_FRAMES_SEEN)
            if one.key_size > 0 and one.duration
        ]
        most = self.described.bandwidth
        return min(max(rates) * 6 // 5, most) if rates else most

    def _forget_parts(self, before: int) -> None:
        """Let go what nobody may ask for any more: nine hours of parts would fill the memory."""
        msn = before - 1
        while (segment := self.window.find(msn)) and segment.parts:
            segment.parts = []
            msn -= 1

    def forget_texts(self, since: int = 0, until: int | None = None) -> None:
        """Write all playlists anew from a segment on: a listed one has changed."""
        for playlist in self.playlists.values():
            playlist.forget(since, until)
        self.version += 1

    def cut(self, order: Cut) -> bool:
        """Drop what was not given out of the range; True if anything was."""
        dropped: set[int] = set()
        for (msn, part), (epoch, court_us) in list(self.epochs.items()):
            segment = self.window.find(msn)
            if not segment or epoch > order.epoch or self.tail.was_served(msn, part):
                continue
            if self._cut_part(segment, part, court_us, order):
                dropped.add(msn)
        if dropped:
            self.forget_texts(min(dropped))
        return bool(dropped)

    def _cut_part(self, segment: Segment, part: int, court_us: int, order: Cut) -> bool:
        """Make a gap of a part that lies in the range; of one that is forgotten, of its segment."""
        listed = segment.parts[part] if part < len(segment.parts) else segment
        start_us = court_us if listed is not segment else segment.court_us
        end_us = start_us + listed.duration * 1_000_000 // self.window.timescale
        if listed.gap or start_us >= order.to_us or end_us <= order.from_us:
            return False
        self.tail.drop(segment.msn, part)
        listed.gap = segment.gap = True
        return True


class Stream:
    """All packaged renditions between one StreamInfo and the next."""

    def __init__(
        self,
        info: StreamInfo,
        prefix: str,
        window_seconds: int | None,
        *,
        captioned: bool = False,
    ) -> None:
        self.info = info
        self.ended = False
        self.complete = False  # the snapshot has come in
        self.reaches_back = False  # and what is older than it
        self.part_target = info.part_ms / 1000
        self.renditions: dict[str, HeldRendition] = {}
        self._faces: dict[str, HeldRendition] = {}
        self._dates = DateRanges()
        self.arrivals = Arrivals()
        self._prefix = prefix
        for described in info.renditions:
            if described.packaged:
                length = None if window_seconds is None else window_seconds * described.timescale
                window = Window(timescale=described.timescale, length=length)
                held = self.renditions[described.id] = HeldRendition(described, window)
                base = f"{prefix}{described.id}/"
                lines = MediaLines(base, described.timescale, dates=self._dates)
                self._show(held, described.id, lines)
                if described.kind == "video":
                    name = key_frames_name(described.id)
                    keys = KeyFrameLines(base, described.timescale, dates=self._dates)
                    self._show(held, name, keys)
        if captioned:
            self.show_captions()

    def withdraw(self, withdrawn: Withdrawn) -> None:
        """Give out nothing that touches these stretches, now and when it comes."""
        dates = self._dates.withdraw(withdrawn)
        for held in self.renditions.values():
            held.withdraw(withdrawn, dates)

    def _show(self, held: HeldRendition, name: str, lines: MediaLines | KeyFrameLines) -> None:
        grid = Grid(self.info.target_duration, self.part_target)
        held.playlists[name] = LivePlaylist(held.window, grid, lines)
        self._faces[name] = held

    @property
    def captioned(self) -> bool:
        """Whether there is a playlist of captions."""
        return CAPTIONS in self._faces

    def show_captions(self) -> None:
        """List captions, in pieces as long as the sound's (the pictures', if there is none)."""
        if self.captioned or not self.renditions:
            return
        by_kind = sorted(self.renditions.values(), key=lambda held: held.described.kind)
        held = by_kind[0]
        base, scale = f"{self._prefix}{CAPTIONS}/", held.window.timescale
        lines = MediaLines(base, scale, suffix=CAPTIONS_SUFFIX, has_init=False, dates=self._dates)
        self._show(held, CAPTIONS, lines)
        for one in self.renditions.values():  # their reports name one more
            one.version += 1

    def key_frame_peaks(self) -> dict[str, int]:
        """Peak bit rate of each rendition's key frames, as far as they are known."""
        return {
            name: held.key_frame_peak()
            for name, held in self.renditions.items()
            if held.described.kind == "video"
        }

    def shown(self, name: str) -> HeldRendition | None:
        """Return the rendition whose segments the playlist of this name lists."""
        return self._faces.get(name)

    @property
    def version(self) -> int:
        """Grows with each change of any playlist."""
        return sum(held.version for held in self.renditions.values())

    def take(
        self, message: Init | SegmentListed | Part | AirChange, now_s: float = 0.0
    ) -> str | None:
        """Take a message; return the rendition if its playlist has changed.

        ``now_s`` is any clock that never goes back.
        """
        if isinstance(message, AirChange):
            self._take_change(message)
            return None
        held = self.renditions.get(message.rendition)
        if held is None:
            return None
        before = held.version
        if isinstance(message, Init):
            held.add_init(message)
        elif isinstance(message, SegmentListed):
            held.list_segment(message)
        elif held.take(message) and held.window.open is None:
            held.trim(self.info.target_duration * held.window.timescale)
        self.arrivals.note(now_s, held.window.end_us)
        return message.rendition if held.version != before else None

    def _take_change(self, change: AirChange) -> None:
        """Learn what is seen from a place on: mostly before a part shows it.

        A worker that succeeded another one says anew what its last parts show.
        """
        if not self._dates.take(change):
            return
        for held in self.renditions.values():
            held.retell(change.media_us)

    def has_all_edges(self) -> bool:
        """Whether the snapshot is in: every rendition has parts and none lags by more than one."""
        edges = [held.window.edge.next for held in self.renditions.values() if held.live_parts]
        if not edges or len(edges) < len(self.renditions):
            return False
        lowest, highest = min(edges), max(edges)
        if lowest[0] == highest[0]:
            return highest[1] - lowest[1] <= 1
        return highest == (lowest[0] + 1, 0) and lowest[1] == self.info.parts_per_segment - 1

    def is_beyond(self, other: Stream) -> bool:
        """Whether players of the other one can go on with this one."""
        for name, held in self.renditions.items():
            old = other.renditions.get(name)
            if old is None or old.window.edge.last is None:
                continue
            behind = held.window.edge.next < old.window.edge.next
            if behind and held.end_us <= old.end_us:
                return False
        return True

    def adopt(self, other: Stream) -> None:
        """Take over bytes and cuts of the segments that both know, and what went before them."""
        self._dates.precede(other._dates)
        self.arrivals.precede(other.arrivals)
        for name, held in self.renditions.items():
            if name in other.renditions:
                held.adopt(other.renditions[name])
                held.trim(self.info.target_duration * held.window.timescale)

    def reports(self, rendition: str) -> tuple[RenditionReport, ...]:
        """One report for each other playlist (App. B.1); addresses relative to this one."""
        return tuple(
            report
            for name, held in self._faces.items()
            if name != rendition and (report := _report(name, held))
        )

    def end(self) -> None:
        """Nothing will follow."""
        self.ended = self.complete = True
        for held in self.renditions.values():
            held.window.end()
            held.version += 1


def _report(name: str, held: HeldRendition) -> RenditionReport | None:
    edge = held.window.edge
    if name == key_frames_name(held.described.id):
        return RenditionReport(f"{name}.m3u8", edge.complete) if edge.complete >= 0 else None
    return RenditionReport(f"{name}.m3u8", *edge.last) if edge.last else None


def _all_segments(window: Window) -> list[Segment]:
    return [*window.segments, window.open] if window.open else list(window.segments)
