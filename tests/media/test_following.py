"""The recorder goes by the orders of the broadcast it is told of, and by nothing else."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import pytest

from media.following import Followed, Following, follow
from media.interruptions import Recess
from media.orders import append_order, court_now_us
from media.spool.record import Interruption
from media.spool.verify import verify
from tests.media.processes import heard, started
from tests.media.records import assigned, everything, issue, packets, recorded

SECOND = 1_000_000
_keys = (f"key{number}" for number in itertools.count())


def given(broadcast: Path, order: str, at_s: int) -> None:
    append_order(broadcast, order, at_s * SECOND, next(_keys), "tom")


def left_out(path: Path, at_s: int) -> set[str]:
    """Return what a recorder that starts now leaves out at that second."""
    following = Following(path, lambda: at_s * SECOND)
    following.look()
    return set(following.left_out)


def told(folder: Path, recess: Recess) -> tuple[Path, Path]:
    """Return the recorder's file and the directory of the broadcast in it."""
    path, broadcast = folder / "recess-1.json", folder / "broadcast"
    follow(path, Followed(str(broadcast), recess))
    return path, broadcast


def test_each_rule_leaves_out_what_it_says(tmp_path: Path) -> None:
    path, broadcast = told(tmp_path, "stop")
    given(broadcast, "start", 1)
    given(broadcast, "recess", 10)
    assert left_out(path, 9) == set()
    assert left_out(path, 10) == {"video", "audio"}
    told(tmp_path, "slate_and_mute")
    assert left_out(path, 10) == {"audio"}
    told(tmp_path, "slate")
    assert left_out(path, 10) == set()


def test_a_running_recorder_hears_of_recess_and_resumption(tmp_path: Path) -> None:
    path, broadcast = told(tmp_path, "stop")
    following = Following(path, lambda: 60 * SECOND)
    heard = []
    for order in ("start", "recess", "resume"):
        given(broadcast, order, 10)
        following.look()
        heard.append(bool(following.left_out))
    assert heard == [False, True, False]
    given(broadcast, "recess", 20)
    follow(path, None)
    following.look()
    assert not following.left_out


def test_the_next_broadcast_of_the_room_begins_without_the_last_ones_recess(tmp_path: Path) -> None:
    path, broadcast = told(tmp_path, "stop")
    given(broadcast, "recess", 10)
    following = Following(path, lambda: 60 * SECOND)
    following.look()
    assert following.left_out
    follow(path, Followed(str(tmp_path / "next"), "stop"))
    following.look()
    assert not following.left_out


def test_what_cannot_be_read_is_recorded(tmp_path: Path) -> None:
    path, broadcast = told(tmp_path, "stop")
    given(broadcast, "recess", 10)
    with (broadcast / "orders.log").open("ab") as log:
        log.write(b"no order\n")
    assert left_out(path, 20) == set()
    for hostile in (b"", b"[]", b"{}", b'{"recess": "never", "directory": "x"}', b"\xff" * 99):
        path.write_bytes(hostile)
        assert left_out(path, 20) == set()
    assert not Following(None, lambda: 0).left_out


@pytest.mark.media
async def test_a_recess_leaves_a_gap_with_its_reason_and_a_camera_that_is_well(
    tmp_path: Path,
) -> None:
    broadcast, followed = tmp_path / "broadcast", tmp_path / "recess-1.json"
    follow(followed, Followed(str(broadcast), "stop"))
    assignment = replace(assigned(tmp_path, "testcard:?size=64x64"), followed=str(followed))
    async with (
        started("media.recorder", assignment, tmp_path) as recorder,
        heard(assignment.socket) as stream,
    ):
        await recorded(tmp_path, 10)
        append_order(broadcast, "start", court_now_us(broadcast), "1", "tom")
        append_order(broadcast, "recess", court_now_us(broadcast), "2", "tom")
        told = await issue(stream, "recess")
        assert told.state == "receiving"
        await issue(stream, "recess")  # told again within a second
        resumed = append_order(broadcast, "resume", court_now_us(broadcast), "3", "tom")
        found = await recorded(tmp_path, len(packets(everything(tmp_path), "video")) + 10)
        assert await recorder.stop() == 0
    marks = [one for one in found if isinstance(one, Interruption)]
    assert {(one.stream, one.reason) for one in marks} == {("video", "recess"), ("audio", "recess")}
    at = found.index(next(one for one in marks if one.stream == "video"))
    first = packets(found[at:], "video")[0]
    assert first.keyframe
    assert first.arrival_us >= resumed.court_us
    assert verify(tmp_path / "spool", [])["ok"]
