"""Copies of the record as the service knows them [pure]."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from media import PROGRESS_OVER

MOST_AT_ONCE = 4  # each reads and writes a disk that records


@dataclass(frozen=True, slots=True)
class ExportAsked:
    """What somebody asked for; ``closed`` takes closed parts along, which a right of its own is."""

    from_time: datetime | None
    to_time: datetime | None
    cameras: tuple[str, ...]
    closed: bool


@dataclass(frozen=True, slots=True)
class Film:
    """A film of an export. ``zero_us`` is the court time of its first picture."""

    name: str
    camera: str
    zero_us: int
    bytes: int
    sha256: str
    root: str = ""  # of its pieces; films made before there were any have none


@dataclass(frozen=True, slots=True)
class Export:
    """An export: what was asked, by whom, and how far it is (0 to 1)."""

    id: str
    broadcast: str
    by: str
    asked_us: int
    from_us: int
    to_us: int
    cameras: tuple[str, ...]
    closed: bool
    state: str = "waiting"
    done: float = 0.0
    damaged: int = 0
    films: tuple[Film, ...] = field(default=())

    @property
    def is_over(self) -> bool:
        """Whether nothing more happens to it."""
        return self.state in PROGRESS_OVER


@dataclass(frozen=True, slots=True)
class Finding:
    """A place of the record that is not as it was sealed; ``offset`` is in the file."""

    what: str
    camera: str
    file: str
    offset: int
    court_time: str  # ISO 8601; empty: not known


@dataclass(frozen=True, slots=True)
class Check:
    """A check of a broadcast's record: who asked, how far it is (0 to 1), what it found."""

    broadcast: str
    id: str
    by: str
    asked_us: int
    state: str = "waiting"
    done: float = 0.0
    ended_us: int = 0
    chunks: int = 0
    bytes: int = 0
    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def is_over(self) -> bool:
        """Whether nothing more happens to it."""
        return self.state in PROGRESS_OVER

    @property
    def is_whole(self) -> bool:
        """Whether everything is as it was sealed."""
        return self.state == "done" and not self.findings


@dataclass(frozen=True, slots=True)
class Retention:
    """How long a record is kept: ``until`` None where the court has no policy, so for ever."""

    days: int | None
    until: datetime | None


def checked(request: dict[str, Any], progress: dict[str, Any]) -> Check:
    """Put a check together from what was asked and what its process tells."""
    cameras = progress.get("cameras", ())
    names = ("what", "camera", "file", "offset", "court_time")
    return Check(
        **request,
        state=str(progress.get("state", "waiting")),
        done=float(progress.get("done", 0)),
        ended_us=int(progress.get("ended_us", 0)),
        chunks=sum(int(one["chunks"]) for one in cameras),
        bytes=sum(int(one["bytes"]) for one in cameras),
        findings=tuple(
            Finding(**{name: one[name] for name in names}) for one in progress.get("findings", ())
        ),
        notes=tuple(str(one) for one in progress.get("notes", ())),
    )


def told(request: dict[str, Any], progress: dict[str, Any]) -> Export:
    """Put an export together from what was asked and what its process tells."""
    films = tuple(Film(**one) for one in progress.get("files", ()))
    return Export(
        **{**request, "cameras": tuple(request["cameras"])},
        state=str(progress.get("state", "waiting")),
        done=float(progress.get("done", 0)),
        damaged=int(progress.get("damaged", 0)),
        films=films,
    )
