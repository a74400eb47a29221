"""What the packets of an MPEG transport stream tell of what is missing; pure.

Source: ISO/IEC 13818-1 §2.4.3.2 (packet), §2.4.3.4 (adaptation field), §2.4.4 (tables). libav takes
the stream apart; it does not say how much of it never came, nor that another programme began.
"""

# ruff: noqa: PLR2004 - the numbers are those of the specification

from __future__ import annotations

PACKET = 188
_SYNC = 0x47
_NULL = 0x1FFF
_PAT = 0
CLOCK_HZ = 90_000
PERIOD = 1 << 33  # of the 90 kHz clock: 26.5 hours


class Continuity:
    """Counts the packets that came and those that are missing, by the counter of each PID.

    The counter has four bits: of 16 packets that are missing in a row nothing is seen. Bytes may
    come in any pieces.
    """

    def __init__(self) -> None:
        self._counters: dict[int, tuple[int, bytes]] = {}
        self._rest = b""
        self._map: int | None = None  # PID of the programme's table
        self._table = b""
        self.expected = self.lost = self.broken = 0
        self.has_changed = False

    def feed(self, data: bytes) -> None:
        """Take bytes of the stream."""
        data = self._rest + data if self._rest else data
        at, end = 0, len(data) - PACKET
        while at <= end:
            if data[at] != _SYNC:
                following = data.find(_SYNC, at + 1)
                self.broken += 1
                at = len(data) if following < 0 else following
                continue
            self._packet(data[at : at + PACKET])
            at += PACKET
        self._rest = data[at:]

    def take(self) -> tuple[int, int, int]:
        """Return packets expected, lost and broken since the last call."""
        found = self.expected, self.lost, self.broken
        self.expected = self.lost = self.broken = 0
        return found

    def _packet(self, packet: bytes) -> None:
        pid = (packet[1] & 0x1F) << 8 | packet[2]
        control = packet[3]
        if pid == _NULL or not control & 0x10:  # no payload: its counter stands still
            return
        counter = control & 15
        before = self._counters.get(pid)
        is_anew = control & 0x20 and packet[4] and packet[5] & 0x80  # discontinuity_indicator
        if before is not None and not is_anew:
            step = (counter - before[0]) & 15
            if step == 0 and packet == before[1]:
                return  # a packet may be sent twice
            missing = (step - 1) & 15
            self.lost += missing
            self.expected += missing
        self.expected += 1
        self.broken += packet[1] >> 7  # transport_error_indicator
        self._counters[pid] = (counter, packet)
        if pid in (_PAT, self._map) and packet[1] & 0x40:
            self._look_at_table(pid, packet)

    def _look_at_table(self, pid: int, packet: bytes) -> None:
        """See whether the table of the first programme says something else than before."""
        start = 4 + (1 + packet[4] if packet[3] & 0x20 else 0)
        if start >= PACKET:
            return
        section = packet[start + 1 + packet[start] :]
        size = 3 + ((section[1] & 15) << 8 | section[2]) if len(section) > 3 else 0
        section = section[:size]
        if pid == _PAT:
            self._find_map(section)
            return
        if self._table and section != self._table:
            self.has_changed = True
        self._table = section

    def _find_map(self, section: bytes) -> None:
        for at in range(8, len(section) - 4, 4):
            programme = section[at] << 8 | section[at + 1]
            if programme and at + 4 <= len(section) - 4:
                found = (section[at + 2] & 0x1F) << 8 | section[at + 3]
                if found != self._map:
                    self._map, self._table = found, b""
                return
