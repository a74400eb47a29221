"""What a publisher sends by RTMP, made by hand: for what no real program would do."""

from __future__ import annotations

import socket

from media.feeds.amf import encode
from media.feeds.rtmp_chunks import ChunkReader, Message, chunked

SAYS_WITHIN = 30.0
KEY = "Right-key-0123456789"
GREETING = b"\x03" + bytes(8) + bytes(range(256)) * 5 + bytes(248) + bytes(1536)
# baseline 320x240 and its PPS as x264 writes them
SPS = bytes.fromhex("6742c00cda0507e8400000030040000 00c83c50a80".replace(" ", ""))
PPS = bytes.fromhex("68ce0f2c80")
AVCC = (
    b"\x01" + SPS[1:4] + b"\xff\xe1" + len(SPS).to_bytes(2, "big") + SPS
    + b"\x01" + len(PPS).to_bytes(2, "big") + PPS
)  # fmt: skip
VIDEO_CONFIG = b"\x17\x00\x00\x00\x00" + AVCC
AUDIO_CONFIG = b"\xaf\x00\x11\x90"
SLICE = b"\x65\x88\x84\x00\x10"


def picture(*, key: bool = True, offset_ms: int = 0) -> bytes:
    """Return the body of a tag with one slice."""
    unit = SLICE if key else b"\x41\x9a\x24"
    head = b"\x17\x01" if key else b"\x27\x01"
    return head + (offset_ms & 0xFFFFFF).to_bytes(3, "big") + len(unit).to_bytes(4, "big") + unit


def sound() -> bytes:
    """Return the body of a tag with one frame."""
    return b"\xaf\x01\x21\x10\x05"


def command(*values: object) -> bytes:
    """Return a command as chunks."""
    return chunked(3, Message(20, 0, 0, encode(*values)))  # type: ignore[arg-type]


def tag(body: bytes, timestamp: int = 0, kind: int = 9) -> bytes:
    """Return picture (9) or sound (8) as chunks."""
    return chunked(6 if kind == 9 else 4, Message(kind, 1, timestamp, body))


def opening(key: str = KEY, app: str = "live") -> bytes:
    """Return everything up to ``publish``, as OBS says it."""
    about = {"app": app, "type": "nonprivate", "flashVer": "FMLE/3.0", "tcUrl": f"rtmp://h/{app}"}
    return b"".join(
        (
            GREETING,
            command("connect", 1.0, about),
            command("releaseStream", 2.0, None, key),
            command("FCPublish", 3.0, None, key),
            command("createStream", 4.0, None),
            command("publish", 5.0, None, key, "live"),
        )
    )


def publish(port: int, key: str = KEY) -> socket.socket:
    """Connect and say everything up to ``publish``."""
    peer = socket.create_connection(("127.0.0.1", port), timeout=SAYS_WITHIN)
    peer.sendall(opening(key))
    return peer


def answers(data: bytes) -> list[Message]:
    """Return the messages in what a listener sent, behind its part of the handshake."""
    reader = ChunkReader(1 << 20)
    reader.feed(data[1 + 2 * 1536 :])
    found = []
    while (message := reader.next()) is not None:
        found.append(message)
    return found
