"""A browser's SDP offer to send a camera, and the answer to it.

Sources: RFC 9725 §4.2–§4.4 (WHIP), RFC 8829 §5.3 (answers), RFC 8843 (BUNDLE), RFC 6184 §8.2.2
(which H.264 two sides have in common). One picture, one sound at most, bundled on one port.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aiortc import RTCDtlsParameters, RTCIceCandidate, RTCIceParameters
from aiortc.sdp import (
    H264Profile,
    MediaDescription,
    SessionDescription,
    candidate_to_sdp,
    parse_h264_profile_level_id,
)

from media.feeds import sdp
from media.feeds.doors import OfferRefused
from media.feeds.sdp import Offered
from media.feeds.sdp_bounds import MAX_SDP_BYTES, PARSER_ERRORS, is_modest

MAX_CANDIDATES = 32  # each is sent to: nobody is to be flooded from here
BAD_REQUEST, UNPROCESSABLE = 400, 422
# By all names that RFC 6184 (table 5) has for them: browsers say 42e0, ffmpeg 4240. Nobody encodes
# what baseline has beyond the constrained one. As nothing is decoded here, higher ones will do too
# where a publisher offers no other.
_PROFILES = (
    H264Profile.PROFILE_CONSTRAINED_BASELINE,
    H264Profile.PROFILE_BASELINE,
    H264Profile.PROFILE_MAIN,
    H264Profile.PROFILE_CONSTRAINED_HIGH,
    H264Profile.PROFILE_HIGH,
)


@dataclass(frozen=True, slots=True)
class Media:
    """A section that was offered: what is taken of it, None if nothing is."""

    kind: str
    mid: str
    offered: Offered | None
    formats: str  # lines of SDP that name what is taken


@dataclass(frozen=True, slots=True)
class Publication:
    """An offer that can be answered."""

    media: tuple[Media, ...]
    ice: RTCIceParameters
    candidates: tuple[RTCIceCandidate, ...]
    dtls: RTCDtlsParameters

    @property
    def offered(self) -> list[Offered]:
        """What will be sent."""
        return [media.offered for media in self.media if media.offered is not None]


def read_offer(text: str) -> Publication:
    """Judge an offer; raises ``OfferRefused``: 400 for nonsense, 422 for what cannot be had."""
    if len(text) > MAX_SDP_BYTES or not text.startswith("v=0"):
        raise OfferRefused(BAD_REQUEST, "the offer is not SDP")
    if not is_modest(text.splitlines()):
        raise OfferRefused(BAD_REQUEST, "the offer has too many lines")
    try:
        description = SessionDescription.parse(_without_unresolvable_candidates(text))
        media = tuple(map(_media, description.media))
    except PARSER_ERRORS as problem:
        raise OfferRefused(BAD_REQUEST, "the offer is not valid SDP") from problem
    _check(media, is_bundled=any(group.semantic == "BUNDLE" for group in description.group))
    number = next(at for at, one in enumerate(media) if one.offered is not None)
    return _published(media, description.media[number])


def _check(media: tuple[Media, ...], *, is_bundled: bool) -> None:
    kinds = [one.kind for one in media]
    taken = {one.kind for one in media if one.offered is not None}
    if any(kinds.count(kind) > 1 for kind in kinds) or not set(kinds) <= {"video", "audio"}:
        raise OfferRefused(UNPROCESSABLE, "one picture and one sound are taken, not more")
    if "video" in kinds and "video" not in taken:
        raise OfferRefused(UNPROCESSABLE, "pictures must be H.264 (baseline, main or high)")
    if not taken:
        raise OfferRefused(UNPROCESSABLE, "H.264 or Opus must be offered")
    if len(media) > 1 and not is_bundled:
        raise OfferRefused(UNPROCESSABLE, "picture and sound must be bundled")


def _published(media: tuple[Media, ...], transport: MediaDescription) -> Publication:
    dtls, ice = transport.dtls, transport.ice
    if dtls is None or not dtls.fingerprints or ice is None:
        raise OfferRefused(BAD_REQUEST, "the offer has no fingerprint or no ICE credentials")
    if not ice.usernameFragment or not ice.password:
        raise OfferRefused(BAD_REQUEST, "the offer has no ICE credentials")
    if not transport.rtcp_mux or dtls.role == "client":
        raise OfferRefused(UNPROCESSABLE, "the offer must share a port and let this side connect")
    return Publication(media, ice, tuple(transport.ice_candidates[:MAX_CANDIDATES]), dtls)


def _media(media: MediaDescription) -> Media:
    nothing = Media(media.kind, media.rtp.muxId, None, "")
    if media.direction not in ("sendonly", "sendrecv"):
        raise OfferRefused(UNPROCESSABLE, "the offer must be to send")
    for codec in sorted(media.rtp.codecs, key=lambda codec: _rank(_profile(codec.parameters))):
        number, mode = codec.payloadType, codec.parameters.get("packetization-mode", "0")
        profile = _profile(codec.parameters)
        if codec.mimeType.lower() == "video/h264":
            if str(mode) != "1" or _rank(profile) == len(_PROFILES):
                continue
            lines = [
                f"a=rtpmap:{number} H264/90000",
                f"a=fmtp:{number} level-asymmetry-allowed=1;packetization-mode=1;"
                f"profile-level-id={profile}",
                *(f"a=rtcp-fb:{number} {what}" for what in ("nack", "nack pli", "goog-remb")),
            ]
        elif codec.mimeType.lower() == "audio/opus":
            lines = [f"a=rtpmap:{number} opus/48000/2", f"a=fmtp:{number} useinbandfec=1"]
            if any(said.type == "nack" and not said.parameter for said in codec.rtcpFeedback):
                lines.append(f"a=rtcp-fb:{number} nack")  # else some do not keep sound to repeat
        else:
            continue
        section = "\r\n".join([f"m={media.kind} 9 RTP/AVP {number}", *lines])
        found = sdp.parse(section).offered
        return Media(media.kind, media.rtp.muxId, found[0] if found else None, "\r\n".join(lines))
    return nothing


def _profile(parameters: Mapping[str, object]) -> str:
    return str(parameters.get("profile-level-id", "42e01f")).lower()


def _rank(profile: str) -> int:
    """Put profiles first that all decoders know; those not taken have the number of all."""
    try:
        return _PROFILES.index(parse_h264_profile_level_id(profile)[0])
    except ValueError:
        return len(_PROFILES)


def _without_unresolvable_candidates(text: str) -> str:
    """Leave out ``.local`` candidates: the browser's own checks make its address known."""
    lines = text.replace("\r\n", "\n").split("\n")
    kept = [line for line in lines if not (line.startswith("a=candidate:") and ".local " in line)]
    return "\r\n".join(kept)


@dataclass(frozen=True, slots=True)
class Own:
    """The house's side of a session: where it is reached, and by what it is known."""

    ice: RTCIceParameters
    candidates: tuple[RTCIceCandidate, ...]
    dtls: RTCDtlsParameters


def answer(publication: Publication, own: Own, number: int) -> str:
    """Return the answer: all candidates at once, nothing to trickle to us."""
    mids = " ".join(media.mid for media in publication.media if media.offered is not None)
    lines = ["v=0", f"o=- {number} 1 IN IP4 0.0.0.0", "s=-", "t=0 0", f"a=group:BUNDLE {mids}"]
    for media in publication.media:
        if media.offered is None:
            lines += [f"m={media.kind} 0 UDP/TLS/RTP/SAVPF 0", "c=IN IP4 0.0.0.0"]
            lines += [f"a=mid:{media.mid}", "a=inactive"]
            continue
        lines += [
            f"m={media.kind} 9 UDP/TLS/RTP/SAVPF {media.offered.payload_type}",
            "c=IN IP4 0.0.0.0",
            f"a=mid:{media.mid}",
            "a=recvonly",
            "a=rtcp-mux",
            "a=rtcp-mux-only",
            f"a=ice-ufrag:{own.ice.usernameFragment}",
            f"a=ice-pwd:{own.ice.password}",
            *(f"a=candidate:{candidate_to_sdp(one)}" for one in own.candidates),
            "a=end-of-candidates",
            *(f"a=fingerprint:{one.algorithm} {one.value}" for one in own.dtls.fingerprints),
            "a=setup:active",
            media.formats,
        ]
    return "\r\n".join([*lines, ""])
