"""What a publisher and a listener say to each other by RTMP, without a socket; pure.

Sources: Adobe's Real Time Messaging Protocol 1.0 §5.4, §6.2, §7; Enhanced RTMP v2 (``fourCcList``).
Bytes come in by ``feed``; ``next`` gives what happened; ``outgoing`` is what has to be sent. Nobody
can play from here. Before a publisher is accepted only small messages are read, and no media.
"""

# ruff: noqa: PLR2004 - the numbers are those of the specification

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Literal

from media.feeds import amf
from media.feeds.rtmp_chunks import (
    SET_CHUNK_SIZE,
    ChunkReader,
    MalformedRtmp,
    Message,
    chunked,
)
from media.feeds.rtmp_handshake import Handshake

MAX_COMMAND = 64 * 1024
MAX_MEDIA = 8 * 1024 * 1024  # a key frame of 4K at 100 Mbit/s
MAX_NAME = 512
OUR_CHUNK = 4096
WINDOW = 2_500_000
_LEAST_WINDOW = 64 * 1024
_ACKNOWLEDGEMENT, _CONTROL, _WINDOW, _BANDWIDTH = 3, 4, 5, 6
_AUDIO, _VIDEO, _COMMAND, _COMMAND_3, _AGGREGATE = 8, 9, 20, 17, 22
_PING, _PONG, _BEGIN = 6, 7, 0
_ENDS = ("deleteStream", "closeStream", "FCUnpublish")
_MESSAGE_STREAM = 1.0
_CODECS: list[amf.Value] = ["avc1", "hvc1", "mp4a"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Somebody wants to publish: answer with ``accept`` or ``refuse``."""

    app: str
    key: str


@dataclass(frozen=True, slots=True)
class Tag:
    """Picture or sound as the body of an FLV tag; ``timestamp`` in ms, wraps at 2^32."""

    kind: Literal["video", "audio"]
    timestamp: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Left:
    """The publisher says that it is done."""


Event = Wanted | Tag | Left


class Session:
    """One connection. Raises ``MalformedRtmp`` from ``feed`` and ``next``; it is over then."""

    def __init__(self, random: bytes) -> None:
        self._handshake: Handshake | None = Handshake(random)
        self._chunks = ChunkReader(MAX_COMMAND)
        self._outgoing = bytearray()
        self._events: list[Event] = []
        self._app: str | None = None
        self._has_asked = False
        self.is_publishing = False
        self._received = self._acknowledged = 0
        self._window = WINDOW

    def outgoing(self) -> bytes:
        """Return what is to be sent now."""
        data = bytes(self._outgoing)
        self._outgoing.clear()
        return data

    def feed(self, data: bytes) -> None:
        """Take bytes that came."""
        self._received += len(data)
        if self._handshake is not None:
            self._outgoing += self._handshake.feed(data)
            if not self._handshake.is_done:
                return
            data, self._handshake = self._handshake.rest, None
        self._chunks.feed(data)
        if self._received - self._acknowledged >= self._window // 2:
            self._acknowledged = self._received
            told = (self._received & 0xFFFFFFFF).to_bytes(4, "big")
            self._send(2, Message(_ACKNOWLEDGEMENT, 0, 0, told))

    def next(self) -> Event | None:
        """Return what happened next; what follows a ``Wanted`` waits for its answer."""
        while not self._events:
            if self._has_asked or self._handshake is not None:
                return None
            message = self._chunks.next()
            if message is None:
                return None
            self._take(message)
        return self._events.pop(0)

    def accept(self) -> None:
        """Let the publisher begin."""
        self._has_asked, self.is_publishing = False, True
        self._chunks.max_message = MAX_MEDIA
        self._send(2, Message(_CONTROL, 0, 0, struct.pack(">HI", _BEGIN, int(_MESSAGE_STREAM))))
        self._status("status", "NetStream.Publish.Start", "published")

    def refuse(self, why: str) -> None:
        """Tell the publisher that it may not; the connection is to be closed then."""
        self._has_asked = False
        self._status("error", "NetStream.Publish.BadName", why)

    def _send(self, chunk_stream: int, message: Message) -> None:
        self._outgoing += chunked(chunk_stream, message, OUR_CHUNK)

    def _answer(self, *values: amf.Value, stream: int = 0) -> None:
        self._send(3 if not stream else 5, Message(_COMMAND, stream, 0, amf.encode(*values)))

    def _status(self, level: str, code: str, description: str) -> None:
        told: amf.Value = {"level": level, "code": code, "description": description}
        self._answer("onStatus", 0.0, None, told, stream=int(_MESSAGE_STREAM))

    def _take(self, message: Message) -> None:
        kind, payload = message.kind, message.payload
        if kind in (_AUDIO, _VIDEO):
            self._media(kind, message.timestamp, payload)
        elif kind == _AGGREGATE:
            self._aggregate(message)
        elif kind in (_COMMAND, _COMMAND_3):
            self._command(payload[1:] if kind == _COMMAND_3 else payload)
        elif kind == _WINDOW and len(payload) >= 4:
            self._window = max(int.from_bytes(payload[:4], "big"), _LEAST_WINDOW)
        elif kind == _CONTROL and payload[:2] == _PING.to_bytes(2, "big"):
            self._send(2, Message(_CONTROL, 0, 0, _PONG.to_bytes(2, "big") + payload[2:6]))
        # metadata, acknowledgements and the like say nothing that the media do not

    def _media(self, kind: int, timestamp: int, body: bytes) -> None:
        if self.is_publishing and body:
            self._events.append(Tag("video" if kind == _VIDEO else "audio", timestamp, body))

    def _aggregate(self, message: Message) -> None:
        """§7.1.6: FLV tags one behind the other, the first of them at the message's time."""
        data, at, first = message.payload, 0, None
        while at + 11 <= len(data):
            size = int.from_bytes(data[at + 1 : at + 4], "big")
            time = int.from_bytes(data[at + 4 : at + 7], "big") | data[at + 7] << 24
            first = time if first is None else first
            body = data[at + 11 : at + 11 + size]
            if len(body) < size:
                raise MalformedRtmp("an aggregate is cut")
            if data[at] in (_AUDIO, _VIDEO):
                self._media(data[at], (message.timestamp + time - first) & 0xFFFFFFFF, body)
            at += 11 + size + 4

    def _command(self, payload: bytes) -> None:
        try:
            values = amf.decode(payload)
        except amf.MalformedAmf as problem:
            raise MalformedRtmp(str(problem)) from None
        name, transaction, *rest = [*values, None, None, None, None][:8]
        if not isinstance(name, str):
            raise MalformedRtmp("a command without a name")
        number = transaction if isinstance(transaction, float) else 0.0
        if name == "connect":
            self._connect(number, rest[0])
        elif name == "publish":
            self._publish(rest[1])
        elif name == "createStream":
            self._answer("_result", number, None, _MESSAGE_STREAM)
        elif name in _ENDS:
            self._leave()
        else:
            self._other(name, number)

    def _leave(self) -> None:
        if self.is_publishing:
            self.is_publishing = False
            self._events.append(Left())
            self._status("status", "NetStream.Unpublish.Success", "no longer published")

    def _other(self, name: str, transaction: float) -> None:
        if name in ("play", "play2"):
            raise MalformedRtmp("nobody can watch here")
        if transaction and name not in ("_result", "_error", "onStatus"):
            self._answer("_result", transaction, None, None)  # releaseStream, FCPublish …

    def _connect(self, transaction: float, told: amf.Value) -> None:
        app = told.get("app") if isinstance(told, dict) else None
        if not isinstance(app, str) or len(app) > MAX_NAME or self._app is not None:
            raise MalformedRtmp("a connect without a place")
        self._app = app.partition("?")[0].strip("/")
        size = WINDOW.to_bytes(4, "big")
        self._send(2, Message(_WINDOW, 0, 0, size))
        self._send(2, Message(_BANDWIDTH, 0, 0, size + b"\2"))
        self._send(2, Message(SET_CHUNK_SIZE, 0, 0, OUR_CHUNK.to_bytes(4, "big")))
        about: amf.Value = {"fmsVer": "FMS/3,0,1,123", "capabilities": 31.0, "fourCcList": _CODECS}
        said: amf.Value = {
            "level": "status",
            "code": "NetConnection.Connect.Success",
            "description": "connected",
            "objectEncoding": 0.0,
        }
        self._answer("_result", transaction, about, said)

    def _publish(self, name: amf.Value) -> None:
        if not isinstance(name, str) or len(name) > MAX_NAME or self._app is None:
            raise MalformedRtmp("a publish without a name")
        if self.is_publishing:
            raise MalformedRtmp("one connection, one camera")
        self._has_asked = True
        # boxes that are told one address cut it into place and name wherever they like
        place, _, key = f"{self._app}/{name.partition('?')[0]}".strip("/").partition("/")
        self._events.append(Wanted(place, key.strip("/")))
