"""One viewer at the fan-out: its picture and sound, what it reports, and how it fares."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Sequence
from typing import Protocol

from media.feeds.rtcp import ReportBlock
from media.relay.beginning import Beginning
from media.relay.credit import Credit
from media.relay.fanout import transmit
from media.relay.lane import Lane
from media.relay.link import Link, Negotiated, ViewerFigures
from media.relay.media_clock import MediaClock
from media.relay.rtcp import Sent, middle, names, ntp_time, read, sender_reports
from media.relay.rungs import RungChooser
from media.relay.stream import Stream

FIRST_REPORT_SECONDS, REPORT_SECONDS = 1.6, 5.0
"""Between sender reports: of a viewer who has just come, and of one who knows all by now (the least
that RFC 3550 §6.2 recommends). Who is told of a new line from media time to court time begins anew.
"""
TOGETHER_SECONDS = 0.5
"""Reports to those who know all leave side by side, at multiples of this: one alone costs more."""
_FIRST_REPORTS = 4
CNAME = b"tingbo"  # as in the answer of ``media.relay.viewer``
_FIGURE_SECONDS = 2.0
_LEAST_FIGURE_SECONDS = 0.2
_MOST_RTT_SECONDS = 10.0
_MOST_REPORTS_REMEMBERED = 4
_MOST_LOSS = 256
_PACKETS_A_SECOND, _REQUESTS_A_SECOND = 100, 1_000
"""Of one viewer; a browser sends a few packets a second, and some twenty after a loss."""


class Host(Protocol):
    """Who seats viewers."""

    clock: MediaClock

    def want_keyframe(self, stream: Stream, now: float) -> None:
        """Ask the worker for a key frame of a rendition, soon."""

    def look_soon(self) -> None:
        """Come back to all seats soon: something is owed to one of them."""

    def left(self, seat: Seat) -> None:
        """Learn that a viewer is gone."""


class Seat:
    """Told what the viewer says; to be left when the viewer is gone, before its keys go."""

    def __init__(self, host: Host, link: Link, media: Sequence[Negotiated], now: float) -> None:
        self.link = link
        self.joined_at = self.heard_at = now
        self.next_report = now
        self.malformed = self.ignored = 0
        self._packets = Credit(_PACKETS_A_SECOND, now)
        self._requests = Credit(_REQUESTS_A_SECOND, now)
        self._host = host
        self._lanes = {wanted.ssrc: Lane(link, wanted) for wanted in media}
        if link.ear is not None:
            link.ear.expect([wanted.ssrc for wanted in media])
        self._names = names([wanted.ssrc for wanted in media], CNAME)
        self._chooser = RungChooser(now)
        self._rtt = link.rtt_ms / 1000 or None
        self._losses: dict[int, tuple[float, int]] = {}
        self._reports = 0
        self._reported: list[tuple[int, float]] = []
        self._keyframe_requests = self._rung_changes = 0
        self.beginning = Beginning(now, link.rtt_ms / 1000)
        self._measured = (now, 0)
        self._bit_rate = 0

    @property
    def lanes(self) -> Sequence[Lane]:
        """Picture and sound, as negotiated."""
        return list(self._lanes.values())

    def moved(self) -> None:
        """Take note that the link leads to another address."""
        for lane in self._lanes.values():
            lane.moved()

    def leave(self) -> None:
        """Send nothing more; safe to call twice."""
        for lane in self._lanes.values():
            lane.leave()
        self._host.left(self)

    def on_rtcp(self, plain: bytes, now: float) -> bool:
        """Take a compound packet of the viewer's, decrypted; whether it asks for something."""
        self.heard_at = now
        if not self._packets.take(1, now):
            self.ignored += 1
            return False
        self._take_notes()
        said = read(plain)
        self.malformed += said.is_malformed
        for block in said.blocks:
            self._on_block(block, now)
        if said.bit_rate is not None:
            self._chooser.on_estimate(said.bit_rate, now)
        if said.nacked:
            self._on_nacks(said.nacked, now)
        for ssrc in said.keyframes:
            lane = self._lanes.get(ssrc)
            if lane is not None and lane.media.kind == "video":
                self._refresh(lane, now)
        return bool(said.nacked or said.keyframes)

    def _take_notes(self) -> None:
        """Take what was noted of the viewer's reports since; all of it says that all is well."""
        ear = self.link.ear
        if ear is None:
            return
        for block, at in ear.news():
            self._on_block(block, at)
        estimate = ear.estimate()
        if estimate is not None:
            self._chooser.on_estimate(*estimate)

    def _on_block(self, block: ReportBlock, now: float) -> None:
        lane = self._lanes.get(block.ssrc)
        if lane is None:
            return
        if block.last_report:
            for mark, sent_at in self._reported:
                if mark == block.last_report:
                    rtt = now - sent_at - block.since_report / 65_536
                    self._rtt = min(max(rtt, 0.0), _MOST_RTT_SECONDS)
        loss = block.fraction_lost / _MOST_LOSS
        self._losses[block.ssrc] = (loss, max(block.lost, 0))
        if lane.media.kind == "video":
            self._chooser.on_report(loss, self._rtt, now)

    def _on_nacks(self, nacked: list[tuple[int, int]], now: float) -> None:
        for lane in self._lanes.values():
            if lane.stream is not None:
                lane.repeats.refill(now, lane.stream.bit_rate(now))
        asked_for = self._requests.take(len(nacked), now)
        self.ignored += len(nacked) - asked_for
        for ssrc, number in nacked[:asked_for]:
            asked = self._lanes.get(ssrc)
            if asked is not None:
                asked.repeat(number, now, self._rtt)

    def _refresh(self, lane: Lane, now: float) -> None:
        self._keyframe_requests += 1
        if self._wish(now):
            self._begin_anew(lane, now)

    def _wish(self, now: float) -> bool:
        """Whether what the viewer wishes is to be done now; else it may be owed."""
        is_now = self.beginning.wish(now)
        if self.beginning.is_owed:
            self._host.look_soon()
        return is_now

    def _begin_anew(self, lane: Lane, now: float) -> None:
        if not lane.refresh(now) and lane.wanted is not None:
            self._host.want_keyframe(lane.wanted, now)

    def catch_up_on_wishes(self, now: float) -> None:
        """Begin anew where a viewer asked for it too early to be believed."""
        if self.beginning.is_due(now):
            self.on_late_keys(now)

    def on_late_keys(self, now: float) -> None:
        """What was sent so far was for nobody: begin anew."""
        if self._wish(now):
            for lane in self._pictures():
                self._begin_anew(lane, now)

    def repeat_start(self, now: float) -> bool:
        """Send the beginning of the picture again, or begin anew if that is wished.

        Returns whether it is to be done again after the same pause.
        """
        is_left = self.beginning.repeat()
        if self.beginning.is_due(now):
            self.on_late_keys(now)
            return is_left
        for lane in self._pictures():
            lane.repeat_start()
        return is_left

    def _pictures(self) -> list[Lane]:
        return [lane for lane in self._lanes.values() if lane.media.kind == "video"]

    def consider_rung(self, rungs: Sequence[Stream], rates: Sequence[float], now: float) -> None:
        """Go to another rung if the viewer's line asks for it; ``rates`` are the rungs' now."""
        self._take_notes()
        for lane in self._lanes.values():
            if lane.media.kind != "video" or lane.wanted not in rungs:
                continue
            current = rungs.index(lane.wanted)
            chosen = self._chooser.choose(current, rates, now)
            if chosen != current:
                self._rung_changes += 1
                lane.change(rungs[chosen], now, is_urgent=chosen < current)

    def tell_anew(self, now: float) -> None:
        """The line that reports tell of has changed: report at once, and soon again."""
        self._reports, self.next_report = 0, now

    def report(self, now: float) -> None:
        """Send sender reports of all media in one compound packet."""
        if self._reports < _FIRST_REPORTS:
            self.next_report = now + FIRST_REPORT_SECONDS
        else:
            turns = math.ceil((now + REPORT_SECONDS) / TOGETHER_SECONDS)
            self.next_report = turns * TOGETHER_SECONDS
        self._reports += 1
        clock = self._host.clock
        media = clock.media_seconds(now)
        ntp = ntp_time(clock.court_us(media))
        streams = []
        for lane in self._lanes.values():
            fields = lane.target.fields
            stamp = int(media * lane.media.clock_rate) + fields.timestamp_offset
            streams.append(Sent(lane.media.ssrc, stamp, fields.packets, fields.octets))
        packet = sender_reports(ntp, streams, self._names)
        self._reported.append((middle(ntp), now))
        del self._reported[:-_MOST_REPORTS_REMEMBERED]
        with contextlib.suppress(ValueError):  # keys that are used up
            transmit(self.link, self.link.protector.protect_rtcp(packet))

    def figures(self, now: float) -> ViewerFigures:
        """Return how the viewer fares."""
        self._take_notes()
        packets = sent = dropped = nacks = repeated = lost = 0
        loss, began, rung = 0.0, None, ""
        for lane in self._lanes.values():
            fields = lane.target.fields
            packets += fields.packets + lane.retransmitted
            sent += fields.octets + lane.retransmitted_bytes
            dropped += fields.dropped
            nacks += lane.nacks
            repeated += lane.retransmitted
            if lane.media.kind == "video":
                began = lane.first_sent_at
                rung = lane.wanted.rendition.id if lane.wanted else ""
        for one, count in self._losses.values():
            loss, lost = max(loss, one), lost + count
        self._measure(sent, now)
        return ViewerFigures(
            sent_packets=packets,
            sent_bytes=sent,
            bit_rate=self._bit_rate,
            lost_packets=lost,
            loss_percent=100 * loss,
            rtt_ms=(self._rtt or 0.0) * 1000,
            rung=rung,
            dropped_packets=dropped,
            nacks=nacks,
            retransmitted=repeated,
            keyframe_requests=self._keyframe_requests,
            rung_changes=self._rung_changes,
            first_picture_ms=None if began is None else (began - self.joined_at) * 1000,
        )

    def _measure(self, sent: int, now: float) -> None:
        since, before = self._measured
        if now - since >= (_FIGURE_SECONDS if self._bit_rate else _LEAST_FIGURE_SECONDS):
            self._bit_rate = round((sent - before) * 8 / (now - since))
            self._measured = (now, sent)
