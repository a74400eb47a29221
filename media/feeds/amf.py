"""Values of Action Message Format 0, as RTMP's commands carry them; pure.

Source: Action Message Format AMF 0 (Adobe, 2007). What comes is hostile: depth and number of values
are bounded, and anything else than the types below is refused.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping

Value = float | bool | str | None | dict[str, "Value"] | list["Value"]

MAX_DEPTH = 6
MAX_VALUES = 500
_NUMBER, _BOOLEAN, _STRING, _OBJECT, _NULL, _UNDEFINED = 0, 1, 2, 3, 5, 6
_ARRAY, _END, _LIST, _DATE, _LONG_STRING = 8, 9, 10, 11, 12
_F64 = struct.Struct(">d")


class MalformedAmf(ValueError):
    """The bytes are no values of AMF 0, or more than anybody needs."""


class _Reader:
    """Reads values one behind the other."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at, self._values = data, 0, 0

    @property
    def is_done(self) -> bool:
        return self._at >= len(self._data)

    def _take(self, count: int) -> bytes:
        found = self._data[self._at : self._at + count]
        if len(found) < count:
            raise MalformedAmf("a value is cut")
        self._at += count
        return found

    def _text(self, size_bytes: int) -> str:
        size = int.from_bytes(self._take(size_bytes), "big")
        return self._take(size).decode("utf-8", "replace")

    def value(self, depth: int = 0) -> Value:
        self._values += 1
        if depth > MAX_DEPTH or self._values > MAX_VALUES:
            raise MalformedAmf("too many values, or too deep")
        marker = self._take(1)[0]
        if marker in (_NULL, _UNDEFINED):
            return None
        if marker in (_OBJECT, _ARRAY):
            if marker == _ARRAY:
                self._take(4)  # how many there may be; the end tells how many there are
            return self._members(depth)
        if marker == _LIST:
            count = int.from_bytes(self._take(4), "big")
            return [self.value(depth + 1) for _ in range(min(count, MAX_VALUES + 1))]
        return self._scalar(marker)

    def _scalar(self, marker: int) -> Value:
        if marker == _NUMBER:
            return float(_F64.unpack(self._take(8))[0])
        if marker == _BOOLEAN:
            return self._take(1) != b"\0"
        if marker == _STRING:
            return self._text(2)
        if marker == _LONG_STRING:
            return self._text(4)
        if marker == _DATE:
            return float(_F64.unpack(self._take(10)[:8])[0])  # the time zone is always 0
        raise MalformedAmf("a type that no command uses")

    def _members(self, depth: int) -> dict[str, Value]:
        found: dict[str, Value] = {}
        while True:
            name = self._text(2)
            if not name and self._data[self._at : self._at + 1] == bytes([_END]):
                self._at += 1
                return found
            found[name] = self.value(depth + 1)


def decode(data: bytes) -> list[Value]:
    """Return all values; raises ``MalformedAmf``."""
    reader, found = _Reader(data), list[Value]()
    while not reader.is_done:
        found.append(reader.value())
    return found


def encode(*values: Value) -> bytes:
    """Return values one behind the other."""
    return b"".join(map(_encoded, values))


def _encoded(value: Value) -> bytes:
    if value is None:
        return bytes([_NULL])
    if isinstance(value, bool):
        return bytes([_BOOLEAN, value])
    if isinstance(value, (int, float)):
        return bytes([_NUMBER]) + _F64.pack(value)
    if isinstance(value, str):
        return bytes([_STRING]) + _name(value)
    if isinstance(value, Mapping):
        members = b"".join(_name(name) + _encoded(member) for name, member in value.items())
        return bytes([_OBJECT]) + members + bytes([0, 0, _END])
    return bytes([_LIST]) + len(value).to_bytes(4, "big") + b"".join(map(_encoded, value))


def _name(text: str) -> bytes:
    data = text.encode()
    return len(data).to_bytes(2, "big") + data
