"""What stands ready for a worker: set and followed while it runs, given up where it cannot be."""

from __future__ import annotations

import dataclasses
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from media.assignment import Camera, ProgramText, WorkerAssignment, dump
from media.timeline import Piece
from media.worker.clock import SpoolClock
from media.worker.memory import Memory, keep
from media.worker.opening import first_memory
from media.worker.stage import Stage
from media.worker.understudy import MOST, Understudy
from tests.media.worker.room import FRAME_US, Room, open_room, read_clock

pytestmark = pytest.mark.media
A_WHILE_S = 60


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    with open_room(tmp_path / "spool") as room:
        yield room


def assigned(folder: Path, name: str = "b") -> WorkerAssignment:
    return WorkerAssignment(
        broadcast=name,
        courtroom="c",
        spool=str(folder / "spool"),
        directory=str(folder / name),
        socket=str(folder / "w.sock"),
        cameras=(Camera("one", "one", "testcard:"),),
        layout="single",
        delay_ms=0,
        text=ProgramText("法院", "(2026)1号", "Asia/Shanghai", {}),
        cores=1.0,
    )


def on_the_air(assignment: WorkerAssignment, folder: Path) -> tuple[Path, Memory]:
    """Leave what a worker with this assignment leaves; return where it is written down."""
    Path(assignment.directory).mkdir()
    clock = SpoolClock(Path(assignment.spool))
    memory = first_memory(assignment, clock)
    clock.close()
    keep(Path(assignment.directory), memory)
    path = folder / f"worker-{assignment.broadcast}.json"
    path.write_text(json.dumps(dump(assignment)))
    return path, memory


def attend(understudy: Understudy, until: Callable[[], bool]) -> None:
    """Let it do its work as ``media.process.stand_by`` does, until it has come so far."""
    deadline = time.monotonic() + A_WHILE_S
    while not until():
        assert time.monotonic() < deadline
        pause = understudy.attend()
        assert pause is not None
        time.sleep(pause)  # it is the camera that needs the time


def shown_us(stage: Stage, memory: Memory, tick: int) -> int | None:
    """Return the court time that is read in what the camera shows at a tick."""
    view = stage.feeds[0].view(memory.timeline.court_us(tick), FRAME_US // 2)
    clock_ms = view.picture and read_clock(view.picture.to_ndarray(format="gray"))
    return clock_ms * 1000 if clock_ms else None


@pytest.mark.usefixtures("room")
def test_it_has_decoded_what_a_successor_shows_first(tmp_path: Path) -> None:
    assignment = assigned(tmp_path)
    path, memory = on_the_air(assignment, tmp_path)
    understudy, clock = Understudy(), SpoolClock(Path(assignment.spool))
    understudy.watch([path])
    first = 0

    def has_come() -> bool:
        """Whether it showed the first that is missing when it was attended to."""
        nonlocal first
        missing_us = clock.now_us() - memory.pieces[-1].wait_us - 500_000
        first = (missing_us - memory.pieces[0].origin_us) // FRAME_US
        understudy.attend()
        stage = understudy._stages.get(path)
        if stage is None or not stage.covers(first):
            return False
        at_us = shown_us(stage, memory, first)
        return at_us is not None and abs(at_us - memory.timeline.court_us(first)) <= FRAME_US

    attend(understudy, has_come)
    clock.close()
    stage = understudy.take(path)
    assert stage is not None
    assert stage.fits(assignment, memory)
    assert not stage.covers(first - 50)
    stage.close()


@pytest.mark.usefixtures("room")
def test_another_delay_sets_the_stage_anew(tmp_path: Path) -> None:
    assignment = assigned(tmp_path)
    path, memory = on_the_air(assignment, tmp_path)
    understudy = Understudy()
    understudy.watch([path])
    understudy.attend()
    assert understudy.ready == {path}
    longer = (*memory.pieces, Piece(48, memory.pieces[0].origin_us - 1_000_000, 1_000_000))
    delayed = dataclasses.replace(memory, pieces=longer)
    keep(Path(assignment.directory), delayed)
    attend(understudy, lambda: understudy._stages[path].fits(assignment, delayed))
    stage = understudy.take(path)
    assert stage is not None
    assert not stage.fits(assignment, memory)
    stage.close()


@pytest.mark.usefixtures("room")
def test_what_cannot_be_made_ready_holds_up_no_other(tmp_path: Path) -> None:
    path, _ = on_the_air(assigned(tmp_path), tmp_path)
    broken = tmp_path / "broken.json"
    broken.write_text("{")
    understudy = Understudy()
    understudy.watch([broken, path])
    understudy.attend()
    assert understudy.ready == {path}
    assert understudy.take(broken) is None
    assert understudy.attend() is None


@pytest.mark.usefixtures("room")
def test_it_is_ready_for_a_few_and_for_none_that_has_ended(tmp_path: Path) -> None:
    paths = []
    for name in ("ended", "second", "third"):
        assignment = assigned(tmp_path, name)
        path, memory = on_the_air(assignment, tmp_path)
        keep(Path(assignment.directory), dataclasses.replace(memory, ended=name == "ended"))
        paths.append(path)
    understudy = Understudy()
    understudy.watch(paths)
    attend(understudy, lambda: bool(understudy.ready))
    understudy.attend()
    assert len(paths) > MOST
    assert understudy.ready == {paths[1]}
