"""The supervisor runs what the folder says, starts it again when it dies and ends it when told."""

import asyncio
import json
import os
import signal
import textwrap
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from server.supervisor import Supervisor

PROGRAM = """
    import json, os, signal, sys, time
    assignment = json.load(open(sys.argv[1]))
    with open(assignment["log"], "a") as log:
        log.write(f"{os.getpid()} {assignment['word']}\\n")
    if assignment["word"] == "done":
        sys.exit(0)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    time.sleep(60)
"""


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "supervised_program.py").write_text(textwrap.dedent(PROGRAM))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    (tmp_path / "run" / "wanted").mkdir(parents=True)
    return tmp_path


def want(data: Path, word: str, *, once: bool = False) -> Path:
    path = data / "run" / "wanted" / "program.json"
    half = path.with_suffix(".half")
    half.write_text(
        json.dumps(
            {
                "module": "supervised_program",
                "assignment": {"log": str(data / "log"), "word": word},
                "once": once,
            }
        )
    )
    half.replace(path)
    return path


@asynccontextmanager
async def supervised(data: Path) -> AsyncIterator[None]:
    stop = asyncio.Event()
    running = asyncio.create_task(Supervisor(data).run(stop))
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait_for(running, 30)


async def lines(data: Path, count: int) -> list[tuple[int, str]]:
    """Wait until the program has been started ``count`` times."""
    async with asyncio.timeout(30):
        while True:
            found = (data / "log").read_text().splitlines() if (data / "log").exists() else []
            if len(found) >= count:
                return [(int(line.split()[0]), line.split()[1]) for line in found]
            await asyncio.sleep(0.02)


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def gone(pid: int) -> None:
    """Wait until a process has ended."""
    async with asyncio.timeout(30):
        while True:
            if not is_running(pid):
                return
            await asyncio.sleep(0.02)


async def test_a_killed_process_is_started_again_and_all_end_with_the_supervisor(
    data: Path,
) -> None:
    want(data, "first")
    async with supervised(data):
        [(pid, _)] = await lines(data, 1)
        os.kill(pid, signal.SIGKILL)
        (_, _), (again, _) = await lines(data, 2)
        assert again != pid
        assert is_running(again)
    assert not is_running(again)


async def test_a_changed_assignment_restarts_and_a_removed_one_stops(data: Path) -> None:
    path = want(data, "first")
    async with supervised(data):
        [(first, _)] = await lines(data, 1)
        want(data, "second")
        (_, _), (second, word) = await lines(data, 2)
        assert word == "second"
        await gone(first)
        path.unlink()
        await gone(second)


async def test_a_process_that_did_its_work_is_left_alone(data: Path) -> None:
    want(data, "done", once=True)
    async with supervised(data):
        await lines(data, 1)
        await asyncio.sleep(0.5)  # nothing to wait for: nothing may happen
        assert len(await lines(data, 1)) == 1


async def test_a_file_that_makes_no_sense_stops_nothing(data: Path) -> None:
    (data / "run" / "wanted" / "nonsense.json").write_text("{")
    want(data, "first")
    async with supervised(data):
        assert await lines(data, 1)


async def test_assignments_are_readable_by_their_owner_only(data: Path) -> None:
    want(data, "first")
    async with supervised(data):
        await lines(data, 1)
        assert (data / "run" / "assignments" / "program.json").stat().st_mode & 0o777 == 0o600


SPARE_PROGRAM = """
    import os, signal, sys, time
    import json
    from pathlib import Path
    from media.process import stand_by
    stood_by = sys.argv[1].startswith("--spare")
    path = stand_by("spare_program") if stood_by else Path(sys.argv[1])
    if path is None:
        sys.exit(0)
    with open(json.loads(path.read_text())["log"], "a") as log:
        log.write(f"{os.getpid()} {'stood-by' if stood_by else 'started'}\\n")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    time.sleep(60)
"""


async def test_who_dies_is_succeeded_by_one_that_stood_by(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (data / "spare_program.py").write_text(textwrap.dedent(SPARE_PROGRAM))
    monkeypatch.setenv("PYTHONPATH", f"{data}:{Path(__file__).parents[2]}")
    # Seen in the list of processes it is not yet awake: on a slow machine that takes a while.
    monkeypatch.setattr("server.spare._HAND_OVER_SECONDS", 60.0)
    (data / "run" / "wanted" / "worker.json").write_text(
        json.dumps({"module": "spare_program", "assignment": {"log": str(data / "log")}})
    )
    stop = asyncio.Event()
    supervisor = Supervisor(data, spare_of="spare_program", calm_s=0.0)
    running = asyncio.create_task(supervisor.run(stop))
    try:
        [(first, how)] = await lines(data, 1)
        assert how == "started"
        spare = await standing_by("spare_program")
        os.kill(first, signal.SIGKILL)
        _, (second, how) = await lines(data, 2)
        assert (second, how) == (spare, "stood-by")
        another = await standing_by("spare_program")
    finally:
        stop.set()
        await asyncio.wait_for(running, 30)
    assert not is_running(second)
    assert not is_running(another)


async def standing_by(module: str) -> int:
    """Wait for a process of ours that stands by; return its number."""
    async with asyncio.timeout(30):
        while True:
            for entry in Path("/proc").glob("[0-9]*"):
                try:
                    parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                    words = (entry / "cmdline").read_bytes().split(b"\0")
                except OSError:
                    continue
                is_spare = any(one.startswith(b"--spare") for one in words)
                if parent == os.getpid() and module.encode() in words and is_spare:
                    return int(entry.name)
            await asyncio.sleep(0.02)
