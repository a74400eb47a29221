"""What a viewer's SDP offer asks for, judged before anything is opened for it.

draft-ietf-wish-whep-03 and RFC 9725 §4.4: one sound and one picture at most, bundled, to be
received; no half-accepted answers.
"""

from __future__ import annotations

from dataclasses import dataclass

from aiortc.sdp import MediaDescription, SessionDescription

MAX_SDP_BYTES = 64 * 1024
BAD_REQUEST = 400
UNPROCESSABLE = 422
_PARSER_ERRORS = (
    ValueError,
    IndexError,
    KeyError,
    AttributeError,
    AssertionError,
    TypeError,
    RecursionError,
    StopIteration,
)


class OfferRefused(Exception):
    """The offer cannot be answered; ``status`` is the HTTP status that says why."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Wishes:
    """An offer that can be answered: its text, cleaned, and which kinds of media it wants."""

    sdp: str
    video: bool
    audio: bool


def read_offer(text: str) -> Wishes:
    """Judge an offer; raises ``OfferRefused``: 400 for nonsense, 422 for what we cannot do."""
    if len(text.encode()) > MAX_SDP_BYTES:
        raise OfferRefused(BAD_REQUEST, "the offer is too large")
    if not text.startswith("v=0"):
        raise OfferRefused(BAD_REQUEST, "the offer is not SDP")
    cleaned = _without_unresolvable_candidates(text)
    try:
        description = SessionDescription.parse(cleaned)
    except _PARSER_ERRORS as problem:
        raise OfferRefused(BAD_REQUEST, "the offer is not valid SDP") from problem
    kinds = [media.kind for media in description.media]
    if not kinds or any(kinds.count(kind) > 1 for kind in kinds):
        raise OfferRefused(UNPROCESSABLE, "one picture and one sound can be had, not more")
    for media in description.media:
        _check(media)
    if len(kinds) > 1 and not any(group.semantic == "BUNDLE" for group in description.group):
        raise OfferRefused(UNPROCESSABLE, "picture and sound must be bundled")
    return Wishes(cleaned, "video" in kinds, "audio" in kinds)


def _check(media: MediaDescription) -> None:
    if media.kind not in {"audio", "video"}:
        raise OfferRefused(UNPROCESSABLE, f"{media.kind} is not offered here")
    if media.direction not in {"recvonly", "sendrecv"}:
        raise OfferRefused(UNPROCESSABLE, "the offer must be to receive")
    if not (media.dtls and media.dtls.fingerprints and media.ice and media.ice.usernameFragment):
        raise OfferRefused(BAD_REQUEST, "the offer has no fingerprint or no ICE credentials")
    wanted = "video/H264" if media.kind == "video" else "audio/opus"
    if not any(codec.mimeType.lower() == wanted.lower() for codec in media.rtp.codecs):
        raise OfferRefused(UNPROCESSABLE, f"only {wanted} is sent here")


def _without_unresolvable_candidates(text: str) -> str:
    """Leave out ``.local`` candidates: looking them up would delay the answer by a second.

    The browser's own checks reach us all the same and make its address known (RFC 8445 §7.3.1.3).
    """
    lines = text.replace("\r\n", "\n").split("\n")
    kept = [line for line in lines if not (line.startswith("a=candidate:") and ".local " in line)]
    return "\r\n".join(kept)
