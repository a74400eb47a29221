"""What the fan-out and the transport of a viewer know of each other.

The transport (ICE, DTLS, SDP) joins a viewer to a ``Programme`` as a ``Link`` with what was
``Negotiated`` and gets a seat. The fan-out writes encrypted packets through the link.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from media.relay.ear import Ear
from media.relay.gcm import SpreadKeys

Kind = Literal["video", "audio"]


class Protector(Protocol):
    """A viewer's outbound SRTP and SRTCP context.

    Its policy has to be for any outbound SSRC, with ``allow_repeat_tx`` (a packet asked for again
    goes out under its own number where RTX was not agreed on) and a ``window_size`` of a second's
    packets: libsrtp refuses to repeat what is older than its window. Not more than 1,024: it moves
    the whole window for each packet, at 8,192 for 4 % of the time that sending takes.
    """

    @property
    def pointer(self) -> Any:  # noqa: ANN401 - cffi's types cannot be named
        """Its ``srtp_t`` of libsrtp, for use in place; valid as long as the protector.

        For media only where there is no ``spread``: the same number encrypted by both would be two
        packets under one nonce as soon as they differ.
        """

    @property
    def spread(self) -> SpreadKeys | None:
        """Its keys for all media, if these do not go by libsrtp."""

    @property
    def tag_bytes(self) -> int:
        """What protection adds to an RTP packet: 16 for AES-GCM, 10 for AES-CM-HMAC-SHA1-80."""

    def protect(self, packet: bytes, number: int) -> bytes | None:
        """Return an RTP packet encrypted; ``number`` is its own, without bound; None: refused."""

    def protect_rtcp(self, packet: bytes) -> bytes:
        """Return a compound RTCP packet as it goes onto the wire; raises ``ValueError``."""


class Link(Protocol):
    """How a connected viewer is reached: its keys and its address.

    When ICE moves the viewer to another address, the transport changes the link and calls
    ``Seat.moved``.
    """

    @property
    def protector(self) -> Protector:
        """The viewer's keys."""

    @property
    def socket(self) -> socket.socket | None:
        """The relay's non-blocking UDP socket for this viewer; None: only ``send`` can be used."""

    @property
    def address(self) -> tuple[Any, ...]:
        """Where to, as ``socket.sendto`` takes it; of the socket's family."""

    @property
    def rtt_ms(self) -> float:
        """How long the last check of the way took; 0 before the first."""

    @property
    def ear(self) -> Ear | None:
        """Where reports that all is well are noted, if they are not brought to the seat."""

    def send(self, packet: bytes) -> bool:
        """Send one protected datagram; False: it would have had to wait and was dropped.

        Must not leave the seat: what is wrong with the link is seen to later.
        """


@dataclass(frozen=True, slots=True)
class Negotiated:
    """What SDP agreed on for one medium; a payload type or SSRC of 0 for RTX: not agreed.

    ``remb`` is ``goog-remb``. Feedback that was not agreed on is obeyed all the same if it comes.
    """

    kind: Kind
    payload_type: int
    ssrc: int
    clock_rate: int
    rtx_payload_type: int = 0
    rtx_ssrc: int = 0
    nack: bool = False
    pli: bool = False
    remb: bool = False


@dataclass(frozen=True, slots=True)
class ViewerFigures:
    """How a viewer fares. Counts are since it joined, rates of the last two seconds.

    ``lost_packets`` and ``loss_percent`` (of picture and sound) and ``rtt_ms`` are by the viewer's
    reports, 0 before the first. ``dropped_packets`` were made for it and not sent, because the
    socket was full; ``first_picture_ms`` is from joining to the first packet of a picture, None
    before.
    """

    sent_packets: int
    sent_bytes: int
    bit_rate: int
    lost_packets: int
    loss_percent: float
    rtt_ms: float
    rung: str
    dropped_packets: int
    nacks: int
    retransmitted: int
    keyframe_requests: int
    rung_changes: int
    first_picture_ms: float | None
