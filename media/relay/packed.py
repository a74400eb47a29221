"""A frame as it goes to all viewers: packed once, its payloads side by side; pure.

Per viewer only the RTP header differs, so a frame keeps its payloads in one piece of memory with
the places where each begins. ``template`` lays them out with room for header and tag, as one
``sendmsg`` with segmentation wants them.
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass, field
from functools import cached_property

RTP_HEADER = 12
MAX_PACKET = 1200
_LARGEST_TAG, _RTX_HEADER = 16, 2
MAX_PAYLOAD = MAX_PACKET - RTP_HEADER - _RTX_HEADER - _LARGEST_TAG
"""Room for a payload, so that a packet sent again in RTX still fits."""
# The kernel cuts at most 64 datagrams out of one, whose length must fit 16 bits (IP and UDP too).
_MOST_SEGMENTS, _MOST_BYTES = 48, 62_000


@dataclass(frozen=True, slots=True)
class Run:
    """Packets that may go out in one piece: of one size, only the last may be smaller."""

    first: int
    count: int
    size: int  # of the payload of its first


@dataclass(eq=False)
class Packed:
    """The packets of one frame.

    ``first`` is the number that its first packet has in the rendition, ``timestamp`` counts on the
    rendition's RTP clock without bound, ``offsets`` has one more entry than there are packets.
    """

    first: int
    timestamp: int
    court_us: int
    keyframe: bool
    is_video: bool
    payloads: bytes
    offsets: tuple[int, ...]
    _templates: dict[int, bytes] = field(default_factory=dict)

    @classmethod
    def of(
        cls, payloads: list[bytes], *, first: int, timestamp: int, court_us: int, keyframe: bool,
        is_video: bool,
    ) -> Packed:  # fmt: skip
        """Lay payloads side by side."""
        offsets = [0]
        for payload in payloads:
            offsets.append(offsets[-1] + len(payload))
        data = b"".join(payloads)
        return cls(first, timestamp, court_us, keyframe, is_video, data, tuple(offsets))

    @cached_property
    def count(self) -> int:
        """How many packets it has."""
        return len(self.offsets) - 1

    @cached_property
    def native_offsets(self) -> ctypes.Array[ctypes.c_uint32]:
        """``offsets`` as C has them."""
        return (ctypes.c_uint32 * len(self.offsets))(*self.offsets)

    @property
    def end(self) -> int:
        """The number that follows its last packet's."""
        return self.first + self.count

    def size(self, at: int) -> int:
        """Return the length of a payload."""
        return self.offsets[at + 1] - self.offsets[at]

    def payload(self, at: int) -> bytes:
        """Return a payload."""
        return self.payloads[self.offsets[at] : self.offsets[at + 1]]

    def is_marked(self, at: int) -> bool:
        """Whether a packet has the marker bit: the last of a picture (RFC 6184 §5.1)."""
        return self.is_video and at == self.count - 1

    def runs(self, start: int, stop: int) -> list[Run]:
        """Return the packets from ``start`` up to ``stop`` in as few runs as may be."""
        found: list[Run] = []
        while start < stop:
            size = self.size(start)
            most = min(
                _MOST_SEGMENTS, _MOST_BYTES // (size + RTP_HEADER + _LARGEST_TAG), stop - start
            )
            count = 1
            while count < most and self.size(start + count) == size:
                count += 1
            if count < most and self.size(start + count) < size:
                count += 1
            found.append(Run(start, count, size))
            start += count
        return found

    def place(self, at: int, tag: int) -> int:
        """Return where a packet begins in the template for a tag's length."""
        return self.offsets[at] + at * (RTP_HEADER + tag)

    def template(self, tag: int) -> bytes:
        """Return all packets one behind the other, their headers and tags still empty."""
        made = self._templates.get(tag)
        if made is None:
            head, tail = bytes(RTP_HEADER), bytes(tag)
            made = b"".join(head + self.payload(at) + tail for at in range(self.count))
            self._templates[tag] = made
        return made
