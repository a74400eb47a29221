"""RTP packets as they come: read, put in order, counted; pure.

Sources: RFC 3550 §5.1 (header), §6.4.1 and appendices A.1, A.3, A.8 (what a receiver counts).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import NamedTuple

from media.feeds.rtcp import ReportBlock, SenderReport

_HEADER = struct.Struct("!BBHII")
_VERSION = 2
# RFC 3550 A.1: farther ahead or behind than these, the sender has begun a new count.
_MAX_DROPOUT = 3000
_MAX_MISORDER = 300
_MASK = 0xFFFF
_MOST_MISSING = 128


class RtpPacket(NamedTuple):
    """A packet's header and payload, and the court time at which it came."""

    sequence: int
    timestamp: int
    ssrc: int
    payload_type: int
    marker: bool
    payload: bytes
    arrival_us: int


def parse_rtp(data: bytes, arrival_us: int) -> RtpPacket | None:
    """Return the packet, None if the bytes are none."""
    if len(data) < _HEADER.size:
        return None
    first, second, sequence, timestamp, ssrc = _HEADER.unpack_from(data)
    start, end = _HEADER.size, len(data)
    if first != 0x80:  # padding, extension or sources: seldom  # noqa: PLR2004
        if first >> 6 != _VERSION:
            return None
        start += 4 * (first & 0x0F)
        if first & 0x10:
            if start + 4 > end:
                return None
            start += 4 + 4 * int.from_bytes(data[start + 2 : start + 4], "big")
        if first & 0x20:
            end -= data[-1]
        if start > end:
            return None
    kind, marker = second & 0x7F, bool(second & 0x80)
    return RtpPacket(sequence, timestamp, ssrc, kind, marker, data[start:end], arrival_us)


@dataclass(frozen=True, slots=True)
class Patience:
    """How long packets are waited for, in microseconds.

    Whoever is not here ``longest_us`` after those behind it is lost. Where packets are lost and
    none comes late (a camera that drops what it cannot send), waiting only makes pictures late: it
    is halved, down to ``shortest_us``. ``begins_us``: so long the first packet of a sender may have
    been overtaken by others, and ``before`` packets before it are asked for: it was sent before
    there were keys for it, or was lost. At most ``most`` packets are held.
    """

    longest_us: int = 150_000
    shortest_us: int = 10_000
    begins_us: int = 0
    before: int = 0
    most: int = 128


SENT_ONCE = Patience()
SENT_AGAIN = Patience(400_000, 150_000, begins_us=200_000, before=16, most=512)
"""Of a sender that is asked again for what is missing: the request may be lost, and its answer."""


class Ordered(NamedTuple):
    """A packet in its place; ``lost`` packets before it never came."""

    packet: RtpPacket
    lost: int


class Ordering:
    """Gives packets in the order of their numbers and says how many are missing between.

    Waits for a missing packet as its patience says. Doubles, and packets later than that, are left
    out. A new SSRC, or two packets in a row far from the count, begin a new count.
    """

    def __init__(self, patience: Patience = SENT_ONCE) -> None:
        self._patience = patience
        self._begins_until_us: int | None = None
        self._next: int | None = None
        self._ssrc = 0
        self._held: dict[int, RtpPacket] = {}  # by number
        self._odd: RtpPacket | None = None
        self._wait_us = patience.longest_us
        self.late = 0

    def take(self, packet: RtpPacket) -> list[Ordered]:
        """Return what can be given away now that this packet is here."""
        if packet.sequence == self._next and not self._held and packet.ssrc == self._ssrc:
            self._next = (packet.sequence + 1) & _MASK  # nearly always
            return [Ordered(packet, 0)]
        if self._next is None or packet.ssrc != self._ssrc:
            return self._begin([packet])
        ahead = (packet.sequence - self._next) & _MASK
        if self._begins_until_us is not None and ahead > _MASK - _MAX_MISORDER:
            self._next, ahead = packet.sequence, 0
        if _MAX_DROPOUT < ahead <= _MASK - _MAX_MISORDER:
            return self._strange(packet)
        if ahead > _MAX_DROPOUT or packet.sequence in self._held:
            self.late += 1
            self._wait_us = self._patience.longest_us
            return []
        if not ahead:  # others overtook it
            self._wait_us = self._patience.longest_us
        self._held[packet.sequence] = packet
        return self.due(packet.arrival_us)

    def due(self, now_us: int) -> list[Ordered]:
        """Return what need not wait any longer."""
        if self._is_beginning(now_us):
            return []
        found: list[Ordered] = []
        lost = 0
        while self._held and self._next is not None:
            packet = self._held.pop(self._next, None)
            if packet is not None:
                found.append(Ordered(packet, lost))
                lost = 0
                self._next = (self._next + 1) & _MASK
                continue
            first = next(iter(self._held.values()))  # of those held the one that came first
            if len(self._held) < self._patience.most and now_us - first.arrival_us < self._wait_us:
                break
            nearest = min(self._held, key=self._distance)
            lost = self._distance(nearest)
            self._next = nearest
            self._wait_us = max(self._wait_us // 2, self._patience.shortest_us)
        return found

    @property
    def is_waiting(self) -> bool:
        """Whether packets are held for one that is missing."""
        return bool(self._held)

    def missing(self) -> list[int]:
        """Return the numbers that are waited for, in order; not too many."""
        if self._next is None or not self._held:
            return []
        nearest = 0 if self._begins_until_us is None else -self._patience.before
        farthest = min(max(map(self._distance, self._held)), _MOST_MISSING)
        numbers = ((self._next + ahead) & _MASK for ahead in range(nearest, farthest))
        return [number for number in numbers if number not in self._held]

    def _distance(self, sequence: int) -> int:
        return (sequence - (self._next or 0)) & _MASK

    def _is_beginning(self, now_us: int) -> bool:
        """Whether packets may yet come that were sent before the first that is held."""
        until_us = self._begins_until_us
        if until_us is None or now_us >= until_us or len(self._held) >= self._patience.most:
            self._begins_until_us = None
            return False
        return True

    def _strange(self, packet: RtpPacket) -> list[Ordered]:
        before, self._odd = self._odd, packet
        if before is not None and (before.sequence + 1) & _MASK == packet.sequence:
            return self._begin([before, packet])
        return []

    def _begin(self, packets: list[RtpPacket]) -> list[Ordered]:
        left = [Ordered(self._held[number], 0) for number in sorted(self._held, key=self._distance)]
        self._held.clear()
        self._odd = None
        self._ssrc = packets[-1].ssrc
        if self._patience.begins_us:
            self._next = packets[0].sequence
            self._held = {packet.sequence: packet for packet in packets}
            self._begins_until_us = packets[-1].arrival_us + self._patience.begins_us
            return left
        self._next = (packets[-1].sequence + 1) & _MASK
        return left + [Ordered(packet, 0) for packet in packets]


class ReceiverCount:
    """What RFC 3550 has a receiver know of one sender; told the time in microseconds."""

    def __init__(self, clock: int) -> None:
        self._clock = clock
        self._ssrc: int | None = None
        self._begin(0)

    def _begin(self, sequence: int) -> None:
        self._cycles, self._base, self._highest = 0, sequence, sequence
        self._received = self._reported_expected = self._reported_received = 0
        self._transit: int | None = None
        self._jitter = 0.0
        self._sender: tuple[SenderReport, int] | None = None

    @property
    def ssrc(self) -> int | None:
        """The sender that is heard; None before its first packet."""
        return self._ssrc

    @property
    def jitter_us(self) -> int:
        """Interarrival jitter (RFC 3550 A.8)."""
        return round(self._jitter * 1_000_000 / self._clock)

    def note(self, packet: RtpPacket) -> None:
        """A packet came, in any order."""
        ahead = (packet.sequence - self._highest) & _MASK
        if packet.ssrc != self._ssrc or _MAX_DROPOUT < ahead < _MASK - _MAX_MISORDER:
            self._ssrc = packet.ssrc
            self._begin(packet.sequence)
        elif 0 < ahead <= _MAX_DROPOUT:
            self._cycles += packet.sequence < self._highest
            self._highest = packet.sequence
        self._received += 1
        transit = packet.arrival_us * self._clock // 1_000_000 - packet.timestamp
        if self._transit is not None:
            moved = (transit - self._transit + 0x80000000 & 0xFFFFFFFF) - 0x80000000
            if abs(moved) < self._clock:  # a clock that was set is no jitter
                self._jitter += (abs(moved) - self._jitter) / 16
        self._transit = transit

    def sender_reported(self, report: SenderReport, now_us: int) -> None:
        """Remember the sender's last report, to be repeated to it."""
        self._sender = (report, now_us)

    def block(self, now_us: int) -> ReportBlock | None:
        """Return what to report now; None before the first packet."""
        if self._ssrc is None:
            return None
        extended = self._cycles * 65_536 + self._highest
        expected = extended - self._base + 1
        asked = expected - self._reported_expected
        lost = asked - (self._received - self._reported_received)
        self._reported_expected, self._reported_received = expected, self._received
        fraction = min(lost * 256 // asked, 255) if asked > 0 and lost > 0 else 0
        report, since = self._sender or (None, now_us)
        return ReportBlock(
            self._ssrc,
            fraction,
            expected - self._received,
            extended,
            round(self._jitter),
            report.middle if report else 0,
            (now_us - since) * 65_536 // 1_000_000 if report else 0,
        )
