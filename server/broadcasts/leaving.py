"""Ends what was left on the air: broadcasts that nobody ended, on a machine that was then off.

Looked for once, before any process starts: else the next start of the service would put a courtroom
on the air again under a hearing that is long over. It needs nothing but the broadcasts' folders.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from pathlib import Path

from media import RECORD_SHEET, OrderLogUnreadable, OrderRecord, append_order, read_orders
from server.broadcasts.state import Order, standing_of

_log = logging.getLogger(__name__)

# Longer than a power cut or a repair within a hearing, shorter than a night.
LEFT_AFTER_S = 6 * 3600
# Nobody can send a key with a space: what has one was given by the service.
LEFT_KEY = "left "
SERVICE = "service"
_WORKER = "worker.json"  # only what has had a worker can be left on the air


def is_left(records: Sequence[OrderRecord], heard_s: float, now_s: float) -> bool:
    """Tell whether a broadcast was begun, not ended, and last heard of too long ago (Unix time)."""
    stands = standing_of(record.order for record in records)
    is_open = stands.started and not stands.ending
    return is_open and now_s - heard_s >= LEFT_AFTER_S


def end_what_was_left(broadcasts: Path, now_s: float) -> list[str]:
    """Order the end of every broadcast that was left; return which. Blocks.

    The end is that of the moment at which something was last written, so that neither record nor
    sheet claims the hours after it. A log that cannot be read is left to people: its gate is
    closed.
    """
    ended = []
    for directory in _open_ones(broadcasts):
        try:
            records = read_orders(directory)
            heard_s = _last_written_s(directory)
            if not is_left(records, heard_s, now_s):
                continue
            court_us = max(round(heard_s * 1_000_000), records[-1].court_us)
            key = f"{LEFT_KEY}{records[-1].sequence}"
            append_order(directory, Order.END.value, court_us, key, SERVICE)
        except (OrderLogUnreadable, OSError) as problem:
            _log.warning("broadcast %s is not ended: %s", directory.name, problem)
            continue
        _log.warning("broadcast %s was left on the air and is ended", directory.name)
        ended.append(directory.name)
    return ended


def _open_ones(broadcasts: Path) -> Iterator[Path]:
    if not broadcasts.is_dir():
        return
    for directory in sorted(broadcasts.iterdir()):
        if (directory / _WORKER).exists() and not (directory / RECORD_SHEET).exists():
            yield directory


def _last_written_s(directory: Path) -> float:
    """Return when something of a broadcast was last written: each part on the air is."""
    written = [directory / _WORKER, directory / "orders.log", *directory.glob("public/*/index.log")]
    return max(path.stat().st_mtime for path in written)
