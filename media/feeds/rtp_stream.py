"""One stream of a camera from its RTP packets to what the record takes; pure.

Whoever receives the packets (RTSP by TCP or UDP, WHIP) hands them over with the court time at which
they came. All times are microseconds.
"""

from __future__ import annotations

from media.feeds.arrival import Arrived, Item, Reception
from media.feeds.depacketise import Unit
from media.feeds.parameters import CODECS, ParameterSets
from media.feeds.rtcp import SenderReport, receiver_report, sender_reports
from media.feeds.rtp_reception import (
    SENT_ONCE,
    Ordered,
    Ordering,
    Patience,
    ReceiverCount,
    RtpPacket,
    parse_rtp,
)
from media.feeds.sdp import Offered
from media.feeds.timestamps import Timing, skipped
from media.spool.record import Stream, StreamDescription

_HALF, _WHOLE = 1 << 31, 1 << 32
_LONGEST_STEP_US = 1_000_000
# Both reports of a pair must say the same of the way they came, or one clock was set between them.
_AGREED_US = 250_000
_STEADY_US = 5_000
_PAIR_US = 8_000_000
# So long and so often another format than was described: a camera was set to another codec.
_FOREIGN_US, _FOREIGN = 3_000_000, 20


class SenderClocks:
    """What the sender's reports say of how far picture and sound lie apart.

    Only the difference is taken, never the time: a camera's wall clock is often wrong and is set in
    mid-stream, its distance from itself is not.
    """

    def __init__(self) -> None:
        self._zeros: dict[Stream, tuple[int, int, int]] = {}  # zero, report's offset, arrival
        self._doubted: int | None = None
        self.skew_us: int | None = None  # what to add to sound to be on the picture's line

    def note(self, stream: Stream, unix_us: int, pts_us: int, arrival_us: int) -> None:
        """A report says that at ``unix_us`` the stream was at ``pts_us``."""
        self._zeros[stream] = (unix_us - pts_us, arrival_us - unix_us, arrival_us)
        video, audio = self._zeros.get("video"), self._zeros.get("audio")
        if video is None or audio is None:
            return
        if abs(video[1] - audio[1]) > _AGREED_US or abs(video[2] - audio[2]) > _PAIR_US:
            return
        self._take(audio[0] - video[0])

    def forget(self, stream: Stream) -> None:
        """The stream's timestamps begin anew: what was known of them leads astray."""
        self._zeros.pop(stream, None)
        self._doubted = self.skew_us = None

    def _take(self, skew_us: int) -> None:
        known, doubted = self.skew_us, self._doubted
        if known is None:
            self.skew_us = skew_us
        elif abs(skew_us - known) <= _STEADY_US:
            self.skew_us, self._doubted = known + (skew_us - known) // 4, None
        elif doubted is not None and abs(skew_us - doubted) <= _STEADY_US:
            self.skew_us, self._doubted = skew_us, None  # said twice: it is so
        else:
            self._doubted = skew_us


class RtpStream:
    """Orders, counts, assembles and times the packets of one stream."""

    def __init__(
        self,
        offered: Offered,
        clocks: SenderClocks,
        own_ssrc: int,
        patience: Patience = SENT_ONCE,
    ) -> None:
        self.offered = offered
        self.description = offered.description
        self.stream: Stream = offered.description.stream
        self._clocks, self._own_ssrc = clocks, own_ssrc
        self._ordering = Ordering(patience)
        self._count = ReceiverCount(offered.clock)
        codec = CODECS.get(offered.description.codec)
        self._sets = ParameterSets(codec, offered.description.extradata) if codec else None
        self._extended: int | None = None  # the last timestamp, without wraps
        self._base = 0
        self._before: Timing | None = None
        self._early_report: tuple[SenderReport, int] | None = None
        self._step_us = 40_000
        self._expected = self._lost = self._broken = 0
        self._foreign, self._foreign_since_us = 0, 0

    @property
    def has_begun(self) -> bool:
        """Whether a packet of the stream came."""
        return self._extended is not None

    @property
    def ssrc(self) -> int | None:
        """The sender that is heard; None before its first packet."""
        return self._count.ssrc

    def missing(self) -> list[int]:
        """Return the numbers of packets that are waited for."""
        return self._ordering.missing()

    def take(self, data: bytes, now_us: int) -> list[Item]:
        """Take a packet as it came; return what is complete."""
        packet = parse_rtp(data, now_us)
        if packet is None:
            self._broken += 1
            return []
        if packet.payload_type != self.offered.payload_type:
            if not self._foreign:
                self._foreign_since_us = now_us
            self._foreign += 1
            return []  # comfort noise, forward error correction, another format
        self._foreign = 0
        self._count.note(packet)
        return self._assemble(self._ordering.take(packet))

    def is_another(self, now_us: int) -> bool:
        """Whether pictures come, but for long none in the format that was described.

        Of sound that says nothing: between two speakers a camera may send noise alone.
        """
        is_long = self._foreign >= _FOREIGN and now_us - self._foreign_since_us > _FOREIGN_US
        return self.stream == "video" and is_long

    def due(self, now_us: int) -> list[Item]:
        """Return what need not wait for a missing packet any longer."""
        return self._assemble(self._ordering.due(now_us)) if self._ordering.is_waiting else []

    def take_report(self, data: bytes, now_us: int, *, is_shared: bool = False) -> None:
        """Take RTCP as it came; ``is_shared``: it may be of another stream."""
        for report in sender_reports(data):
            if is_shared and report.ssrc != self.ssrc:
                continue
            self._count.sender_reported(report, now_us)
            self._tie(report, now_us)

    def _tie(self, report: SenderReport, now_us: int) -> None:
        if self._extended is None:
            self._early_report = (report, now_us)
            return
        pts_us = self._microseconds(self._unwrapped(report.timestamp))
        self._clocks.note(self.stream, report.unix_us, pts_us, now_us)

    def report(self, now_us: int) -> bytes:
        """Return the RTCP that tells the sender how its packets come."""
        return receiver_report(self._own_ssrc, self._count.block(now_us), "tingbo")

    def reception(self) -> Reception:
        """Return what was counted since the last time."""
        told = Reception(self.stream, self._expected, self._lost, self._broken)
        self._expected = self._lost = self._broken = 0
        return told

    def _assemble(self, ordered: list[Ordered]) -> list[Item]:
        found: list[Item] = []
        for packet, lost in ordered:
            self._expected += 1 + lost
            self._lost += lost
            moved = packet._replace(timestamp=self._follow(packet))
            for unit in self.offered.depacketiser.take(moved, lost):
                found += self._arrived(unit, packet.arrival_us)
        return found

    def _follow(self, packet: RtpPacket) -> int:
        """Return the packet's timestamp without wraps."""
        if self._extended is None:
            self._base = self._extended = packet.timestamp
            if self._early_report is not None:
                self._tie(*self._early_report)
        self._extended = self._unwrapped(packet.timestamp)
        return self._extended

    def _unwrapped(self, timestamp: int) -> int:
        last = self._extended or 0
        return last + ((timestamp - last + _HALF) % _WHOLE) - _HALF

    def _microseconds(self, timestamp: int) -> int:
        return (timestamp - self._base) * 1_000_000 // self.offered.clock

    def _arrived(self, unit: Unit, complete_us: int) -> list[Item]:
        payload, key, lawful = unit.payload, self._sets is None, unit.is_lawful
        found: list[Item] = []
        if not payload:
            self._broken += not lawful
            return found
        if self._sets is not None:
            checked = self._sets.check(payload)
            payload, key = checked.payload, checked.keyframe
            lawful = lawful and checked.is_lawful
            if checked.changed is not None:
                extradata, width, height = checked.changed
                codec = self.description.codec
                self.description = StreamDescription("video", codec, extradata, width, height, 0, 0)
                found.append(self.description)
        timing = self._timing(unit)
        if self._before is not None and skipped(self._before, timing) is not None:
            self._clocks.forget(self.stream)
            timing = self._timing(unit)
        self._before = timing
        found.append(Arrived(timing, complete_us, key, lawful, payload))
        return found

    def _timing(self, unit: Unit) -> Timing:
        pts_us = self._microseconds(unit.timestamp)
        skew_us = self._clocks.skew_us
        is_shared = skew_us is not None
        if self.stream == "audio":
            length_us = unit.ticks * 1_000_000 // self.offered.clock
            # its first sample is that much older than the packet
            begun_us = unit.begun_us - length_us
            return Timing("audio", pts_us, pts_us, length_us, begun_us, is_shared, skew_us or 0)
        if self._before is not None and 0 < pts_us - self._before.pts_us < _LONGEST_STEP_US:
            self._step_us = pts_us - self._before.pts_us
        # the order of decoding is that of sending, but its times are not told
        return Timing("video", pts_us, None, self._step_us, unit.begun_us, is_shared)
