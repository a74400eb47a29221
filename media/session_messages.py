"""What the server and the keepers of peer connections (relay, recorder) say to each other.

Part of ``media.messages``; a module of its own because the list is long.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from pydantic import ConfigDict

_STRICT = ConfigDict(extra="forbid")


@dataclass(frozen=True, slots=True)
class Offer:
    """A viewer's SDP offer for a broadcast whose worker listens at ``worker_socket``."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    session: str
    broadcast: str
    worker_socket: str
    sdp: str
    type: Literal["offer"] = "offer"
    payload: bytes = b""


@dataclass(frozen=True, slots=True)
class FeedOffer:
    """A publisher's SDP offer (recorder); ``addresses``: of this machine, empty: all."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    session: str
    camera: str
    sdp: str
    addresses: tuple[str, ...] = ()
    type: Literal["feed_offer"] = "feed_offer"
    payload: bytes = b""


@dataclass(frozen=True, slots=True)
class Answer:
    """Answer to an offer: an HTTP status (201, 400, 406, 409, 422, 503) with SDP or a reason.

    ``etag`` names the ICE session (RFC 9725 §4.3.1), quoted as it goes into the header; "": none.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    session: str
    status: int
    sdp: str
    reason: str
    etag: str = ""
    type: Literal["answer"] = "answer"
    payload: bytes = b""


@dataclass(frozen=True, slots=True)
class Change:
    """A viewer's candidates or ICE restart (RFC 9725 §4.3): an SDP fragment of RFC 8840 §9.

    ``if_match`` is the header as it came: "" where there was none, ``*`` for a restart.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    session: str
    sdp_fragment: str
    if_match: str
    type: Literal["change"] = "change"
    payload: bytes = b""


@dataclass(frozen=True, slots=True)
class Changed:
    """Answer to ``Change``: 204 (candidates taken) or 200 with our fragment and its new ``etag``.

    Else why not: 400, 404 (no such session), 412 (another ICE session), 422, 428 (no If-Match).
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    session: str
    status: int
    fragment: str = ""
    etag: str = ""
    type: Literal["changed"] = "changed"
    payload: bytes = b""


@dataclass(frozen=True, slots=True)
class CloseSession:
    """The viewer or publisher is gone or no longer welcome."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    session: str
    type: Literal["close_session"] = "close_session"
    payload: bytes = b""


@dataclass(frozen=True, slots=True)
class SessionFigures:
    """How one viewer fares. Sums are since its beginning; rates and loss of the last seconds.

    ``bit_rate`` in bit/s; ``loss_percent`` and ``rtt_ms`` by the viewer's reports (0 until one
    came); ``rung`` the rendition that is sent; ``first_frame_ms`` from the offer to the first
    packet of a key frame, 0 until then; ``dropped_packets`` were not sent because the line was
    full; ``silent_s`` is how long ago the viewer itself was last heard (a check or a report).
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    session: str
    broadcast: str
    state: Literal["connecting", "connected", "closed"]
    sent_bytes: int = 0
    bit_rate: int = 0
    loss_percent: float = 0.0
    rtt_ms: float = 0.0
    rung: str = ""
    first_frame_ms: float = 0.0
    dropped_packets: int = 0
    nacked: int = 0
    retransmitted: int = 0
    transport: Literal["", "udp", "tcp"] = ""
    silent_s: float = 0.0


@dataclass(frozen=True, slots=True)
class SessionStatus:
    """Viewers' sessions, told every few seconds and when one ends; at most 200 in a message.

    ``counted`` are the relay's own sums by name: datagrams that belonged to nobody, refused
    handshakes and the like.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    sessions: tuple[SessionFigures, ...]
    counted: dict[str, int]
    type: Literal["session_status"] = "session_status"
    payload: bytes = b""


@dataclass(frozen=True, slots=True)
class Posted:
    """For the viewers' data channel: ``payload`` (JSON text) is due with the frame of ``court_us``.

    What is due already is sent at once; a ``Cut`` over its time takes back what still waits.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    broadcast: str
    court_us: int
    payload: bytes
    type: Literal["posted"] = "posted"
