"""The log after a kill, a torn write and a full disk."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from media.errors import SpoolDamaged, SpoolFull
from media.spool.head import Head
from media.spool.log import SpoolWriter
from media.spool.places import volume_numbers, volume_path
from media.spool.reader import SpoolReader
from media.spool.record import END_SIZE, Interruption, Kind, Packet
from media.spool.recovery import Recovered, recover, scan
from media.spool.signature import CourtKey
from media.spool.verify import verify
from media.spool.volume import Volume

FOREVER = 1 << 62

_WRITER = """
import sys, time
from pathlib import Path
from media.spool.head import Head
from media.spool.log import SpoolWriter
from media.spool.record import Packet
head = Head.create(Path(sys.argv[1]))
writer = SpoolWriter(Path(sys.argv[1]), "judge", head, volume_us=50_000)
number = int(sys.argv[2])
while True:
    now = head.now_us()
    payload = number.to_bytes(8, "big") + bytes(number % 5000)
    writer.append(Packet("video", now, now, now, 40_000, number % 25 == 0, payload))
    sys.stdout.buffer.write(number.to_bytes(8, "big"))
    sys.stdout.buffer.flush()
    number += 1
"""


def chunks(path: Path) -> int:
    """Return how many chunks a volume has, each with a key of its own."""
    count = at = 0
    with closing(Volume(path, 1)) as volume:
        while (place := volume.frame(at, volume.size())) is not None:
            count += place.head.kind == Kind.CHUNK
            at += place.head.size
    return count


def packet(number: int, size: int = 100) -> Packet:
    at = 1_800_000_000_000_000 + number * 40_000
    return Packet("video", at, at, at, 40_000, number % 25 == 0, number.to_bytes(8, "big") * size)


def test_nothing_that_was_complete_is_lost_by_a_kill(tmp_path: Path) -> None:
    number = 0
    for until in (30, 211, 77, 160):
        process = subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(tmp_path), str(number)],
            stdout=subprocess.PIPE,
            cwd=Path(__file__).parents[3],
        )
        assert process.stdout is not None
        for _ in range(until):
            number = int.from_bytes(process.stdout.read(8), "big") + 1
        process.send_signal(signal.SIGKILL)
        rest = process.stdout.read()
        process.stdout.close()
        process.wait()
        if len(rest) >= 8:
            number = int.from_bytes(rest[len(rest) // 8 * 8 - 8 : len(rest) // 8 * 8], "big") + 1
        recovered(tmp_path)
        number = max(number, read_numbers(tmp_path)[-1] + 1)
    numbers = read_numbers(tmp_path)
    assert numbers == list(range(number))
    assert len(volume_numbers(tmp_path / "judge")) >= 4
    result = verify(tmp_path, [])
    assert result["ok"], result["findings"]
    assert result["cameras"][0]["sealed_after_crash"]


def recovered(directory: Path) -> Recovered:
    """As the next recorder does before it begins."""
    return recover(directory / "judge", CourtKey.of_spool(directory))


def read_numbers(directory: Path) -> list[int]:
    with SpoolReader(directory, "judge") as reader:
        # as a stranger reads it: what lies on the disk, without the recorder's head
        (directory / "head").rename(directory / "head.away")
        records = reader.read(FOREVER, 1_000_000)
        (directory / "head.away").rename(directory / "head")
        assert reader.damaged == 0
    return [int.from_bytes(r.payload[:8], "big") for r in records if isinstance(r, Packet)]


@pytest.mark.parametrize("torn", [1, 23, 24, 60, 700])
def test_a_torn_tail_is_cut_and_the_rest_kept(tmp_path: Path, torn: int) -> None:
    with Head.create(tmp_path) as head:
        writer = SpoolWriter(tmp_path, "judge", head)
        for number in range(100):
            writer.append(packet(number))
        path = volume_path(tmp_path / "judge", 1)
        whole = path.stat().st_size
        os.truncate(path, whole - torn)
        recovered(tmp_path)
        assert scan(path).closed
        assert whole - torn - 1000 < scan(path).end - END_SIZE <= whole - torn
        again = SpoolWriter(tmp_path, "judge", head)
        again.append(packet(200))
        with SpoolReader(tmp_path, "judge") as reader:
            got = [r for r in reader.read(FOREVER, 1000) if isinstance(r, Packet)]
        assert got == [*(packet(number) for number in range(99)), packet(200)]
        again.close()


def test_pages_that_were_lost_in_the_middle_do_not_cost_what_follows(tmp_path: Path) -> None:
    with Head.create(tmp_path) as head:
        writer = SpoolWriter(tmp_path, "judge", head)
        for number in range(200):
            writer.append(packet(number))
        path = volume_path(tmp_path / "judge", 1)
        raw = bytearray(path.read_bytes())
        raw[40_000:44_096] = bytes(4096)
        path.write_bytes(raw)
        recovered(tmp_path)
        assert path.stat().st_size > len(raw)  # closed, nothing cut
        with SpoolReader(tmp_path, "judge", head) as reader:
            got = [r for r in reader.read(FOREVER, 1000) if isinstance(r, Packet)]
        assert got[-1] == packet(199)
        assert len(got) > 170
        writer.close()


def test_a_full_disk_tears_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Head.create(tmp_path) as head:
        writer = SpoolWriter(tmp_path, "judge", head)
        writer.append(packet(0))
        real = os.write
        budget = [1000]

        def scarce(descriptor: int, data: bytes) -> int:
            if not budget[0]:
                raise OSError(28, "No space left on device")
            written = real(descriptor, data[: budget[0]])
            budget[0] -= written
            return written

        monkeypatch.setattr(os, "write", scarce)
        writer.append(packet(1))
        with pytest.raises(SpoolFull, match="No space"):
            writer.append(packet(2))
        monkeypatch.undo()
        writer.append(packet(3))
        writer.close()
        with SpoolReader(tmp_path, "judge") as reader:
            told = Interruption(None, packet(3).court_us, "disk_full")
            assert reader.read(FOREVER) == [packet(0), packet(1), told, packet(3)]
            assert reader.damaged == 0
    # What was refused may lie on the disk: its chunk's key must not encrypt anything else there.
    assert chunks(volume_path(tmp_path / "judge", 1)) == 2


_FULL = """
import resource, signal, sys
from pathlib import Path
from media.errors import SpoolFull
from media.spool.head import Head
from media.spool.log import SpoolWriter
from tests.media.spool.recorded import picture
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, -1))
with Head.create(Path(sys.argv[1])) as head:
    writer = SpoolWriter(Path(sys.argv[1]), "judge", head)
    taken = []
    for number in range(1000):
        if number == 600:
            resource.setrlimit(resource.RLIMIT_FSIZE, (-1, -1))
        try:
            writer.append(picture(number, number % 700))
            taken.append(number)
        except SpoolFull:
            pass
    writer.close()
print(*taken)
"""


def test_a_real_system_that_takes_no_more_costs_only_what_it_did_not_take(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _FULL, str(tmp_path)],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        check=True,
    )
    taken = [int(number) for number in done.stdout.split()]
    assert 100 < len(taken) < 900
    assert taken[-1] == 999
    assert read_numbers(tmp_path) == taken
    result = verify(tmp_path, [])
    assert result["ok"], result["findings"]


def test_volumes_begin_with_key_frames(tmp_path: Path) -> None:
    with Head.create(tmp_path) as head:
        writer = SpoolWriter(tmp_path, "judge", head, volume_bytes=60_000)
        for number in range(300):
            writer.append(packet(number))
        writer.close()
        numbers = volume_numbers(tmp_path / "judge")
        assert len(numbers) > 2
        with SpoolReader(tmp_path, "judge") as reader:
            assert len(reader.read(FOREVER, 1000)) == 300
            for number in range(0, 300, 25):
                assert reader.seek(packet(number).court_us) == packet(number).court_us


def test_a_spool_has_one_recorder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("media.spool.head._BUSY_SECONDS", 0.1)
    with Head.create(tmp_path), pytest.raises(SpoolDamaged, match="another recorder"):
        Head.create(tmp_path)
