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
_VERSION_2, _PADDED, _MOST_PADDING = 0x80, 0xA0, 255
MOST_SOUNDS = 8
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
    """The packets of one picture, or of a few sounds that follow each other.

    ``first`` is the number that its first packet has in the rendition, ``timestamp`` counts on the
    rendition's RTP clock without bound, ``offsets`` has one more entry than there are packets.
    ``step`` is from one packet's timestamp to the next one's, 0 in a picture; ``padded`` has a bit
    for each packet that ends in RTP padding (RFC 3550 §5.1).
    """

    first: int
    timestamp: int
    court_us: int
    keyframe: bool
    is_video: bool
    payloads: bytes
    offsets: tuple[int, ...]
    step: int = 0
    padded: int = 0
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

    @classmethod
    def of_sounds(
        cls, sounds: list[bytes], *, first: int, timestamp: int, step: int, court_us: int
    ) -> Packed:
        """Lay sounds side by side, those before the last padded so that they make one run."""
        largest = max(map(len, sounds))
        payloads, padded = [], 0
        for at, sound in enumerate(sounds):
            missing = 0 if at == len(sounds) - 1 else largest - len(sound)
            if 0 < missing <= _MOST_PADDING:
                sound = sound + bytes(missing - 1) + bytes([missing])  # noqa: PLW2901
                padded |= 1 << at
            payloads.append(sound)
        made = cls.of(
            payloads, first=first, timestamp=timestamp, court_us=court_us, keyframe=True,
            is_video=False,
        )  # fmt: skip
        made.step, made.padded = step, padded
        return made

    @cached_property
    def count(self) -> int:
        """How many packets it has."""
        return len(self.offsets) - 1

    @cached_property
    def native_offsets(self) -> ctypes.Array[ctypes.c_uint32]:
        """``offsets`` as C has them."""
        return (ctypes.c_uint32 * len(self.offsets))(*self.offsets)

    @property
    def last_timestamp(self) -> int:
        """The timestamp of its last packet."""
        return self.timestamp + self.step * (self.count - 1)

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

    def first_byte(self, at: int) -> int:
        """Return the first byte of a packet's header: the version and whether it is padded."""
        return _PADDED if self.padded >> at & 1 else _VERSION_2

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
