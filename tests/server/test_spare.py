"""A process stands by, takes an assignment up, and is of no consequence when it dies."""

import asyncio
import json
import signal
import textwrap
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from server.spare import Spare

PROGRAM = """
    import json, sys
    from pathlib import Path
    from media.process import stand_by
    path = stand_by("standing_program")
    if path is not None:
        told = json.loads(path.read_text())
        Path(told["log"]).write_bytes(Path("/proc/self/cmdline").read_bytes())
"""


@pytest.fixture
async def spare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Spare]:
    (tmp_path / "standing_program.py").write_text(textwrap.dedent(PROGRAM))
    monkeypatch.setenv("PYTHONPATH", f"{tmp_path}:{Path(__file__).parents[2]}")
    # It is taken before its interpreter is up, which has no bound here.
    monkeypatch.setattr("server.spare._HAND_OVER_SECONDS", 60.0)
    made = Spare("standing_program", tmp_path)
    yield made
    await made.dismiss()


def assignment(folder: Path) -> Path:
    path = folder / "worker-abc.json"
    path.write_text(json.dumps({"log": str(folder / "log")}))
    return path


async def test_it_takes_up_its_assignment_and_shows_the_command_line_of_one_that_was_given_it(
    spare: Spare, tmp_path: Path
) -> None:
    await spare.prepare()
    process = await spare.take(assignment(tmp_path))
    assert process is not None
    assert await process.wait() == 0
    words = (tmp_path / "log").read_bytes().rstrip(b"\0").split(b"\0")
    assert words[1:] == [b"-m", b"standing_program", str(assignment(tmp_path)).encode()]
    assert not spare.is_there


async def test_where_none_stands_by_none_is_given(spare: Spare, tmp_path: Path) -> None:
    assert await spare.take(assignment(tmp_path)) is None


async def test_one_that_has_died_is_not_given(spare: Spare, tmp_path: Path) -> None:
    await spare.prepare()
    assert spare._process is not None
    spare._process.kill()
    await spare._process.wait()
    assert not spare.is_there
    assert await spare.take(assignment(tmp_path)) is None


async def test_it_is_told_whose_place_it_may_have_to_take(spare: Spare, tmp_path: Path) -> None:
    watching = """
        from pathlib import Path
        from media.process import stand_by
        class Watching:
            def watch(self, paths):
                paths[0].with_name("watched").write_text(" ".join(path.name for path in paths))
            def attend(self):
                return None
        stand_by("standing_program", Watching())
    """
    (tmp_path / "standing_program.py").write_text(textwrap.dedent(watching))
    await spare.prepare()
    spare.watch([tmp_path / "one", tmp_path / "two"])
    process = await spare.take(assignment(tmp_path))
    assert process is not None
    assert await process.wait() == 0
    assert (tmp_path / "watched").read_text() == "one two"


async def test_one_that_does_not_wake_up_is_not_given(
    spare: Spare, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.spare._HAND_OVER_SECONDS", 0.2)
    await spare.prepare()
    process = spare._process
    assert process is not None
    process.send_signal(signal.SIGSTOP)
    assert await spare.take(assignment(tmp_path)) is None
    assert process.returncode == -signal.SIGKILL


async def test_it_goes_when_nobody_needs_it(spare: Spare) -> None:
    await spare.prepare()
    process = spare._process
    assert process is not None
    async with asyncio.timeout(30):
        await spare.dismiss()
    assert process.returncode is not None
    assert not spare.is_there
