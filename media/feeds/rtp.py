"""RTP packets of H.264, H.265, AAC, Opus and G.711, and RTCP sender reports; pure.

Sources: RFC 3550 §5.1, §6.4.1; RFC 6184 §5.6–5.8; RFC 7798 §4.4, §7.1; RFC 3640 §3.3.6; RFC 7587
§4; RFC 3551 §4.5.14.
"""

from __future__ import annotations

import base64
import struct
from dataclasses import dataclass

from media.feeds.loop import FLICKS, ClipPacket
from media.feeds.packetise import h264_payloads
from media.feeds.parameters import H264, H265, units
from media.spool.record import StreamDescription

MAX_PAYLOAD = 1400
_HEADER = struct.Struct("!BBHII")
_REPORT = struct.Struct("!BBHIIIIII")
_NTP_EPOCH = 2_208_988_800  # 1 January 1900 in seconds before 1970
_FU = 49  # of H.265
_STATIC_TYPES = {"pcm_mulaw": 0, "pcm_alaw": 8}
_MARKED = frozenset({"h264", "hevc", "aac"})
_MASK = 0xFFFFFFFF


def _h265_payloads(data: bytes) -> list[bytes]:
    """RFC 7798: units alone, large ones in fragmentation units."""
    payloads: list[bytes] = []
    for unit in units(data):
        payloads += [unit] if len(unit) <= MAX_PAYLOAD else _h265_fragments(unit)
    return payloads


def _h265_fragments(unit: bytes) -> list[bytes]:
    head, kind = bytes([unit[0] & 0x81 | _FU << 1, unit[1]]), H265.kind(unit)
    room = MAX_PAYLOAD - 3
    return [
        head
        + bytes([kind | (at == 2) << 7 | (at + room >= len(unit)) << 6])  # noqa: PLR2004
        + unit[at : at + room]
        for at in range(2, len(unit), room)
    ]


def _aac_payloads(data: bytes) -> list[bytes]:
    """RFC 3640 AAC-hbr: one access unit per packet, 13 bits of size and 3 of index."""
    return [struct.pack("!HH", 16, len(data) << 3) + data]


class RtpTrack:
    """Turns the packets of one stream into RTP; numbers and clock belong to the mount."""

    def __init__(self, description: StreamDescription, payload_type: int, ssrc: int) -> None:
        self.description = description
        self.payload_type = _STATIC_TYPES.get(description.codec, payload_type)
        self.ssrc = ssrc
        is_video = description.stream == "video"
        self.clock = 90_000 if is_video else 48_000
        if not is_video and description.codec != "opus":
            self.clock = description.sample_rate
        self.sequence = ssrc & 0xFFFF
        self._base = (ssrc * 2_654_435_761) & _MASK
        self._packets = self._octets = 0

    @staticmethod
    def is_known(description: StreamDescription) -> bool:
        """Whether the codec can be sent."""
        return description.codec in ("h264", "hevc", "aac", "opus", *_STATIC_TYPES)

    def timestamp(self, time: int) -> int:
        """Return the RTP timestamp of a time in flicks."""
        return (self._base + round(time * self.clock / FLICKS)) & _MASK

    def packets(self, packet: ClipPacket) -> list[bytes]:
        """Return the RTP packets of one picture or sound frame."""
        if self.description.codec == "h264":
            payloads = h264_payloads(packet.payload, MAX_PAYLOAD)
        elif self.description.codec == "hevc":
            payloads = _h265_payloads(packet.payload)
        elif self.description.codec == "aac":
            payloads = _aac_payloads(packet.payload)
        else:
            payloads = [packet.payload]
        timestamp = self.timestamp(packet.pts)
        made: list[bytes] = []
        for index, payload in enumerate(payloads):
            is_last = index + 1 == len(payloads)
            marker = 0x80 if is_last and self.description.codec in _MARKED else 0
            head = _HEADER.pack(
                0x80, marker | self.payload_type, self.sequence, timestamp, self.ssrc
            )
            made.append(head + payload)
            self.sequence = (self.sequence + 1) & 0xFFFF
            self._octets += len(payload)
        self._packets += len(made)
        return made

    def report(self, time: int, unix_us: int) -> bytes:
        """Return a sender report: the stream's time in flicks was now, at ``unix_us``."""
        seconds, micro = divmod(unix_us, 1_000_000)
        return _REPORT.pack(
            0x80,
            200,
            6,
            self.ssrc,
            (seconds + _NTP_EPOCH) & _MASK,
            (micro << 32) // 1_000_000,
            self.timestamp(time),
            self._packets & _MASK,
            self._octets & _MASK,
        )

    def media_description(self, control: str) -> list[str]:
        """Return the lines of SDP that announce the track."""
        known, kind = self.description, self.payload_type
        lines = [f"m={known.stream} 0 RTP/AVP {kind}", f"a=control:{control}"]
        if known.codec == "h264":
            lines += [f"a=rtpmap:{kind} H264/90000", f"a=fmtp:{kind} {_h264_parameters(known)}"]
        elif known.codec == "hevc":
            lines += [f"a=rtpmap:{kind} H265/90000", f"a=fmtp:{kind} {_h265_parameters(known)}"]
        elif known.codec == "aac":
            lines.append(f"a=rtpmap:{kind} mpeg4-generic/{self.clock}/{known.channels}")
            lines.append(
                f"a=fmtp:{kind} streamtype=5;profile-level-id=1;mode=AAC-hbr;sizelength=13;"
                f"indexlength=3;indexdeltalength=3;config={known.extradata.hex()}"
            )
        elif known.codec == "opus":
            lines.append(f"a=rtpmap:{kind} opus/48000/2")
        else:
            name = "PCMU" if known.codec == "pcm_mulaw" else "PCMA"
            lines.append(f"a=rtpmap:{kind} {name}/{self.clock}/{known.channels}")
        return lines


def _h264_parameters(known: StreamDescription) -> str:
    sets = list(units(known.extradata))
    told = ",".join(base64.b64encode(unit).decode() for unit in sets)
    sps = next((unit for unit in sets if H264.is_sps(unit)), b"\x67\x42\x00\x1e")
    return f"packetization-mode=1;profile-level-id={sps[1:4].hex()};sprop-parameter-sets={told}"


def _h265_parameters(known: StreamDescription) -> str:
    names = {32: "vps", 33: "sps", 34: "pps"}
    sets = ((H265.kind(unit), unit) for unit in units(known.extradata))
    return ";".join(
        f"sprop-{names[kind]}={base64.b64encode(unit).decode()}"
        for kind, unit in sets
        if kind in names
    )


@dataclass(frozen=True, slots=True)
class Interleaved:
    """RTP over the RTSP connection (RFC 2326 §10.12): ``$``, channel, length, packet."""

    channel: int

    def wrap(self, packet: bytes) -> bytes:
        """Return a packet framed for the connection."""
        return b"$" + struct.pack("!BH", self.channel, len(packet)) + packet
