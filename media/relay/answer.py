"""The SDP answer to a viewer's offer, written line by line (RFC 8829 §5.3, RFC 9725 §4.4).

All candidates are in it, in the section that carries the bundle; nothing is trickled by us.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from media.relay.candidates import LocalCandidate
from media.relay.codecs import Codec, choose_audio, choose_video
from media.relay.ice import Credentials
from media.relay.link import Negotiated
from media.relay.offer import UNPROCESSABLE, OfferRefused, Section, Wishes

SCTP_PORT = 5000
MOST_MESSAGE_BYTES = 16 * 1024
"""Of what a viewer may send us on its data channel: we expect nothing."""
_STREAM = "program"
_NOWHERE = LocalCandidate("udp", "0.0.0.0", 9, 0)  # noqa: S104 - the discard address of SDP


@dataclass(frozen=True, slots=True)
class Ours:
    """What we tell a viewer of ourselves. ``fingerprint`` as in SDP, ``number`` of the session."""

    credentials: Credentials
    fingerprint: str
    candidates: tuple[LocalCandidate, ...]
    number: int
    cname: str


@dataclass(frozen=True, slots=True)
class Medium:
    """One medium that will be sent."""

    section: Section
    codec: Codec
    negotiated: Negotiated


def agree(
    wishes: Wishes, level: str, channels: int, ssrcs: tuple[int, int, int]
) -> tuple[Medium, ...]:
    """Choose a codec for each wanted medium; raises ``OfferRefused`` if one has none.

    ``level`` of our H.264 in two hexadecimal digits, ``channels`` of our sound; ``ssrcs`` for
    picture, its repairs and sound.
    """
    media = []
    for section in wishes.sections:
        if section.kind == "video":
            codec = choose_video(section.codecs, level)
            name, clock, ssrc = "H.264 with packetization-mode 1", 90_000, ssrcs[0]
        elif section.kind == "audio":
            codec = choose_audio(section.codecs, channels)
            name, clock, ssrc = "Opus", 48_000, ssrcs[2]
        else:
            continue
        if codec is None:
            raise OfferRefused(UNPROCESSABLE, f"only {name} is sent here")
        negotiated = Negotiated(
            kind=section.kind,
            payload_type=codec.payload_type,
            ssrc=ssrc,
            clock_rate=clock,
            rtx_payload_type=codec.rtx,
            rtx_ssrc=ssrcs[1] if codec.rtx else 0,
            nack="nack" in codec.feedback,
            pli="nack pli" in codec.feedback,
            remb="goog-remb" in codec.feedback,
        )
        media.append(Medium(section, codec, negotiated))
    return tuple(media)


def write_answer(wishes: Wishes, media: Sequence[Medium], ours: Ours) -> str:
    """Return the answer; each of the offer's sections is accepted."""
    mids = " ".join(section.mid for section in wishes.sections)
    lines = [
        "v=0",
        f"o=- {ours.number} 1 IN IP4 127.0.0.1",
        "s=-",
        "t=0 0",
        f"a=group:BUNDLE {mids}",
        "a=ice-options:trickle ice2",
        f"a=fingerprint:{ours.fingerprint}",
        "a=msid-semantic:WMS *",
    ]
    by_kind = {medium.section.kind: medium for medium in media}
    default = next(iter(ours.candidates), _NOWHERE)
    for place, section in enumerate(wishes.sections):
        medium = by_kind.get(section.kind)
        lines += _head(section, medium, default)
        lines += [f"a=ice-ufrag:{ours.credentials.ufrag}", f"a=ice-pwd:{ours.credentials.password}"]
        if place == 0:
            lines += [f"a=candidate:{candidate}" for candidate in ours.candidates]
            lines.append("a=end-of-candidates")
        lines += _data() if medium is None else _media(medium, ours.cname)
    return "\r\n".join(lines) + "\r\n"


def _head(section: Section, medium: Medium | None, default: LocalCandidate) -> list[str]:
    if medium is None:
        formats = "webrtc-datachannel"
    else:
        numbers = [medium.codec.payload_type] + [medium.codec.rtx] * bool(medium.codec.rtx)
        formats = " ".join(map(str, numbers))
    family = 6 if ":" in default.host else 4
    return [
        f"m={section.kind} {default.port} {section.profile} {formats}",
        f"c=IN IP{family} {default.host}",
        f"a=mid:{section.mid}",
        "a=setup:passive",
    ]


def _data() -> list[str]:
    return [f"a=sctp-port:{SCTP_PORT}", f"a=max-message-size:{MOST_MESSAGE_BYTES}"]


def _media(medium: Medium, cname: str) -> list[str]:
    codec, agreed = medium.codec, medium.negotiated
    number = codec.payload_type
    lines = ["a=sendonly", f"a=msid:{_STREAM} {agreed.kind}", "a=rtcp-mux", "a=rtcp-mux-only"]
    if medium.section.is_reduced_size:
        lines.append("a=rtcp-rsize")
    lines += [f"a=rtpmap:{number} {codec.name}", f"a=fmtp:{number} {codec.parameters}"]
    lines += [f"a=rtcp-fb:{number} {feedback}" for feedback in codec.feedback]
    if codec.rtx:
        lines += [
            f"a=rtpmap:{codec.rtx} rtx/{agreed.clock_rate}",
            f"a=fmtp:{codec.rtx} apt={number}",
            f"a=ssrc-group:FID {agreed.ssrc} {agreed.rtx_ssrc}",
        ]
    ssrcs = [agreed.ssrc] + [agreed.rtx_ssrc] * bool(codec.rtx)
    return lines + [f"a=ssrc:{ssrc} cname:{cname}" for ssrc in ssrcs]
