"""What recorder, monitor and worker of a broadcast are told to do [pure]."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from media import (
    Camera,
    FilingAssignment,
    MonitorAssignment,
    ProgramText,
    RecorderAssignment,
    TemplateMask,
    WorkerAssignment,
    dump,
)
from server.broadcasts.model import Broadcast
from server.courts.model import Camera as CourtCamera
from server.courts.model import Masks
from server.places import Places
from server.relaying import offered_addresses
from server.settings import Settings
from server.translation import gettext
from server.wording import marked

_SCHEME = re.compile(r"[a-z][a-z0-9-]{0,15}")
SLATES: dict[str, str] = {
    "before": marked("The hearing has not begun"),
    "recess": marked("The court is in recess"),
    "closed": marked("This part is not public by law"),
    "interrupted": marked("The picture is interrupted"),
    "ended": marked("The broadcast has ended"),
}


# Whatever else runs on the machine must not make the record or the air late. The kernel allows
# going ahead of others to root only; without it all are equal.
RECORDER_NICE, WORKER_NICE, MONITOR_NICE = -10, -5, 10
# The beginnings of all names that are made here.
FILING, CLOSING = "filing-", "closing-"
OURS = ("recorder-", "monitor-", "worker-", FILING, CLOSING)
COURT_KEY = "court.pem"  # what seals and sheets are signed with, beside the recordings' keys


@dataclass(frozen=True, slots=True)
class Wish:
    """A process that shall run."""

    name: str
    module: str
    assignment: dict[str, Any]
    nice: int = 0
    once: bool = False  # not started again when it has done its work


@dataclass(frozen=True, slots=True)
class Share:
    """What a broadcast may have of the machine: processor cores, and room on the disk.

    Its public recording stops when less than ``keep_free_bytes`` is left.
    """

    cores: float
    keep_free_bytes: int


def recorder_name(courtroom: str) -> str:
    """Return the name of a courtroom's recorder."""
    return f"recorder-{courtroom}"


def monitor_name(courtroom: str) -> str:
    """Return the name of a courtroom's monitor."""
    return f"monitor-{courtroom}"


def view_name(courtroom: str) -> str:
    """Return the name of the socket at which a courtroom's monitor takes offers of staff."""
    return f"view-{courtroom}"


def worker_name(broadcast: str) -> str:
    """Return the name of a broadcast's worker."""
    return f"worker-{broadcast}"


def filing_name(broadcast: str) -> str:
    """Return the name of what files a broadcast's record."""
    return f"{FILING}{broadcast}"


def closing_name(broadcast: str) -> str:
    """Return the name of what closes a broadcast's closed parts while it goes on."""
    return f"{CLOSING}{broadcast}"


def for_room(
    places: Places, courtroom: str, cameras: Sequence[CourtCamera], settings: Settings
) -> tuple[Wish, Wish]:
    """Return recorder and monitor of a courtroom."""
    keys = (settings.keys or places.keys).absolute()
    closed_keys = (settings.closed_keys or places.closed_keys).absolute()
    spool = str(places.spool(courtroom).absolute())
    recorder = RecorderAssignment(
        courtroom=courtroom,
        cameras=tuple(_camera(one, url=one.url) for one in cameras),
        spool=spool,
        socket=str(places.socket(recorder_name(courtroom))),
        keep_free_bytes=settings.keep_free_bytes,
        keys=str(keys / courtroom),
        closed_keys=str(closed_keys / courtroom),
        court_key=str(keys / COURT_KEY),
        second_spool=_second(settings, courtroom),
        followed=str(places.recess(courtroom).absolute()),
    )
    monitor = MonitorAssignment(
        courtroom=courtroom,
        cameras=_without_addresses(cameras),
        spool=spool,
        socket=str(places.socket(monitor_name(courtroom))),
        view=str(places.socket(view_name(courtroom))),
        addresses=offered_addresses(settings.host, settings.whep_addresses),
    )
    return (
        Wish(recorder_name(courtroom), "media.recorder", dump(recorder), nice=RECORDER_NICE),
        Wish(monitor_name(courtroom), "media.monitor", dump(monitor), nice=MONITOR_NICE),
    )


def for_equipment(
    places: Places, courtroom: str, cameras: Sequence[CourtCamera], settings: Settings
) -> tuple[Wish, Wish]:
    """Return recorder and monitor of a courtroom whose cameras are only tried.

    What arrives lies apart from the court's record, under keys that go with it.
    """
    folder = places.equipment.absolute() / courtroom
    apart = {
        "spool": str(folder / "spool"),
        "keys": str(folder / "keys"),
        "closed_keys": str(folder / "closed-keys"),
        "court_key": "",
        "second_spool": "",
    }
    recorder, monitor = for_room(places, courtroom, cameras, settings)
    return (
        replace(recorder, assignment=recorder.assignment | apart),
        replace(monitor, assignment=monitor.assignment | {"spool": apart["spool"]}),
    )


def for_broadcast(
    places: Places,
    broadcast: Broadcast,
    cameras: Sequence[CourtCamera],
    masks: Masks,
    share: Share,
    emblem: str = "",
) -> Wish:
    """Return the worker of a broadcast; ``cameras`` are those of the layout, in its order."""
    hearing = broadcast.hearing
    worker = WorkerAssignment(
        broadcast=broadcast.id,
        courtroom=hearing.courtroom,
        spool=str(places.spool(hearing.courtroom).absolute()),
        directory=str(places.broadcast(broadcast.id).absolute()),
        socket=str(places.socket(worker_name(broadcast.id))),
        cameras=_without_addresses(cameras),
        layout=broadcast.layout,  # type: ignore[arg-type]  # checked when it was planned
        delay_ms=broadcast.delay_ms,
        text=ProgramText(
            court=f"{hearing.court_name} {hearing.courtroom_name}",
            case_number=hearing.case_number,
            time_zone=hearing.time_zone,
            slates={
                kind: (gettext("zh-CN", text), gettext("en", text)) for kind, text in SLATES.items()
            },
            emblem=emblem,
        ),
        cores=share.cores,
        masks=tuple(TemplateMask(**asdict(one)) for one in masks.templates),
        masks_required=masks.required,
        keep_free_bytes=share.keep_free_bytes,
    )
    return Wish(worker_name(broadcast.id), "media.worker", dump(worker), nice=WORKER_NICE)


def for_filing(
    places: Places, broadcast: Broadcast, settings: Settings, after_order: int = 0
) -> Wish:
    """Return what files the record of a broadcast that is over.

    With ``after_order``: what closes the parts of one that goes on, up to that order.
    """
    courtroom = broadcast.hearing.courtroom
    keys = (settings.keys or places.keys).absolute()
    filing = FilingAssignment(
        broadcast=broadcast.id,
        courtroom=courtroom,
        spool=str(places.spool(courtroom).absolute()),
        directory=str(places.broadcast(broadcast.id).absolute()),
        court_key=str(keys / COURT_KEY),
        second_spool=_second(settings, courtroom),
        after_order=after_order,
    )
    name = closing_name(broadcast.id) if after_order else filing_name(broadcast.id)
    return Wish(name, "media.filing", dump(filing), nice=MONITOR_NICE, once=True)


def _second(settings: Settings, courtroom: str) -> str:
    return str(settings.second_store.absolute() / courtroom) if settings.second_store else ""


def _without_addresses(cameras: Sequence[CourtCamera]) -> tuple[Camera, ...]:
    # Whoever reads the spool needs to know how a camera sends, and no address: what is not told
    # cannot leak.
    return tuple(_camera(one, url=_scheme(one.url)) for one in cameras)


def _scheme(url: str) -> str:
    """Return the scheme of an address with its colon; nothing of what is none."""
    scheme, colon, _ = url.partition(":")
    return f"{scheme}:" if colon and _SCHEME.fullmatch(scheme) else ""


def _camera(camera: CourtCamera, *, url: str) -> Camera:
    return Camera(id=camera.id, name=camera.name, url=url, microphone=camera.microphone)
