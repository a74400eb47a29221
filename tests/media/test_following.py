"""The recorder goes by the orders of the broadcast it is told of, and by nothing else."""

from __future__ import annotations

import itertools
from pathlib import Path

from media.following import Followed, Following, follow
from media.interruptions import Recess
from media.orders import append_order

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
