"""What a viewer's SDP offer asks for, judged before anything is opened for it.

draft-ietf-wish-whep-03 and RFC 9725 §4.4: one sound, one picture and one data channel at most,
bundled, to be received; no half-accepted answers.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from typing import Literal

from aiortc.rtcrtpparameters import RTCRtpCodecParameters
from aiortc.sdp import MediaDescription, SessionDescription

from media.feeds.sdp_bounds import MAX_SDP_BYTES, PARSER_ERRORS, is_modest
from media.relay.candidates import (
    MOST_CANDIDATES,
    Candidate,
    is_ice_text,
    read_candidates,
)
from media.relay.ice import Credentials

BAD_REQUEST = 400
UNPROCESSABLE = 422
MOST_FINGERPRINTS = 8
_MID = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`{|}~-]{1,32}")  # a token (RFC 8859 §4.1)
_DATA = "UDP/DTLS/SCTP"
_DEFAULT_MESSAGE_BYTES = 65536  # RFC 8841 §6.1
_HIGHEST_PORT = 0xFFFF


class OfferRefused(Exception):
    """The offer cannot be answered; ``status`` is the HTTP status that says why."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Section:
    """One medium of the offer, in its place. ``sctp_port`` and ``max_message`` of the data's."""

    kind: Literal["video", "audio", "application"]
    mid: str
    profile: str
    codecs: tuple[RTCRtpCodecParameters, ...] = ()
    is_reduced_size: bool = False
    sctp_port: int = 5000
    max_message: int = _DEFAULT_MESSAGE_BYTES


@dataclass(frozen=True, slots=True)
class Wishes:
    """An offer that can be answered. ``fingerprints`` are (algorithm, value)."""

    sections: tuple[Section, ...]
    credentials: Credentials
    fingerprints: tuple[tuple[str, str], ...]
    candidates: tuple[Candidate, ...]

    def section(self, kind: str) -> Section | None:
        """Return the section of a kind, None if it is not wanted."""
        return next((section for section in self.sections if section.kind == kind), None)


def read_offer(text: str) -> Wishes:
    """Judge an offer; raises ``OfferRefused``: 400 for nonsense, 422 for what we cannot do."""
    if len(text.encode(errors="replace")) > MAX_SDP_BYTES:
        raise OfferRefused(BAD_REQUEST, "the offer is too large")
    if not text.startswith("v=0"):
        raise OfferRefused(BAD_REQUEST, "the offer is not SDP")
    lines = text.splitlines()
    if not is_modest(lines):
        raise OfferRefused(BAD_REQUEST, "the offer has too many lines")
    # Our own reader takes candidates: one that is odd must not spoil the rest.
    rest = "\r\n".join(line for line in lines if not line.startswith("a=candidate:"))
    try:
        description = SessionDescription.parse(rest)
    except PARSER_ERRORS as problem:
        raise OfferRefused(BAD_REQUEST, "the offer is not valid SDP") from problem
    _check_kinds([media.kind for media in description.media])
    sections = tuple(_section(media, rest) for media in description.media)
    _check_bundle(description, [section.mid for section in sections])
    credentials, fingerprints = _security(description.media[0])
    return Wishes(
        sections,
        credentials,
        fingerprints,
        tuple(islice(read_candidates(lines), MOST_CANDIDATES)),
    )


def _check_kinds(kinds: list[str]) -> None:
    if not kinds or any(kinds.count(kind) > 1 for kind in kinds):
        raise OfferRefused(UNPROCESSABLE, "one picture and one sound can be had, not more")
    for kind in kinds:
        if kind not in {"audio", "video", "application"}:
            raise OfferRefused(UNPROCESSABLE, "only picture, sound and data can be had")
    if kinds == ["application"]:
        raise OfferRefused(UNPROCESSABLE, "neither picture nor sound is asked for")


def _check_bundle(description: SessionDescription, mids: list[str]) -> None:
    bundled = {
        str(mid) for group in description.group if group.semantic == "BUNDLE" for mid in group.items
    }
    if len(mids) > 1 and not bundled.issuperset(mids):
        raise OfferRefused(UNPROCESSABLE, "picture and sound must be bundled")
    if len(set(mids)) != len(mids):
        raise OfferRefused(BAD_REQUEST, "two media have one name")


def _section(media: MediaDescription, text: str) -> Section:
    mid = media.rtp.muxId or ""
    if not _MID.fullmatch(mid):
        raise OfferRefused(BAD_REQUEST, "a medium has no usable mid")
    _security(media)
    if media.kind == "application":
        return _data_section(media, mid)
    if media.direction not in {"recvonly", "sendrecv"}:
        raise OfferRefused(UNPROCESSABLE, "the offer must be to receive")
    if not media.rtcp_mux:
        raise OfferRefused(UNPROCESSABLE, "RTP and RTCP must share a port")
    return Section(
        "video" if media.kind == "video" else "audio",
        mid,
        media.profile,
        tuple(media.rtp.codecs),
        is_reduced_size="a=rtcp-rsize" in text,
    )


def _data_section(media: MediaDescription, mid: str) -> Section:
    port = media.sctp_port if media.sctp_port is not None else 5000
    if media.profile != _DATA or not 0 < port <= _HIGHEST_PORT:
        raise OfferRefused(UNPROCESSABLE, f"data goes by {_DATA} only")
    most = media.sctpCapabilities.maxMessageSize if media.sctpCapabilities else None
    return Section(
        "application",
        mid,
        media.profile,
        sctp_port=port,
        max_message=_DEFAULT_MESSAGE_BYTES if most is None else most,
    )


def _security(media: MediaDescription) -> tuple[Credentials, tuple[tuple[str, str], ...]]:
    """Return a medium's ICE credentials and fingerprints; raises ``OfferRefused``."""
    ice, dtls = media.ice, media.dtls
    if dtls is None or ice is None or not (dtls.fingerprints and ice.usernameFragment):
        raise OfferRefused(BAD_REQUEST, "the offer has no fingerprint or no ICE credentials")
    if len(dtls.fingerprints) > MOST_FINGERPRINTS:
        raise OfferRefused(BAD_REQUEST, "the offer has too many fingerprints")
    if dtls.role == "server":
        raise OfferRefused(UNPROCESSABLE, "the viewer must begin DTLS (setup actpass or active)")
    if ice.iceLite:
        raise OfferRefused(UNPROCESSABLE, "a viewer must be a full ICE agent")
    ufrag, password = ice.usernameFragment, ice.password or ""
    if not (is_ice_text(ufrag, 4) and is_ice_text(password, 22)):
        raise OfferRefused(BAD_REQUEST, "the offer's ICE credentials are malformed")
    fingerprints = tuple((each.algorithm, each.value) for each in dtls.fingerprints)
    return Credentials(ufrag, password), fingerprints
