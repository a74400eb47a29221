"""RTMP's chunk stream: bytes to messages and back; pure.

Source: Adobe's Real Time Messaging Protocol 1.0 §5.3, §5.4. Messages of several chunk streams come
interleaved in chunks; who sends may change the size of chunks at any time.
"""

# ruff: noqa: PLR2004 - the numbers are those of the specification

from __future__ import annotations

from dataclasses import dataclass

DEFAULT_CHUNK = 128
MAX_CHUNK = 0xFFFFFF  # as long as a message can be; more means the same (§5.4.1)
MAX_STREAMS = 32  # of chunks; encoders use three to six
_EXTENDED = 0xFFFFFF
_TIME_MASK = 0xFFFFFFFF
SET_CHUNK_SIZE, ABORT = 1, 2
_HEADERS = (11, 7, 3, 0)  # bytes of the message header by format


class MalformedRtmp(ValueError):
    """What came is not RTMP, or more than is taken."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message. ``timestamp`` is in ms and wraps at 2^32; ``stream`` is the message stream."""

    kind: int
    stream: int
    timestamp: int
    payload: bytes


class _Assembly:
    """What is known of one chunk stream, and the message that is being put together."""

    __slots__ = ("extended", "field", "front", "kind", "length", "payload", "stream", "timestamp")

    def __init__(self, number: int) -> None:
        self.front = 0xC0 | number if number < 64 else 0  # the byte with which a chunk goes on
        self.timestamp = self.field = 0  # of the message; as last told, absolute or a step
        self.extended = False
        self.length = self.kind = self.stream = 0
        self.payload: bytearray | None = None


class ChunkReader:
    """Takes bytes as they come, gives messages; raises ``MalformedRtmp`` and is of no use then.

    ``max_message`` bounds one message in bytes; all unfinished ones together may be twice that.
    """

    def __init__(self, max_message: int) -> None:
        self.max_message = max_message
        self._buffer = bytearray()
        self._at = 0
        self._chunk = DEFAULT_CHUNK
        self._assemblies: dict[int, _Assembly] = {}

    def feed(self, data: bytes) -> None:
        """Take bytes."""
        if self._at:
            del self._buffer[: self._at]
            self._at = 0
        self._buffer += data

    def next(self) -> Message | None:
        """Return the next message that is whole."""
        while True:
            before = self._at
            found = self._next_chunk()
            if isinstance(found, Message):
                if found.kind == SET_CHUNK_SIZE:
                    self._set_chunk(found.payload)
                elif found.kind == ABORT:
                    self._abort(found.payload)
                else:
                    return found
            elif self._at == before:
                return None

    def _set_chunk(self, payload: bytes) -> None:
        size = int.from_bytes(payload[:4], "big")
        # nobody sends less than the default, and a byte each would be a flood of headers
        if len(payload) < 4 or size < DEFAULT_CHUNK or size >> 31:
            raise MalformedRtmp("a size of chunks that nobody uses")
        self._chunk = min(size, MAX_CHUNK)

    def _abort(self, payload: bytes) -> None:
        assembly = self._assemblies.get(int.from_bytes(payload[:4], "big"))
        if assembly is not None:
            assembly.payload = None

    def _stream_number(self) -> tuple[int, int] | None:
        """Return the number of the chunk stream and the length of the basic header."""
        buffer, at = self._buffer, self._at
        if len(buffer) <= at:
            return None
        number = buffer[at] & 0x3F
        length = 3 if number == 1 else 2 if number == 0 else 1
        if len(buffer) < at + length:
            return None
        if number == 0:
            number = 64 + buffer[at + 1]
        elif number == 1:
            number = 64 + buffer[at + 1] + 256 * buffer[at + 2]
        return number, length

    def _assembly(self, number: int) -> _Assembly:
        found = self._assemblies.get(number)
        if found is None:
            if len(self._assemblies) >= MAX_STREAMS:
                raise MalformedRtmp("too many chunk streams")
            found = self._assemblies[number] = _Assembly(number)
        return found

    def _front(self) -> tuple[int, bytearray, int, _Assembly] | None:
        """Return format, message header and where it ends, and the chunk stream, if it is here."""
        front = self._stream_number()
        if front is None:
            return None
        number, basic = front
        form = self._buffer[self._at] >> 6
        start = self._at + basic
        end = start + _HEADERS[form]
        if len(self._buffer) < end:
            return None
        if form == 3 and number not in self._assemblies:
            raise MalformedRtmp("a chunk goes on with what never began")
        return form, self._buffer[start:end], end, self._assembly(number)

    def _next_chunk(self) -> Message | None:
        """Take one chunk if it is here; return the message that it completes."""
        front = self._front()
        if front is None:
            return None
        form, header, start, assembly = front
        is_new = assembly.payload is None
        if form < 3 and not is_new:
            raise MalformedRtmp("a message begins within another")
        length = int.from_bytes(header[3:6], "big") if form < 2 else assembly.length
        if length > self.max_message:
            raise MalformedRtmp("a message is too large")
        told = int.from_bytes(header[:3], "big") if form < 3 else _EXTENDED
        extended = told == _EXTENDED if form < 3 else assembly.extended
        field, size = self._time(assembly, told, start, extended=extended, is_new=is_new)
        received = len(assembly.payload or b"")
        end = start + size + min(self._chunk, length - received)
        if size < 0 or len(self._buffer) < end:
            return None
        if form < 3:
            assembly.extended, assembly.field = extended, field
        if is_new:
            self._begin(assembly, form, header, length)
        return self._append(assembly, start + size, end)

    def _time(
        self, assembly: _Assembly, told: int, start: int, *, extended: bool, is_new: bool
    ) -> tuple[int, int]:
        """Return the timestamp field and how many bytes it is behind the header (-1: not here)."""
        if not extended:
            return (told if told != _EXTENDED else assembly.field), 0
        if len(self._buffer) < start + 4:
            return 0, -1
        field = int.from_bytes(self._buffer[start : start + 4], "big")
        if not is_new and field != assembly.field:
            return assembly.field, 0  # some encoders do not repeat it within a message
        return field, 4

    def _begin(self, assembly: _Assembly, form: int, header: bytearray, length: int) -> None:
        if form < 2:
            assembly.length, assembly.kind = length, header[6]
        if form == 0:
            assembly.stream = int.from_bytes(header[7:11], "little")
            assembly.timestamp = assembly.field
        else:  # §5.3.1.2.4: after format 0 the step of format 3 is that absolute time
            assembly.timestamp = (assembly.timestamp + assembly.field) & _TIME_MASK
        assembly.payload = bytearray()

    def _append(self, assembly: _Assembly, start: int, end: int) -> Message | None:
        payload = assembly.payload
        if payload is None:
            return None
        payload += self._buffer[start:end]
        self._at = self._following(assembly, payload, end)
        if len(payload) < assembly.length:
            held = sum(len(known.payload or b"") for known in self._assemblies.values())
            if held > 2 * self.max_message:
                raise MalformedRtmp("too much is unfinished")
            return None
        assembly.payload = None
        return Message(assembly.kind, assembly.stream, assembly.timestamp, bytes(payload))

    def _following(self, assembly: _Assembly, payload: bytearray, at: int) -> int:
        """Take the chunks that go on right behind: most do, and encoders send small ones."""
        buffer, front = self._buffer, assembly.front
        while not assembly.extended and front and len(payload) < assembly.length:
            end = at + 1 + min(self._chunk, assembly.length - len(payload))
            if len(buffer) < end or buffer[at] != front:
                break
            payload += buffer[at + 1 : end]
            at = end
        return at


def chunked(chunk_stream: int, message: Message, chunk: int = DEFAULT_CHUNK) -> bytes:
    """Return a message as chunks: format 0, then format 3. ``chunk_stream`` is 2 to 63."""
    payload, extended = message.payload, b""
    time = message.timestamp
    if time >= _EXTENDED:
        time, extended = _EXTENDED, message.timestamp.to_bytes(4, "big")
    made = bytearray([chunk_stream])
    made += time.to_bytes(3, "big") + len(payload).to_bytes(3, "big")
    made.append(message.kind)
    made += message.stream.to_bytes(4, "little") + extended
    made += payload[:chunk]
    for at in range(chunk, len(payload), chunk):
        made.append(0xC0 | chunk_stream)
        made += extended + payload[at : at + chunk]
    return bytes(made)
