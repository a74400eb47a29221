"""What a camera's session description offers, as far as it can be recorded; pure.

Sources: RFC 4566 §5–§6; RFC 2326 appendix C.1 (control); RFC 6184 §8.2.1 (H264), RFC 7798 §7.2.1
(H265), RFC 3640 §4.1 (mpeg4-generic), RFC 3551 §6 (static payload types), RFC 7587 §7 (opus).
"""

# ruff: noqa: PLR2004 - the numbers are those of the specifications

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, field

from media.feeds.depacketise import (
    AacFrames,
    Depacketiser,
    LatmFrames,
    OpusPackets,
    Pictures,
    Samples,
)
from media.feeds.parameters import H264, H265, ParameterSets, annex_b
from media.spool.record import Stream, StreamDescription

MAX_BYTES = 64 * 1024
MAX_MEDIA = 16
_STATIC = {0: ("PCMU", 8000), 8: ("PCMA", 8000), 10: ("L16", 44_100), 11: ("L16", 44_100)}
_STATIC_CHANNELS = {10: 2}
_RTPMAP = re.compile(r"rtpmap:(\d{1,3}) ([\w.-]+)/(\d{1,6})(?:/(\d))?")
_SOUND = {"PCMU": ("pcm_mulaw", 1), "PCMA": ("pcm_alaw", 1), "L16": ("pcm_s16be", 2)}
# ISO/IEC 14496-3 table 1.18
_AAC_RATES = (
    96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000,
    7_350,
)  # fmt: skip


@dataclass(slots=True)
class _Media:
    """An m= section as it is written."""

    kind: str
    formats: list[int]
    control: str = ""
    codings: dict[int, tuple[str, int, int]] = field(default_factory=dict)  # name, clock, channels
    parameters: dict[int, dict[str, str]] = field(default_factory=dict)
    is_back_channel: bool = False


@dataclass(frozen=True, slots=True)
class Offered:
    """A stream that can be recorded: what it is, where it is asked for, how its packets look."""

    description: StreamDescription
    payload_type: int
    clock: int
    control: str
    depacketiser: Depacketiser


@dataclass(frozen=True, slots=True)
class Session:
    """The first picture and the first sound that can be recorded, and whether others were told."""

    control: str
    offered: tuple[Offered, ...]
    has_video: bool
    has_audio: bool


def parse(text: str) -> Session:
    """Read a session description; what cannot be understood is passed over."""
    control, found = "", list[_Media]()
    for line in text.splitlines():
        kind, _, value = line.partition("=")
        value = value.strip()
        if kind == "m":
            if len(found) == MAX_MEDIA:
                break
            found.append(_media(value))
        elif kind == "a" and found:
            _attribute(found[-1], value)
        elif kind == "a" and value.startswith("control:"):
            control = value[8:].strip()
    found.sort(key=lambda media: media.is_back_channel)
    kinds: tuple[Stream, Stream] = ("video", "audio")
    offers = (_first(kind, found) for kind in kinds)
    return Session(
        control,
        tuple(offer for offer in offers if offer is not None),
        any(media.kind == "video" for media in found),
        any(media.kind == "audio" for media in found),
    )


def _media(value: str) -> _Media:
    kind, *rest = value.split() or [""]
    formats = [int(piece) for piece in rest[2:] if piece.isdecimal() and len(piece) <= 3]
    return _Media(kind, formats)


def _attribute(media: _Media, value: str) -> None:
    if value.startswith("control:"):
        media.control = value[8:].strip()
    elif value == "sendonly":
        media.is_back_channel = True  # by ONVIF Streaming §5.3; some cameras mean the contrary
    elif (mapped := _RTPMAP.match(value)) is not None:
        name, clock, channels = mapped[2].upper(), int(mapped[3]), int(mapped[4] or 1)
        media.codings[int(mapped[1])] = name, clock, channels
    elif value.startswith("fmtp:"):
        number, _, told = value[5:].partition(" ")
        if number.isdecimal() and len(number) <= 3:
            pairs = (piece.partition("=") for piece in told.split(";"))
            media.parameters[int(number)] = {
                name.strip().lower(): setting.strip() for name, _, setting in pairs if name.strip()
            }


def _first(kind: Stream, found: list[_Media]) -> Offered | None:
    for media in found:
        if media.kind != kind:
            continue
        for number in media.formats:
            offered = _offered(kind, media, number)
            if offered is not None:
                return offered
    return None


def _offered(kind: Stream, media: _Media, number: int) -> Offered | None:
    static = _STATIC.get(number)
    fallback = (*static, _STATIC_CHANNELS.get(number, 1)) if static else ("", 0, 0)
    name, clock, channels = media.codings.get(number, fallback)
    if not clock or not 1 <= channels <= 8:
        return None
    told = media.parameters.get(number, {})
    try:
        made = _video(name, told) if kind == "video" else _audio(name, clock, channels, told)
    except ValueError:
        return None
    return Offered(made[0], number, clock, media.control, made[1]) if made else None


Made = tuple[StreamDescription, Depacketiser]


def _video(name: str, told: dict[str, str]) -> Made | None:
    if name == "H264":
        if told.get("packetization-mode", "0") not in ("0", "1"):
            return None
        codec, label, keys = H264, "h264", ["sprop-parameter-sets"]
    elif name in ("H265", "HEVC"):
        if told.get("sprop-max-don-diff", "0") != "0":
            return None
        codec, label, keys = H265, "hevc", ["sprop-vps", "sprop-sps", "sprop-pps"]
    else:
        return None
    units = [unit for key in keys for unit in _decoded(told.get(key, ""))]
    sets = ParameterSets(codec, annex_b(units))
    width, height = sets.size()
    described = StreamDescription("video", label, sets.annex_b, width, height, 0, 0)
    return described, Pictures(codec)


def _decoded(told: str) -> list[bytes]:
    """Return parameter sets that the description carries; those that are none are left out."""
    found = []
    for piece in told.split(",")[:16]:
        try:
            unit = base64.b64decode(piece.strip() + "==", validate=False)
        except binascii.Error:
            continue
        if len(unit) > 3:
            found.append(unit)
    return found


def _audio(name: str, clock: int, channels: int, told: dict[str, str]) -> Made | None:
    if name in _SOUND:
        codec, size = _SOUND[name]
        described = StreamDescription("audio", codec, b"", 0, 0, clock, channels)
        return described, Samples(size * channels)
    if name == "OPUS":
        return StreamDescription("audio", "opus", b"", 0, 0, 48_000, 2), OpusPackets()
    if name == "MPEG4-GENERIC" and told.get("mode", "").lower() in ("aac-hbr", "aac-lbr"):
        return _aac(clock, channels, told)
    if name == "MP4A-LATM" and told.get("cpresent", "1") == "0":
        return _latm(clock, channels, told)
    return None


def _aac(clock: int, channels: int, told: dict[str, str]) -> Made:
    config = bytes.fromhex(told.get("config", ""))
    core_rate, told_channels = aac_configuration(config)
    sizes = [int(told.get(key, "0")) for key in ("sizelength", "indexlength", "indexdeltalength")]
    if not 1 <= sizes[0] <= 16 or not all(0 <= size <= 16 for size in sizes):
        raise ValueError("header fields that are no lengths")
    ticks = int(told.get("constantduration", "0")) or 1024 * clock // core_rate
    if not 0 < ticks <= 65_536:
        raise ValueError("no frame is so long")
    described = StreamDescription(
        "audio", "aac", config, 0, 0, core_rate, told_channels or channels
    )
    return described, AacFrames(sizes[0], sizes[1], sizes[2], ticks)


def _latm(clock: int, channels: int, told: dict[str, str]) -> Made:
    config = latm_configuration(bytes.fromhex(told.get("config", "")))
    core_rate, told_channels = aac_configuration(config)
    ticks = 1024 * clock // core_rate
    if not 0 < ticks <= 65_536:
        raise ValueError("no frame is so long")
    described = StreamDescription(
        "audio", "aac", config, 0, 0, core_rate, told_channels or channels
    )
    return described, LatmFrames(ticks)


def latm_configuration(mux: bytes) -> bytes:
    """Return the AudioSpecificConfig in a StreamMuxConfig (ISO/IEC 14496-3 §1.7.3).

    One program, one layer, one frame at a time: 15 bits that say so, then the configuration.
    """
    if not 4 <= len(mux) <= 64:
        raise ValueError("no configuration")
    bits, left = int.from_bytes(mux, "big"), 8 * len(mux) - 15
    if bits >> left != 0b010000000000000:
        raise ValueError("several frames, programs or layers")
    behind = ((bits & ((1 << left) - 1)) << 15).to_bytes(len(mux), "big")
    has_extension = behind[0] >> 3 in (5, 29)
    has_rate = ((behind[0] & 7) << 1 | behind[1] >> 7) == 15
    return behind[: 2 + 2 * has_extension + 3 * has_rate]


def aac_configuration(config: bytes) -> tuple[int, int]:
    """Return sampling rate and channels of an AudioSpecificConfig (ISO/IEC 14496-3 §1.6.2.1)."""
    if not 2 <= len(config) <= 64:
        raise ValueError("no configuration")
    bits = int.from_bytes(config[:5].ljust(5, b"\0"), "big")
    index = bits >> 31 & 0x0F
    if bits >> 35 == 31 or index in (13, 14):
        raise ValueError("an object type or rate that no camera uses")
    if index == 15:
        rate, channels = bits >> 7 & 0xFFFFFF, bits >> 3 & 0x0F
    else:
        rate, channels = _AAC_RATES[index], bits >> 27 & 0x0F
    if not 7_000 <= rate <= 96_000 or channels > 7:
        raise ValueError("no such rate")
    return rate, 8 if channels == 7 else channels
