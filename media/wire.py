"""How messages travel between processes.

A message is two big-endian 32-bit lengths, a JSON header and raw bytes (the payload, often empty).
The header names the message in ``type``; anything unknown, malformed or too large is refused with
``MalformedMessage`` and ends the connection.
"""

from __future__ import annotations

import dataclasses
import json
import struct
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field, TypeAdapter, ValidationError
from pydantic_core import from_json

from media.errors import MalformedMessage
from media.messages import Frame, Message

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

MAX_HEADER = 256 * 1024
MAX_PAYLOAD = 16 * 1024 * 1024
_LENGTHS = struct.Struct("!II")
_FRAME: dict[str, type] = {
    "rendition": str, "pts": int, "court_us": int, "keyframe": bool, "epoch": int, "payload": bytes,
    "type": str,
}  # fmt: skip
_ADAPTER: TypeAdapter[Message] = TypeAdapter(Annotated[Message, Field(discriminator="type")])


def encode(message: Message) -> bytes:
    """Return the message as it goes onto a socket."""
    fields = _members(message)
    del fields["payload"]
    header = json.dumps(fields, default=_members, separators=(",", ":")).encode()
    if len(header) > MAX_HEADER or len(message.payload) > MAX_PAYLOAD:
        raise MalformedMessage(f"{message.type} is too large to be sent")
    return _LENGTHS.pack(len(header), len(message.payload)) + header + message.payload


def _members(value: DataclassInstance) -> dict[str, object]:
    # Not dataclasses.asdict, which copies what lies below as well: a relay tells of each viewer.
    return {name: getattr(value, name) for name in _names(type(value))}


@cache
def _names(kind: type[DataclassInstance]) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(kind))


def _frame(fields: dict[str, Any]) -> Frame | None:
    """Return a frame in its usual form: there are dozens a second; else None, not judged yet."""
    if len(fields) != len(_FRAME) or fields.get("type") != "frame":
        return None
    for name, kind in _FRAME.items():
        if type(fields.get(name)) is not kind:
            return None
    del fields["type"]
    return Frame(**fields)


def _parse(header: bytes, payload: bytes) -> Message:
    try:
        fields = from_json(header)
        if not isinstance(fields, dict) or "payload" in fields:
            raise MalformedMessage("header is not an object")
        fields["payload"] = payload
        frame = _frame(fields)
        return frame or _ADAPTER.validate_python(fields)
    except (ValueError, RecursionError, ValidationError) as problem:
        raise MalformedMessage(type(problem).__name__) from problem


class Decoder:
    """Turns the bytes of a socket back into messages, however they are cut."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[Message]:
        """Take bytes; return the messages that are complete now, in order."""
        if not self._buffer:  # as a rule a read ends where a message does
            messages, used = _whole(data)
            self._buffer += data[used:]
            return messages
        self._buffer += data
        messages, used = _whole(self._buffer)
        del self._buffer[:used]
        return messages


def _whole(data: bytes | bytearray) -> tuple[list[Message], int]:
    """Return the messages that are complete and how many bytes they take."""
    messages: list[Message] = []
    at = 0
    while len(data) - at >= _LENGTHS.size:
        header_size, payload_size = _LENGTHS.unpack_from(data, at)
        if not 0 < header_size <= MAX_HEADER or payload_size > MAX_PAYLOAD:
            raise MalformedMessage("lengths out of bounds")
        start = at + _LENGTHS.size
        end = start + header_size + payload_size
        if len(data) < end:
            break
        body = start + header_size
        messages.append(_parse(bytes(data[start:body]), bytes(data[body:end])))
        at = end
    return messages, at
