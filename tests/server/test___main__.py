"""What the launcher does before anything runs."""

import os
from argparse import Namespace
from pathlib import Path

from media import append_order, parse_orders
from server.__main__ import Launcher

LONG_AGO_S = 1_700_000_000


def test_what_was_left_on_the_air_is_ended_before_a_process_starts(tmp_path: Path) -> None:
    folder = tmp_path / "broadcasts" / "left"
    append_order(folder, "start", LONG_AGO_S * 1_000_000, "k", "tom")
    (folder / "worker.json").write_text("{}")
    for path in folder.iterdir():
        os.utime(path, (LONG_AGO_S, LONG_AGO_S))
    Launcher(Namespace(data=str(tmp_path)))._end_what_was_left()
    last = parse_orders((folder / "orders.log").read_bytes())[-1]
    assert (last.order, last.court_us) == ("end", LONG_AGO_S * 1_000_000)
