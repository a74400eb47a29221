"""One viewer of the relay: its connection, its seat in a programme, and what is told of both."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from media.relay.answer import Medium, Ours, write_answer
from media.relay.candidates import read_fragment, write_fragment
from media.relay.channel import Channel
from media.relay.connection import Connection, Peer
from media.relay.dtls import Fingerprint, Identity
from media.relay.gcm import Gcm
from media.relay.offer import Wishes
from media.relay.port import Port
from media.relay.programme import Programme
from media.relay.seat import Seat
from media.session_messages import Change, Changed, SessionFigures

OK, NO_CONTENT = 200, 204
BAD_REQUEST, NOT_MATCHED, CONDITION_MISSING = 400, 412, 428
CNAME = "tingbo"  # as in the sender reports of ``media.relay.seat``


@dataclass(frozen=True, slots=True)
class Place:
    """What all viewers of a process share."""

    port: Port
    identity: Identity
    gcm: Gcm | None = None


def draw_ssrcs() -> tuple[int, int, int]:
    """Return three different numbers for the streams of a viewer; none is 0."""
    numbers: set[int] = set()
    while len(numbers) < 3:  # noqa: PLR2004
        numbers.add(int.from_bytes(os.urandom(4), "big") or 1)
    first, second, third = numbers
    return first, second, third


def new_tag() -> str:
    """Return a strong entity tag for an ICE session (RFC 9725 §4.3.1)."""
    return f'"{secrets.token_urlsafe(9)}"'


class Viewer:
    """Owns a connection (``media.relay.connection.Owner``) and takes a seat when it stands.

    ``on_change`` is called with the viewer when it is connected and when it is over.
    """

    def __init__(
        self,
        session: str,
        programme: Programme,
        place: Place,
        agreed: tuple[Wishes, Sequence[Medium]],
        on_change: Callable[[Viewer], None],
        now: float,
    ) -> None:
        self.session, self.programme = session, programme
        self.tag = new_tag()
        self.heard_at = self._offered_at = now
        self._place, self._on_change = place, on_change
        self._wishes, self._media = agreed
        self._seat: Seat | None = None
        self._channel: Channel | None = None
        self._last: SessionFigures | None = None
        fingerprints = [Fingerprint(*each) for each in self._wishes.fingerprints]
        pictures = [each.negotiated for each in self._media if each.negotiated.kind == "video"]
        peer = Peer(
            self._wishes.credentials,
            fingerprints,
            self._wishes.candidates,
            has_rtx=all(each.rtx_ssrc for each in pictures),
        )
        self.connection = Connection(place.port, place.identity, peer, self, place.gcm)

    @property
    def is_over(self) -> bool:
        """Whether the connection has ended."""
        return bool(self.connection.over)

    def answer(self) -> str:
        """Return the SDP answer."""
        fingerprint = self._place.identity.fingerprint
        ours = Ours(
            self.connection.local,
            f"{fingerprint.algorithm} {fingerprint.value}",
            self._place.port.candidates,
            int.from_bytes(os.urandom(7), "big"),
            CNAME,
        )
        return write_answer(self._wishes, self._media, ours)

    def change(self, change: Change) -> Changed:
        """Take candidates or restart ICE; the running session goes on until the new one is used."""
        if not change.if_match:
            return Changed(self.session, CONDITION_MISSING)
        if change.if_match not in {"*", self.tag}:
            return Changed(self.session, NOT_MATCHED)
        try:
            fragment = read_fragment(change.sdp_fragment)
        except ValueError:
            return Changed(self.session, BAD_REQUEST)
        if change.if_match != "*":
            self.connection.add_candidates(fragment.candidates)
            return Changed(self.session, NO_CONTENT)
        if fragment.credentials is None:
            return Changed(self.session, BAD_REQUEST)
        local = self.connection.restart(fragment.credentials)
        self.connection.add_candidates(fragment.candidates)
        self.tag = new_tag()
        first = self._wishes.sections[0]
        text = write_fragment(local, first.mid, first.kind, self._place.port.candidates)
        return Changed(self.session, OK, text, self.tag)

    def figures(self, now: float) -> SessionFigures:
        """Return how the viewer fares; after its end, how it fared."""
        if self._seat is None:
            return self._last or SessionFigures(
                self.session, self.programme.broadcast, "closed" if self.is_over else "connecting"
            )
        told = self._seat.figures(now)
        first, ear = told.first_picture_ms, self.connection.ear
        heard_at = max(self.heard_at, ear.heard_at if ear is not None else 0.0)
        before = (self._seat.joined_at - self._offered_at) * 1000
        return SessionFigures(
            session=self.session,
            broadcast=self.programme.broadcast,
            state="connected",
            sent_bytes=told.sent_bytes,
            bit_rate=told.bit_rate,
            loss_percent=round(told.loss_percent, 2),
            rtt_ms=round(told.rtt_ms or self.connection.rtt_ms, 1),
            rung=told.rung,
            first_frame_ms=0.0 if first is None else round(before + first, 1),
            dropped_packets=told.dropped_packets,
            nacked=told.nacks,
            retransmitted=told.retransmitted,
            transport=self._way(),
            silent_s=round(max(now - heard_at, 0.0), 1),
        )

    def _way(self) -> Literal["", "udp", "tcp"]:
        return self.connection.way

    def on_connected(self, connection: Connection) -> None:
        """Take the seat: the picture begins."""
        now = connection.now()
        media = [medium.negotiated for medium in self._media]
        self._seat = self.programme.join(connection, media, now)
        self.heard_at = now
        data = self._wishes.section("application")
        if data is not None:
            self._channel = Channel(connection.send_message, data.sctp_port, data.max_message)
        self._on_change(self)

    def on_late_keys(self, now: float) -> None:
        """Let the picture begin anew."""
        if self._seat is not None:
            self._seat.on_late_keys(now)

    def on_moved(self, connection: Connection) -> None:  # noqa: ARG002 - the seat knows its link
        """Let the fan-out follow."""
        if self._seat is not None:
            self._seat.moved()

    def on_heard(self, now: float) -> None:
        """Note that the viewer is there."""
        self.heard_at = now

    def on_rtcp(self, plain: bytes, now: float) -> None:
        """Hand reports to the seat."""
        self.heard_at = now
        if self._seat is not None and self._seat.on_rtcp(plain, now):
            self._place.port.hurry(has_lost=True)

    def on_message(self, message: bytes) -> None:
        """Hand SCTP to the data channel."""
        if self._channel is not None:
            self._channel.take(message)

    def post(self, text: bytes) -> bool:
        """Send a post on the viewer's data channel; False: it has none, or it is behind."""
        return self._channel is not None and self._channel.post(text)

    def on_over(self, reason: str) -> None:  # noqa: ARG002
        """Leave the seat before the keys go."""
        last = self.figures(self.connection.now())
        if self._seat is not None:
            self._seat.leave()
            self._seat = None
        if self._channel is not None:
            self._channel.close()
        self._last = _closed(last)
        self._on_change(self)


def _closed(figures: SessionFigures) -> SessionFigures:
    return replace(figures, state="closed", bit_rate=0)
