"""What a process of media is told to do: the JSON files that the supervisor starts it with.

The server writes an assignment, the process reads it once at its start. Nothing in it changes while
the process lives; what changes comes through the order log or a socket.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import ConfigDict, TypeAdapter

_FORBID = ConfigDict(extra="forbid")
Layout = Literal["single", "two", "picture_in_picture", "quad", "one_and_five"]


@dataclass(frozen=True, slots=True)
class Camera:
    """A feed of a courtroom. ``url`` may hold credentials and must never be shown or logged.

    Known schemes: ``rtsp``, ``rtsps``, ``file``, ``testcard``, and those of
    ``media.feeds.address`` for cameras that push. ``microphone``: its sound is used.
    """

    __pydantic_config__ = _FORBID
    id: str
    name: str
    url: str
    microphone: bool = True


@dataclass(frozen=True, slots=True)
class RecorderAssignment:
    """One recorder per courtroom in use: feeds into ``spool`` (a directory)."""

    __pydantic_config__ = _FORBID
    courtroom: str
    cameras: tuple[Camera, ...]
    spool: str
    socket: str
    keep_free_bytes: int = 512 * 1024 * 1024
    keys: str = ""  # where the recordings' keys lie; "": in the spool itself
    closed_keys: str = ""  # the same for what is closed
    court_key: str = ""  # what seals are signed with; "": a key of the spool's own
    second_spool: str = ""  # a copy on another disk; "": none
    followed: str = ""  # a file of media.following; "": everything of a recess is recorded


@dataclass(frozen=True, slots=True)
class MonitorAssignment:
    """Undelayed pictures and sound levels of a courtroom, for staff only."""

    __pydantic_config__ = _FORBID
    courtroom: str
    cameras: tuple[Camera, ...]
    spool: str
    socket: str
    view: str = ""  # socket of the relay for staff (media.room_view); "": none
    addresses: tuple[str, ...] = ()  # at which it offers itself; empty: all of the machine


@dataclass(frozen=True, slots=True)
class ProgramText:
    """Words in the picture: one line of the overlay, and title and lines of each slate.

    ``slates`` maps a slate's kind (``before``, ``recess``, ``closed``, ``interrupted``, ``ended``)
    to (title, second line). ``emblem`` is a PNG of the court in base64, 256 KiB at most, or empty.
    """

    __pydantic_config__ = _FORBID
    court: str
    case_number: str
    time_zone: str
    slates: dict[str, tuple[str, str]]
    emblem: str = ""


@dataclass(frozen=True, slots=True)
class TemplateMask:
    """What a camera's picture always hides in a layout ("" for every one), in fractions of it."""

    __pydantic_config__ = _FORBID
    layout: str
    camera: str
    x: float
    y: float
    width: float
    height: float
    method: Literal["fill", "pixelate"] = "fill"


@dataclass(frozen=True, slots=True)
class WorkerAssignment:
    """One worker per broadcast.

    ``directory`` holds ``orders.log``, ``forces.log``, ``stream.json`` and the public recording.
    ``cameras`` are in the order of the layout's places. ``cores`` is this broadcast's share of the
    machine in processor cores, the base of the ladder's plan. With ``masks_required`` a layout that
    has no masks is not shown. ``layout`` and ``delay_ms`` are what it begins with; orders change
    them. With less than ``keep_free_bytes`` on the disk the public recording gives way.
    """

    __pydantic_config__ = _FORBID
    broadcast: str
    courtroom: str
    spool: str
    directory: str
    socket: str
    cameras: tuple[Camera, ...]
    layout: Layout
    delay_ms: int
    text: ProgramText
    cores: float
    frame_rate: int = 25
    masks: tuple[TemplateMask, ...] = ()
    masks_required: bool = False
    keep_free_bytes: int = 0


@dataclass(frozen=True, slots=True)
class RelayAssignment:
    """One relay per core that is given to WebRTC."""

    __pydantic_config__ = _FORBID
    socket: str
    addresses: tuple[str, ...]  # to gather candidates on; empty: all of the machine
    max_viewers: int = 500  # more are refused
    port: int = 0  # UDP and TCP, the same at each address; 0: the system chooses
    public_addresses: tuple[str, ...] = ()  # of a router that passes this port on, unchanged


@dataclass(frozen=True, slots=True)
class FilingAssignment:
    """What is done with the record when a broadcast is over (``media.filing``).

    ``after_order``: it is not over; only what was closed until this order is closed now.
    """

    __pydantic_config__ = _FORBID
    broadcast: str
    courtroom: str
    spool: str
    directory: str  # the broadcast's
    court_key: str = ""
    second_spool: str = ""
    after_order: int = 0


@dataclass(frozen=True, slots=True)
class ExportAssignment:
    """A copy of a range of the record, [from_us, to_us) of court time, into ``directory``."""

    __pydantic_config__ = _FORBID
    export: str
    spool: str
    directory: str
    cameras: tuple[str, ...]
    from_us: int
    to_us: int
    may_read_closed: bool = False


@dataclass(frozen=True, slots=True)
class InspectionAssignment:
    """A check of one broadcast's record (``media.inspection``), told in ``directory``."""

    __pydantic_config__ = _FORBID
    spool: str
    broadcast_directory: str
    directory: str
    public_key: str  # the court's, PEM


Assignment = (
    RecorderAssignment
    | MonitorAssignment
    | WorkerAssignment
    | RelayAssignment
    | FilingAssignment
    | ExportAssignment
    | InspectionAssignment
)
_A = TypeVar(
    "_A",
    RecorderAssignment,
    MonitorAssignment,
    WorkerAssignment,
    RelayAssignment,
    FilingAssignment,
    ExportAssignment,
    InspectionAssignment,
)
_ADAPTERS: dict[type[Any], TypeAdapter[Any]] = {}


def frames_socket(view: str, camera: str) -> Path:
    """Return where a monitor gives a camera's frames, beside the socket of its view."""
    return Path(view).with_name(f"frames-{camera}.sock")


def dump(assignment: Assignment) -> dict[str, Any]:
    """Return the assignment as plain data for JSON."""
    return dataclasses.asdict(assignment)


def load(kind: type[_A], path: Path) -> _A:
    """Read an assignment from a JSON file; raises ``pydantic.ValidationError`` if it is not one."""
    adapter = _ADAPTERS.get(kind)
    if adapter is None:  # takes 4 ms, which an understudy has spent beforehand
        adapter = _ADAPTERS[kind] = TypeAdapter(kind)
    assignment: _A = adapter.validate_python(json.loads(path.read_text(encoding="utf-8")))
    return assignment
