"""What server, recorder, worker, monitor and relay say to each other.

How they travel is in ``media.wire``. Times named ``*_us`` are court time in Unix microseconds.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import ClassVar, Literal

from pydantic import ConfigDict

from media.session_messages import (
    Answer,
    Change,
    Changed,
    CloseSession,
    FeedOffer,
    Offer,
    Posted,
    SessionStatus,
)
from media.staff_messages import Alarms, CameraMeter, CameraPicture, ProgramMeter

_STRICT = ConfigDict(extra="forbid")

Wish = Literal["parts", "frames", "status"]


@dataclass(frozen=True, slots=True)
class Rendition:
    """One encoded form of the program: a video rung, the sound, or the relay's sound.

    ``timescale`` is 90000 for video and the sampling rate for sound; bit rates are in bit/s.
    ``shared`` renditions are fit for the relay (constrained baseline or Opus).
    """

    id: str
    kind: Literal["video", "audio"]
    codecs: str
    timescale: int
    bandwidth: int
    average_bandwidth: int
    width: int = 0
    height: int = 0
    frame_rate: float = 0.0
    channels: int = 0
    shared: bool = False
    packaged: bool = True  # False: only for the relay, not in any playlist


@dataclass(frozen=True, slots=True)
class Subscribe:
    """First message of whoever connects: what it wants to hear.

    Who wants parts and has a stream already says from which segment on (``since``).
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    want: Wish
    since: int | None = None
    type: Literal["subscribe"] = "subscribe"
    payload: bytes = b""


@dataclass(frozen=True, slots=True)
class StreamInfo:
    """What a broadcast's stream consists of; constant for the stream's life."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    broadcast: str
    renditions: tuple[Rendition, ...]
    part_ms: int
    parts_per_segment: int
    target_duration: int
    delay_ms: int
    type: Literal["stream_info"] = "stream_info"
    payload: bytes = b""


@dataclass(frozen=True, slots=True)
class Init:
    """The init section (ftyp + moov) of a rendition; ``version`` grows when it changes."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    rendition: str
    version: int
    payload: bytes
    type: Literal["init"] = "init"


@dataclass(frozen=True, slots=True)
class SegmentListed:
    """A complete segment that lies on disk; sent in a snapshot, without its bytes.

    ``parts`` holds (duration in timescale units, independent, size in bytes) of each part.
    ``discontinuity_sequence`` counts the stream's discontinuities up to and with this segment.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    rendition: str
    msn: int
    court_us: int
    media_time: int
    duration: int
    discontinuity: bool
    gap: bool
    init_version: int
    parts: tuple[tuple[int, bool, int], ...]
    discontinuity_sequence: int = 0
    type: Literal["segment_listed"] = "segment_listed"
    payload: bytes = b""


@dataclass(frozen=True, slots=True)
class Part:
    """One part (moof + mdat) of a rendition, published.

    ``media_time`` and ``duration`` are in the rendition's timescale; ``last`` closes the segment.
    ``discontinuity`` is told on the first part of the first segment after it. ``recorded``: it lies
    on disk too and may be forgotten; else it is a gap once nobody holds its bytes.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    rendition: str
    msn: int
    part: int
    court_us: int
    media_time: int
    duration: int
    independent: bool
    last: bool
    discontinuity: bool
    gap: bool
    init_version: int
    epoch: int
    payload: bytes
    recorded: bool = True
    type: Literal["part"] = "part"


@dataclass(frozen=True, slots=True)
class Frame:
    """One encoded picture (Annex B) or Opus packet for the relay; ``pts`` in timescale units."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    rendition: str
    pts: int
    court_us: int
    keyframe: bool
    epoch: int
    payload: bytes
    type: Literal["frame"] = "frame"


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A JPEG of what the public sees."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    court_us: int
    epoch: int
    payload: bytes
    type: Literal["thumbnail"] = "thumbnail"


@dataclass(frozen=True, slots=True)
class OrderForce:
    """An order took force: from ``court_us`` of court time on, on the air since ``air_us``."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    sequence: int
    order: str
    court_us: int
    air_us: int
    type: Literal["order_force"] = "order_force"
    payload: bytes = b""


@dataclass(frozen=True, slots=True)
class AirChange:
    """From here on the public sees something else; told before the part that shows it.

    ``air`` is ``room``, a slate's kind, or empty: nothing follows. ``media_us`` is the place on the
    stream's own time line, which never steps, ``court_us`` the court time of its picture. What was
    told of later places does not hold any more.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    media_us: int
    court_us: int
    air: str
    type: Literal["air_change"] = "air_change"
    payload: bytes = b""


@dataclass(frozen=True, slots=True)
class Cut:
    """What was taken but not served of [from_us, to_us) must go: answer with ``CutDone``."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    epoch: int
    from_us: int
    to_us: int
    type: Literal["cut"] = "cut"
    payload: bytes = b""


@dataclass(frozen=True, slots=True)
class CutDone:
    """Everything named by ``Cut`` of this epoch is gone."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    epoch: int
    type: Literal["cut_done"] = "cut_done"
    payload: bytes = b""


@dataclass(frozen=True, slots=True)
class KeyframeWanted:
    """The relay has a new viewer of a shared rendition (honoured at most once a second)."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    rendition: str
    type: Literal["keyframe_wanted"] = "keyframe_wanted"
    payload: bytes = b""


@dataclass(frozen=True, slots=True)
class WorkerStatus:
    """How a worker fares, told once a second.

    ``air`` is what the public sees now (``room`` or the slate's kind); ``court_us`` is now in the
    room, ``air_us`` the court time that is being shown; ``lateness_ms`` how far composing is behind
    its own clock; ``cameras`` maps a camera to ``shown``, ``ready`` or ``lost``; ``delay_ms`` is
    the delay of what is shown, ``layout`` and ``first_camera`` how it is arranged. ``eased``: the
    machine is too slow for the preset that was planned, and a faster one is in use;
    ``picture_rates`` are each rung's pictures a second, fewer than usual for the same reason;
    ``busy`` is the share of its time in which each rendition's thread works. ``recorded``: what
    goes on the air is kept, too (else its disk is full or broken).
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    air: str
    court_us: int
    air_us: int
    tick: int
    lateness_ms: float
    repeated: int
    skipped: int
    cpu_seconds: float
    cameras: dict[str, str]
    peak_dbfs: float
    loudness_lufs: float | None
    dropped: dict[str, int]
    delay_ms: int = 0
    layout: str = ""
    first_camera: str = ""
    eased: bool = False
    picture_rates: dict[str, float] = dataclasses.field(default_factory=dict)
    busy: dict[str, float] = dataclasses.field(default_factory=dict)
    recorded: bool = True
    type: Literal["worker_status"] = "worker_status"
    payload: bytes = b""


@dataclass(frozen=True, slots=True)
class StreamEnd:
    """The last part is out and the public recording is complete."""

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    broadcast: str
    type: Literal["stream_end"] = "stream_end"
    payload: bytes = b""


@dataclass(frozen=True, slots=True)
class FeedStatus:
    """How a camera fares (recorder). ``issue`` is a stable code or empty; numbers may be 0.

    ``loss_percent`` is of the packets of the last ten seconds, ``jitter_ms`` the mean deviation of
    arrival (RFC 3550), ``drift_ppm`` how much faster the camera's clock runs than the recorder's.
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    camera: str
    state: Literal["connecting", "receiving", "waiting", "stopped"]
    issue: str
    next_attempt_s: float
    video_codec: str
    width: int
    height: int
    frame_rate: float
    key_frame_distance_s: float
    bit_rate: int
    audio_codec: str
    sample_rate: int
    channels: int
    last_packet_age_s: float
    reconnects: int
    loss_percent: float = 0.0
    jitter_ms: float = 0.0
    drift_ppm: float = 0.0
    type: Literal["feed_status"] = "feed_status"
    payload: bytes = b""


@dataclass(frozen=True, slots=True)
class RecorderStatus:
    """How the court's record fares: room left on the disk and whether recording goes on.

    ``clock_off_us`` and ``clock_kept`` tell of the machine's clock (``media.machine_clock``).
    """

    __pydantic_config__: ClassVar[ConfigDict] = _STRICT
    courtroom: str
    court_us: int
    recording: bool
    issue: str
    free_bytes: int
    written_bytes: int
    clock_off_us: int = 0
    clock_kept: bool | None = None
    type: Literal["recorder_status"] = "recorder_status"
    payload: bytes = b""


Message = (
    Subscribe
    | StreamInfo
    | Init
    | SegmentListed
    | Part
    | Frame
    | Thumbnail
    | OrderForce
    | AirChange
    | Cut
    | CutDone
    | KeyframeWanted
    | WorkerStatus
    | StreamEnd
    | FeedStatus
    | RecorderStatus
    | CameraPicture
    | CameraMeter
    | Alarms
    | ProgramMeter
    | Offer
    | FeedOffer
    | Answer
    | CloseSession
    | Change
    | Changed
    | Posted
    | SessionStatus
)
