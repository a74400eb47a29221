"""One frame to many viewers: header, SRTP in place and one send for each; in Python.

``media.relay.native`` does the same compiled; ``fanout`` gives what this machine has. Nobody is
waited for but the network card, and that not long: what a full socket does not take is dropped for
that viewer and counted, and the viewer asks for it again.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import select
import socket
import struct
import time
from dataclasses import dataclass
from typing import Any, Protocol

from pylibsrtp._binding import ffi, lib  # type: ignore[import-not-found]

from media.relay.gcm import Gcm
from media.relay.link import Link
from media.relay.packed import RTP_HEADER, Packed, Run
from media.relay.target import Crowd, Target

UDP_SEGMENT = 103  # <linux/udp.h>; Python has no name for it
CANNOT_SEGMENT = frozenset({errno.EIO, errno.EINVAL, errno.EOPNOTSUPP})
PATIENCE_SECONDS = 0.02  # for a network card, in one call
_SCRATCH = 128 * 1024
_MOST_STRIDES = 256
_HEADER = struct.Struct("!BBHII")
_MASK = 0xFFFFFFFF
_OK = lib.srtp_err_status_ok
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Load:
    """A range of a frame's packets for a crowd; ``timestamp`` is the frame's, or another for it."""

    frame: Packed
    places: tuple[int, int]
    timestamp: int
    crowd: Crowd


class Fanout(Protocol):
    """Sends packets of frames to crowds."""

    name: str
    segments: bool
    """Whether the kernel cuts one large datagram into packets (UDP segmentation offload)."""
    gcm: Gcm | None
    """What spreads out viewers' keys, if it encrypts by itself."""

    def send(self, *loads: Load) -> None:
        """Send what leaves at the same time, in this order to each viewer; at least one load."""


def can_segment() -> bool:
    """Whether this kernel knows UDP segmentation offload."""
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, 1200)
        return True
    return False


class PythonFanout:
    """The way that is always there."""

    name = "python"

    def __init__(self, *, segments: bool) -> None:
        self.segments = segments
        self.gcm: Gcm | None = None
        self._scratch = bytearray(_SCRATCH)
        self._view = memoryview(self._scratch)
        self._memory = ffi.from_buffer(self._scratch)
        self._length = ffi.new("int *")
        self._pointers: dict[int, list[Any]] = {}
        self._turn = 0
        self._patience = 0.0

    def send(self, *loads: Load) -> None:
        """Send to each in turn, beginning with another one each time."""
        self._patience = PATIENCE_SECONDS
        for load in loads:
            self._send_load(load)

    def _send_load(self, load: Load) -> None:
        targets = list(load.crowd)
        if not targets:
            return
        self._turn = (self._turn + 1) % len(targets)
        runs = load.frame.runs(*load.places)
        for target in targets[self._turn :] + targets[: self._turn]:
            if target.fields.descriptor < 0 or target.spread is not None:
                send_singly(target, load)
                continue
            for run in runs:
                self._send_run(target, load.frame, run, load.timestamp)

    def _send_run(self, target: Target, frame: Packed, run: Run, timestamp: int) -> None:
        end, stride = self._write(target, frame, run, timestamp)
        if not end:
            target.fields.dropped += run.count
            return
        if self.segments or run.count == 1:
            sent = run.count * self._hand_over(target, 0, end, stride if run.count > 1 else 0)
        else:
            starts = range(0, end, stride)
            sent = sum(self._hand_over(target, at, min(at + stride, end), 0) for at in starts)
        fields = target.fields
        fields.packets += sent
        fields.dropped += run.count - sent
        if sent:
            last = run.first + run.count
            fields.octets += frame.offsets[last] - frame.offsets[run.first]

    def _write(self, target: Target, frame: Packed, run: Run, timestamp: int) -> tuple[int, int]:
        """Write and protect a run; return its length (0: refused) and the distance of packets."""
        tag, fields = target.tag, target.fields
        begin, end = frame.place(run.first, tag), frame.place(run.first + run.count, tag)
        self._view[: end - begin] = memoryview(frame.template(tag))[begin:end]
        stride = RTP_HEADER + run.size + tag
        pointers = self._pointers_at(stride, run.count)
        number = frame.first + run.first + fields.number_offset
        begun = timestamp + fields.timestamp_offset
        stamp, scratch = begun & _MASK, self._scratch
        context, ssrc = target.link.protector.pointer, fields.ssrc
        length, protect, kind = self._length, lib.srtp_protect, fields.payload_type
        marked = frame.count - 1 - run.first if frame.is_video else -1
        for at in range(run.count):
            place = at * stride
            second = kind | 0x80 if at == marked else kind
            first = frame.first_byte(run.first + at) if frame.padded else 0x80
            if frame.step:
                stamp = (begun + (run.first + at) * frame.step) & _MASK
            _HEADER.pack_into(scratch, place, first, second, (number + at) & 0xFFFF, stamp, ssrc)
            length[0] = RTP_HEADER + frame.size(run.first + at)
            if protect(context, pointers[at], length) != _OK:
                return 0, stride
        return end - begin, stride

    def _pointers_at(self, stride: int, count: int) -> list[Any]:
        found = self._pointers.get(stride, [])
        if len(found) < count:
            if len(self._pointers) >= _MOST_STRIDES:
                self._pointers.clear()
            found = [self._memory + at * stride for at in range(max(count, 16))]
            self._pointers[stride] = found
        return found

    def _hand_over(self, target: Target, begin: int, end: int, segment: int) -> bool:
        sock = target.link.socket
        if sock is None:
            return False
        control = [(socket.IPPROTO_UDP, UDP_SEGMENT, struct.pack("=H", segment))] if segment else []
        data = [self._view[begin:end]]
        while True:
            try:
                sock.sendmsg(data, control, socket.MSG_DONTWAIT, target.link.address)
            except BlockingIOError:
                if not self._waited(sock):
                    return False
            except OSError as problem:
                if segment and problem.errno in CANNOT_SEGMENT:
                    name = errno.errorcode[problem.errno]
                    _log.warning("no segmentation on this route: %s", name)
                    self.segments = False
                return False
            else:
                return True

    def _waited(self, sock: socket.socket) -> bool:
        """Wait until the card has taken half of what the socket holds; False: not any more."""
        if self._patience <= 0:
            return False
        began = time.monotonic()
        waiting = select.poll()
        waiting.register(sock, select.POLLOUT)
        ready = waiting.poll(self._patience * 1000)
        self._patience -= max(time.monotonic() - began, 0.001)
        return bool(ready) and bool(ready[0][1] & select.POLLOUT)


def send_singly(target: Target, load: Load) -> None:
    """Send packets one at a time: to viewers who are behind TCP."""
    fields, frame = target.fields, load.frame
    for at in range(*load.places):
        number = frame.first + at + fields.number_offset
        plain = single(target, frame, at, load.timestamp, number)
        packet = target.link.protector.protect(plain, number)
        if packet is not None and transmit(target.link, packet):
            fields.packets += 1
            fields.octets += frame.size(at)
        else:
            fields.dropped += 1


def transmit(link: Link, datagram: bytes) -> bool:
    """Send one encrypted datagram the way the link goes; False: it was dropped."""
    sock = link.socket
    if sock is None:
        return link.send(datagram)
    try:
        sock.sendto(datagram, socket.MSG_DONTWAIT, link.address)
    except OSError:
        return False
    return True


def single(target: Target, frame: Packed, at: int, timestamp: int, number: int) -> bytes:
    """Return a packet as it was sent, unprotected, for sending it again."""
    kind = target.fields.payload_type | 0x80 * frame.is_marked(at)
    stamp = (timestamp + at * frame.step + target.fields.timestamp_offset) & _MASK
    head = _HEADER.pack(frame.first_byte(at), kind, number & 0xFFFF, stamp, target.fields.ssrc)
    return head + frame.payload(at)


def retransmission(packet: bytes, payload_type: int, ssrc: int, number: int) -> bytes:
    """Wrap a packet for its retransmission stream (RFC 4588 §4): its own number goes in front."""
    first, kind, _, stamp, _ = _HEADER.unpack_from(packet)
    head = _HEADER.pack(first, payload_type | kind & 0x80, number & 0xFFFF, stamp, ssrc)
    return head + packet[2:4] + packet[RTP_HEADER:]
