"""Which of a viewer's codecs can play what we have: constrained baseline H.264 and Opus.

RFC 6184 §8, RFC 7742 §6, RFC 7587 §7. Every H.264 decoder for baseline, main or high profile plays
constrained baseline, so an offer is refused only if it cannot take packets as we cut them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aiortc.rtcrtpparameters import RTCRtpCodecParameters
from aiortc.sdp import H264Profile, parse_h264_profile_level_id

_BY_FITNESS = (
    H264Profile.PROFILE_CONSTRAINED_BASELINE,
    H264Profile.PROFILE_BASELINE,
    H264Profile.PROFILE_MAIN,
    H264Profile.PROFILE_CONSTRAINED_HIGH,
    H264Profile.PROFILE_HIGH,
)
_DEFAULT_PROFILE = "42000a"  # "baseline, level 1" if the parameter is missing (RFC 6184 §8.1)
_DYNAMIC = frozenset((*range(35, 64), *range(96, 128)))  # not taken by RTCP (RFC 5761 §4)


@dataclass(frozen=True, slots=True)
class Codec:
    """What was chosen from the offer for one medium.

    ``feedback`` are the ``a=rtcp-fb`` values that both sides know; ``rtx`` 0: not offered.
    """

    payload_type: int
    name: str
    parameters: str
    feedback: tuple[str, ...]
    rtx: int = 0


def choose_video(offered: Sequence[RTCRtpCodecParameters], level: str) -> Codec | None:
    """Return the fittest H.264 of the offer, None if there is none; ``level``: ours, two digits."""
    fitting = [
        (fitness, codec)
        for codec in offered
        if codec.mimeType.lower() == "video/h264" and (fitness := _fitness(codec)) is not None
    ]
    if not fitting:
        return None
    codec = min(fitting, key=lambda each: each[0])[1]
    rtx = (
        _number(each)
        for each in offered
        if each.mimeType.lower() == "video/rtx" and each.parameters.get("apt") == codec.payloadType
    )
    return Codec(
        _number(codec),
        "H264/90000",
        _h264_parameters(codec, level),
        _feedback(codec, ("nack", "nack pli", "ccm fir", "goog-remb")),
        next(rtx, 0),
    )


def _fitness(codec: RTCRtpCodecParameters) -> int | None:
    """Return the place of a codec's profile in our order, None if it cannot be used."""
    if codec.clockRate != 90_000 or not _number(codec):  # noqa: PLR2004
        return None
    if codec.parameters.get("packetization-mode") != "1":
        return None
    try:
        profile, _ = parse_h264_profile_level_id(_profile(codec))
        return _BY_FITNESS.index(profile)
    except ValueError:
        return None


def _number(codec: RTCRtpCodecParameters) -> int:
    """Return a payload type that we may use, 0 if it is none."""
    number = codec.payloadType
    return number if number in _DYNAMIC and number is not None else 0


def _profile(codec: RTCRtpCodecParameters) -> str:
    return str(codec.parameters.get("profile-level-id") or _DEFAULT_PROFILE)


def _h264_parameters(codec: RTCRtpCodecParameters, level: str) -> str:
    offered = _profile(codec)[:6].lower()
    parameters = f"packetization-mode=1;profile-level-id={offered}"
    if codec.parameters.get("level-asymmetry-allowed") == "1":
        # Only then may we say that what we send is of another level than what they can take.
        parameters = (
            f"level-asymmetry-allowed=1;packetization-mode=1;profile-level-id={offered[:4]}{level}"
        )
    return parameters


def choose_audio(offered: Sequence[RTCRtpCodecParameters], channels: int) -> Codec | None:
    """Return Opus as it was offered, None if it was not; ``channels``: of what we send."""
    for codec in offered:
        if (
            codec.mimeType.lower() == "audio/opus"
            and codec.clockRate == 48_000  # noqa: PLR2004
            and _number(codec)
        ):
            stereo = f";stereo=1;sprop-stereo={int(channels > 1)}" * (
                channels > 1 or codec.parameters.get("stereo") == 1
            )
            parameters = f"minptime=10;useinbandfec=1{stereo}"
            return Codec(_number(codec), "opus/48000/2", parameters, _feedback(codec, ("nack",)))
    return None


def _feedback(codec: RTCRtpCodecParameters, ours: Sequence[str]) -> tuple[str, ...]:
    theirs = {
        f"{each.type} {each.parameter}" if each.parameter else each.type
        for each in codec.rtcpFeedback
    }
    return tuple(each for each in ours if each in theirs)
