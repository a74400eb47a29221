"""Files the record of a broadcast that is over: closes what was closed, and signs the sheet.

``python -m media.filing ASSIGNMENT.json``. Start, end and lawful interruptions come from the order
log, gaps and roots from the sealed record itself, and beside them stands the digest of the public
recording. The sheet lies in the spool and beside the public recording, so each names the other. A
record that has its sheet is left as it is; a failure ends the process, and it is started again.

With ``after_order`` in the assignment the broadcast goes on, and what was closed up to that order
is closed as soon as the public's delay has passed it: until then the worker needs the pictures on
which those after it build. What this misses is closed at the end.
"""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from media.assignment import FilingAssignment, load
from media.errors import SpoolDamaged
from media.interruptions import NEVER, hearing_range, interruptions
from media.orders import RESERVE, court_now_us, delay_now_us, read_orders
from media.process import die_with_parent
from media.recording.index import PUBLIC
from media.spool.closing import close_range
from media.spool.fronts import facts, seals_since
from media.spool.gaps import gaps
from media.spool.listing import list_of
from media.spool.mirror import Mirror
from media.spool.places import (
    PUBLIC_KEY,
    PUBLIC_LIST,
    RECORD_SHEET,
    SHEETS,
    camera_names,
    volume_numbers,
)
from media.spool.sheet import (
    SIGNED,
    CameraSheet,
    Interruption,
    Sheet,
    camera_sheet,
    in_range,
    sealed,
)
from media.spool.signature import CourtKey

_log = logging.getLogger(__name__)

SEALED_SECONDS = 10.0  # a chunk and a sync after the end, on a slow disk
# A worker may be late, and reads the rest of the chunk in which a part was opened again.
BEHIND_AIR_US = 3_000_000
_LOOK_SECONDS = 0.5


def file_record(assignment: FilingAssignment) -> Path | None:
    """Close, sign and lay down the sheet; return where it lies, None if there is no record.

    Raises ``SpoolLocked`` if something cannot be closed or signed, ``OSError``.
    """
    spool, directory = Path(assignment.spool), Path(assignment.directory)
    path = directory / RECORD_SHEET
    if path.exists():
        return path
    orders = read_orders(directory)
    hearing = hearing_range(orders)
    if hearing is None or not spool.is_dir():
        return None
    from_us, to_us = hearing
    cameras = camera_names(spool)
    _await_seals([spool / camera for camera in cameras], to_us)
    interrupted = tuple(interruptions(orders, to_us))
    closed = {one.sequence for one in orders if one.order == "closed"}
    for one in interrupted:
        if one.order in closed:
            _close(spool, cameras, one)
    key = (
        CourtKey.at(Path(assignment.court_key))
        if assignment.court_key
        else CourtKey.of_spool(spool)
    )
    files, public = list_of(directory / PUBLIC)
    sheet = Sheet(
        courtroom=assignment.courtroom,
        broadcast=assignment.broadcast,
        from_us=from_us,
        to_us=to_us,
        interruptions=interrupted,
        cameras=tuple(_camera(spool / camera, from_us, to_us) for camera in cameras),
        public=public,
    )
    raw = sealed(sheet, key.fingerprint, key.sign(SIGNED + sheet.document()))
    _lay(spool / SHEETS / f"{assignment.broadcast}.sheet", raw)
    _lay(spool / PUBLIC_KEY, key.public_pem)
    if assignment.second_spool:
        _catch_up(spool, Path(assignment.second_spool))
    _lay(directory / PUBLIC_LIST, files)
    _lay(path, raw)
    (directory / RESERVE).unlink(missing_ok=True)  # no order comes any more
    return path


def has_passed(court_us: int, delay_us: int, now_us: int) -> bool:
    """Tell whether a court time has been on the air, by a worker that is not very late."""
    return now_us - delay_us - BEHIND_AIR_US >= court_us


def close_parts(assignment: FilingAssignment, clock: Callable[[], int] | None = None) -> int:
    """Close what was closed by order and is open again, while the broadcast goes on.

    Waits until the air has passed it; returns how many parts there were, 0 for a broadcast that
    has ended (then its record is filed). ``clock`` tells court time. Raises as ``file_record``.
    """
    spool, directory = Path(assignment.spool), Path(assignment.directory)
    now_us = clock or (lambda: court_now_us(directory))
    orders = read_orders(directory)[: assignment.after_order]
    until_us = orders[-1].court_us
    closed = {one.sequence for one in orders if one.order == "closed"}
    parts = [
        one for one in interruptions(orders, NEVER) if one.order in closed and one.to_us <= until_us
    ]
    while not has_passed(until_us, delay_now_us(directory), now_us()):
        if hearing_range(read_orders(directory)) is not None:
            return 0
        time.sleep(_LOOK_SECONDS)
    cameras = camera_names(spool)
    _await_seals([spool / camera for camera in cameras], until_us)
    for one in parts:
        _close(spool, cameras, one)
    if assignment.second_spool and parts:
        Mirror(spool, Path(assignment.second_spool)).renew_keys()
    return len(parts)


def _catch_up(first: Path, second: Path) -> None:
    """Copy what the recorder had no time to copy, and what was closed."""
    try:
        Mirror(first, second).catch_up()
    except (OSError, SpoolDamaged) as problem:  # told by the recorder; the first store has it all
        _log.warning("the second store: %s", problem)


def _camera(folder: Path, from_us: int, to_us: int) -> CameraSheet:
    seals = seals_since(folder, from_us)
    pieces = [piece for seal in seals.values() for piece in seal.pieces]
    holes = gaps(facts(folder, from_us, to_us), from_us, to_us)
    return camera_sheet(folder.name, in_range(pieces, from_us, to_us), holes)


def _close(spool: Path, cameras: Sequence[str], one: Interruption) -> None:
    for camera in cameras:
        count = close_range(spool, camera, one.from_us, one.to_us)
        _log.info("camera %s: %d chunks closed", camera, count)


def _await_seals(folders: Sequence[Path], to_us: int) -> None:
    """Wait until what arrived up to the end is sealed, as far as anything comes at all."""
    deadline = time.monotonic() + SEALED_SECONDS
    for folder in folders:
        while time.monotonic() < deadline:
            newest = max(volume_numbers(folder))
            seal = seals_since(folder, to_us).get(newest)
            if seal is None or seal.is_complete or any(p.to_us >= to_us for p in seal.pieces):
                break
            time.sleep(0.2)


def _lay(path: Path, raw: bytes) -> None:
    """Write a file as a whole and durably."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.draft")
    with draft.open("wb") as file:
        file.write(raw)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def main() -> None:
    """File the record that the assignment names."""
    die_with_parent()
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    assignment = load(FilingAssignment, Path(sys.argv[1]))
    if assignment.after_order:
        _log.info("broadcast %s: %d parts closed", assignment.broadcast, close_parts(assignment))
        return
    path = file_record(assignment)
    _log.info("broadcast %s: %s", assignment.broadcast, path or "no record to be filed")


if __name__ == "__main__":
    main()
