"""A recorder that is killed in the middle of sealing, and of what goes before it."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from media.spool.verify import verify
from tests.media.dying import MODULE, dies
from tests.media.processes import heard, started
from tests.media.records import assigned, everything, packets, receiving, recorded

pytestmark = pytest.mark.media


@pytest.mark.parametrize(("kind", "write"), [(".seal", 4), (".spool", 200)], ids=["seal", "record"])
async def test_a_recorder_that_is_killed_in_the_middle_of_a_write(
    tmp_path: Path, kind: str, write: int
) -> None:
    """Half a line of a seal, half a frame: all that was whole is read and proven."""
    assignment = assigned(tmp_path, "testcard:?size=64x64")
    torn = dies("media.recorder", kind, write)
    async with started(MODULE, assignment, tmp_path, torn) as recorder:
        assert await recorder.dies() == signal.SIGKILL
    whole = packets(everything(tmp_path), "video")
    assert len(whole) >= 20
    async with started("media.recorder", assignment, tmp_path) as recorder:
        async with heard(assignment.socket) as stream:
            await receiving(stream)
        await recorded(tmp_path, len(whole) + 30)
        assert await recorder.stop() == 0
    verdict = verify(tmp_path / "spool", [])
    assert verdict["ok"], verdict["findings"]
    found = packets(everything(tmp_path), "video")
    assert found[: len(whole)] == whole
    assert len(found) >= len(whole) + 30
