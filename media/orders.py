"""The log of a broadcast's orders: appended and fsynced before an order is acknowledged.

One JSON line an order in ``orders.log``, with a running number and a checksum. Server and command
line append under a lock; the worker reads. Nothing else is between an order and the gate: no
database, no socket. ``forces.log`` beside it tells when each order took force.

As a command: ``python -m media.orders DIRECTORY ORDER`` takes something off the air without the
server. What puts something on it is asked of the server: only there is it known who may, and
whether the hearing is approved (rules B-01, B-10).
"""

from __future__ import annotations

import argparse
import contextlib
import errno
import fcntl
import json
import os
import sys
import time
import uuid
import zlib
from pathlib import Path
from typing import Any

from media.errors import MediaError, OrderLogUnreadable, OrdersMoved
from media.gate import OrderRecord
from media.ordering import TAKES_AWAY, checked, is_sound
from media.spool.head import Head

_LOG = "orders.log"
_FORCES = "forces.log"
RESERVE = "orders.reserve"
_RESERVED_BYTES = 256 * 1024  # more than a thousand orders
_LOCKED_TOO_LONG_S = 1.0


def append_order(  # noqa: PLR0913  (the fields of an order, and what it was judged by)
    directory: Path,
    order: str,
    court_us: int,
    key: str,
    by: str,
    args: dict[str, Any] | None = None,
    *,
    seen: int | None = None,
) -> OrderRecord:
    """Append an order and return it as it stands in the log, on the disk.

    ``seen`` is how many orders it was judged by: with others by now it raises ``OrdersMoved``. The
    same ``key`` again returns the record of the first time and appends nothing. A torn last
    line was never acknowledged and is removed. Raises ``ValueError`` for an unknown order or
    arguments it cannot have, ``OrderLogUnreadable`` for a log that is damaged before its last line.
    """
    args = checked(order, args or {})
    directory.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(directory / _LOG, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o640)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        raw = _read_all(descriptor)
        whole = raw[: raw.rfind(b"\n") + 1]
        records = parse_orders(whole)
        for record in records:
            if record.key == key:
                return record
        if seen is not None and len(records) != seen:
            raise OrdersMoved
        if len(whole) < len(raw):
            os.ftruncate(descriptor, len(whole))
        record = OrderRecord(len(records) + 1, order, court_us, key, by, args)
        _append(descriptor, _line(record), directory / RESERVE, len(whole))
        if not records:
            _reserve(directory / RESERVE)
            _sync_directory(directory)
        return record
    finally:
        os.close(descriptor)  # gives the lock back


def _append(descriptor: int, line: bytes, reserve: Path, size: int) -> None:
    """Write a line and sync it; on a full disk in the room that was kept for that."""
    try:
        _write_all(descriptor, line)
        os.fsync(descriptor)
    except OSError as problem:
        if problem.errno != errno.ENOSPC or not reserve.exists():
            raise
        reserve.unlink()
        os.ftruncate(descriptor, size)
        _write_all(descriptor, line)
        os.fsync(descriptor)


def _reserve(path: Path) -> None:
    """Keep room for orders: a full disk must not be what leaves the room on the air."""
    with contextlib.suppress(OSError), path.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, _RESERVED_BYTES)


def parse_orders(raw: bytes) -> list[OrderRecord]:
    """Return the orders of a log; raises ``OrderLogUnreadable`` if any line is not whole."""
    if raw and not raw.endswith(b"\n"):
        raise OrderLogUnreadable("the last order is torn")
    records: list[OrderRecord] = []
    for number, line in enumerate(raw.splitlines(), start=1):
        record = _parse(line, number)
        if record.sequence != number:
            raise OrderLogUnreadable(f"order {number} has the number {record.sequence}")
        records.append(record)
    return records


def read_orders(directory: Path) -> list[OrderRecord]:
    """Return the orders of a broadcast, none if it has no log.

    A torn last line was never acknowledged and is left out. Raises ``OrderLogUnreadable``,
    ``OSError``.
    """
    try:
        raw = (directory / _LOG).read_bytes()
    except FileNotFoundError:
        return []
    return parse_orders(raw[: raw.rfind(b"\n") + 1])


def has_orders(directory: Path) -> bool:
    """Whether an order was ever given to the broadcast of this directory."""
    return (directory / _LOG).exists()


def _parse(line: bytes, number: int) -> OrderRecord:
    try:
        fields = json.loads(line)
        stored = fields.pop("crc")
        record = OrderRecord(**fields)
    except (ValueError, TypeError, KeyError, AttributeError) as problem:
        raise OrderLogUnreadable(f"order {number} cannot be read") from problem
    numbers_right = type(record.sequence) is int and type(record.court_us) is int
    if not numbers_right or not is_sound(record) or stored != _checksum(record):
        raise OrderLogUnreadable(f"order {number} is damaged")
    return record


def _fields(record: OrderRecord) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "sequence": record.sequence,
        "order": record.order,
        "court_us": record.court_us,
        "key": record.key,
        "by": record.by,
    }
    return {**fields, "args": record.args} if record.args else fields


def _checksum(record: OrderRecord) -> int:
    return zlib.crc32(json.dumps(_fields(record), sort_keys=True).encode())


def _line(record: OrderRecord) -> bytes:
    return json.dumps({**_fields(record), "crc": _checksum(record)}).encode() + b"\n"


def _read_all(descriptor: int) -> bytes:
    chunks = []
    at = 0
    while chunk := os.pread(descriptor, 1 << 20, at):
        chunks.append(chunk)
        at += len(chunk)
    return b"".join(chunks)


def _write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class OrderReader:
    """Follows the log; ``poll`` costs one ``stat`` while nothing has changed."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / _LOG
        self._seen: tuple[int, int, int] | None = None
        self._records: list[OrderRecord] = []
        self._locked_since: float | None = None

    def poll(self) -> list[OrderRecord]:
        """Return the orders that are new since the last call.

        Raises ``OrderLogUnreadable`` as long as the log is torn, damaged, gone, or locked by a
        writer for longer than a second. A missing log of which nothing was ever read is empty.
        """
        try:
            state = self._path.stat()
        except FileNotFoundError:
            if self._records:
                raise OrderLogUnreadable("the log of orders is gone") from None
            return []
        except OSError as problem:
            raise OrderLogUnreadable("the log of orders cannot be reached") from problem
        seen = (state.st_size, state.st_mtime_ns, state.st_ino)
        if seen == self._seen:
            return []
        raw = self._read()
        if raw is None:  # being written now
            return []
        records = parse_orders(raw)
        known = len(self._records)
        if records[:known] != self._records:
            raise OrderLogUnreadable("orders that were read before have changed")
        self._records = records
        self._seen = seen
        return records[known:]

    def _read(self) -> bytes | None:
        try:
            descriptor = os.open(self._path, os.O_RDONLY)
        except OSError as problem:
            raise OrderLogUnreadable("the log of orders cannot be opened") from problem
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
            raw = _read_all(descriptor)
        except BlockingIOError:
            self._wait_for_writer()
            return None
        except OSError as problem:
            raise OrderLogUnreadable("the log of orders cannot be read") from problem
        finally:
            os.close(descriptor)
        self._locked_since = None
        return raw

    def _wait_for_writer(self) -> None:
        now = time.monotonic()
        if self._locked_since is None:
            self._locked_since = now
        if now - self._locked_since > _LOCKED_TOO_LONG_S:
            raise OrderLogUnreadable("a writer holds the log of orders")


class ForceLog:
    """Appends to ``forces.log`` when orders took force; knows which are in it already."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / _FORCES
        self._known = {fields["sequence"] for fields in read_forces(directory)}

    def __contains__(self, sequence: object) -> bool:
        return sequence in self._known

    def append(self, record: OrderRecord, force_us: int, air_us: int) -> None:
        """Note that ``record`` has force from ``force_us`` of court time, aired at ``air_us``."""
        fields = {
            "sequence": record.sequence,
            "order": record.order,
            "court_us": force_us,
            "air_us": air_us,
        }
        with self._path.open("ab") as log:
            log.write(json.dumps(fields).encode() + b"\n")
            log.flush()
            os.fsync(log.fileno())
        self._known.add(record.sequence)


def read_forces(directory: Path) -> list[dict[str, int | str]]:
    """Return what ``forces.log`` tells; a torn line is left out (the worker tells it again)."""
    try:
        raw = (directory / _FORCES).read_bytes()
    except FileNotFoundError:
        return []
    forces = []
    for line in raw.splitlines():
        try:
            fields = json.loads(line)
        except ValueError:
            continue
        if isinstance(fields, dict) and "sequence" in fields:
            forces.append(fields)
    return forces


def court_now_us(directory: Path) -> int:
    """Return court time now for a broadcast, by its recorder's clock where there is one."""
    try:
        spool = json.loads((directory / "worker.json").read_bytes())["spool"]
        return Head.open(Path(spool)).now_us()
    except (OSError, ValueError, KeyError, MediaError):
        return time.time_ns() // 1000


def delay_now_us(directory: Path) -> int:
    """Return how far the public is behind the room; 0 before a broadcast has been on the air."""
    try:
        return int(json.loads((directory / "worker.json").read_bytes())["pieces"][-1]["delay_us"])
    except (OSError, ValueError, KeyError, IndexError, TypeError):
        return 0


def main(arguments: list[str] | None = None) -> int:
    """Give an order from the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m media.orders",
        description="Take something off the air without the server, for instance at the bench.",
    )
    parser.add_argument("directory", type=Path, help="the broadcast's directory")
    parser.add_argument("order", choices=sorted(TAKES_AWAY))
    parser.add_argument(
        "argument", nargs="*", help="what the order is about, as name=value (seconds=20)"
    )
    parser.add_argument("--key", default="", help="same key, same order (default: a new one)")
    parser.add_argument("--by", default="command line")
    options = parser.parse_args(arguments)
    if not options.directory.is_dir():
        sys.stderr.write(f"There is no broadcast at {options.directory}.\n")
        return 2
    key = options.key or uuid.uuid4().hex
    court_us = court_now_us(options.directory)
    args = dict(given.partition("=")[::2] for given in options.argument)
    try:
        record = append_order(options.directory, options.order, court_us, key, options.by, args)
    except ValueError as problem:
        sys.stderr.write(f"The order was not given: {problem}.\n")
        return 2
    except OrderLogUnreadable as problem:
        sys.stderr.write(f"The order was not given: {problem}. The gate is closed.\n")
        return 1
    sys.stdout.write(json.dumps(_fields(record)) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
