"""A stranger checks a record: nothing can be changed anywhere without being found and placed."""

from __future__ import annotations

import json
import random
import shutil
import struct
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest

from media.spool import record as form
from media.spool.head import Head
from media.spool.log import SpoolWriter
from media.spool.places import seal_path, volume_path
from media.spool.signature import CourtKey
from media.spool.verify import main, verify
from tests.media.spool import recorded

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("record") / "room"
    recorded.record(directory)
    recorded.sign(directory)
    return directory


@pytest.fixture
def copy(original: Path, tmp_path: Path) -> Path:
    """Return a copy as a stranger gets it: without any decryption key."""
    wanted = shutil.ignore_patterns("keys", "*.keys", "head")
    return Path(shutil.copytree(original, tmp_path / "copy", ignore=wanted))


def sealed_files(directory: Path) -> list[Path]:
    return sorted(
        path for path in directory.rglob("*") if path.suffix in {".spool", ".seal", ".sheet"}
    )


def test_a_whole_record_is_found_whole_without_keys(copy: Path, original: Path) -> None:
    result = verify(copy, [original / "record.pub"])
    assert result["ok"]
    assert result["notes"] == []
    assert [one["camera"] for one in result["cameras"]] == ["judge", "witness"]
    assert [one["volumes"] for one in result["cameras"]] == [3, 2]
    assert result["sheets"] == ["b1.sheet"]
    volumes = sum(path.stat().st_size for path in copy.rglob("*.spool"))
    assert sum(one["bytes"] for one in result["cameras"]) == volumes


def test_one_flipped_bit_anywhere_is_found_and_placed(copy: Path) -> None:
    chance = random.Random(20261126)  # noqa: S311
    for path in sealed_files(copy):
        raw = path.read_bytes()
        for _ in range(20):
            bit = chance.randrange(len(raw) * 8)
            changed = bytearray(raw)
            changed[bit // 8] ^= 1 << bit % 8
            path.write_bytes(changed)
            result = verify(copy, [])
            assert not result["ok"], (path, bit)
            assert path.name in {one["file"] for one in result["findings"]}, (path, bit)
            if path.suffix == ".spool":
                placed = next(one for one in result["findings"] if one["file"] == path.name)
                assert placed["offset"] <= bit // 8
                assert placed["camera"] == path.parent.name
        path.write_bytes(raw)
    assert verify(copy, [])["ok"]


def test_a_changed_picture_is_placed_to_the_frame(copy: Path) -> None:
    path = volume_path(copy / "judge", 1)
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.write_bytes(raw)
    [finding] = verify(copy, [])["findings"]
    assert finding["what"] == "this frame was changed"
    assert len(raw) // 2 - 300 < finding["offset"] <= len(raw) // 2
    at_s = datetime.fromisoformat(finding["court_time"]).timestamp() - recorded.T0 / 1_000_000
    assert at_s == pytest.approx(2, abs=0.2)  # in the middle of four seconds


@pytest.mark.parametrize("gone", ["00000002.spool", "00000002.seal", "00000003.spool"])
def test_what_is_missing_is_found(copy: Path, gone: str) -> None:
    (copy / "judge" / gone).unlink()
    assert gone in {one["file"] for one in verify(copy, [])["findings"]}


def test_a_record_that_was_cut_short_is_found_by_its_sheet(copy: Path) -> None:
    volume_path(copy / "judge", 3).unlink()
    seal_path(copy / "judge", 3).unlink()
    found = verify(copy, [])["findings"]
    assert [one["file"] for one in found] == ["b1.sheet"]


def test_a_record_that_somebody_else_sealed_is_found(copy: Path, tmp_path: Path) -> None:
    other = tmp_path / "forged"
    recorded.record(other)
    result = verify(other, [copy / "record.pub"])
    assert {one["what"] for one in result["findings"]} == {
        f"signed with another key: {CourtKey.of_spool(other).fingerprint}"
    }


def test_a_live_record_is_whole_so_far(tmp_path: Path) -> None:
    with Head.create(tmp_path) as head:
        writer = SpoolWriter(tmp_path, "judge", head)
        for number in range(130):
            writer.append(recorded.picture(number))
        result = verify(tmp_path, [])
        while "not sealed yet" not in "".join(result["notes"]):
            result = verify(tmp_path, [])
        assert result["ok"], result["findings"]
        writer.close()
        assert verify(tmp_path, [])["cameras"][0]["chunks"] == 6


@pytest.mark.parametrize("begun", [None, "", "volume 2 jud"])
def test_a_volume_whose_seal_has_not_begun_is_whole_so_far(
    tmp_path: Path, begun: str | None
) -> None:
    room = tmp_path / "room"
    with Head.create(room) as head:
        writer = SpoolWriter(room, "judge", head)
        for number in range(130):
            writer.append(recorded.picture(number))
        shutil.copytree(room, tmp_path / "copy")
        writer.close()
    seal = seal_path(tmp_path / "copy" / "judge", 1)
    if begun is None:
        seal.unlink(missing_ok=True)
    else:
        seal.write_text(begun)
    result = verify(tmp_path / "copy", [room / "record.pub"])
    assert result["ok"], result["findings"]
    assert "not sealed yet" in "".join(result["notes"])


@pytest.mark.parametrize("left", [None, "", "volume 2 jud"])
def test_a_closed_volume_without_its_seal_is_found(copy: Path, left: str | None) -> None:
    seal = seal_path(copy / "judge", 3)
    if left is None:
        seal.unlink()
    else:
        seal.write_text(left)
    assert seal.name in {one["file"] for one in verify(copy, [])["findings"]}


def test_volumes_of_the_older_format_are_told(tmp_path: Path) -> None:
    (tmp_path / "judge").mkdir()
    front = struct.pack("<8sBBHIQ", form.VOLUME_MAGIC, 1, 0, 0, 0, 1)
    volume_path(tmp_path / "judge", 1).write_bytes(form.frame(form.Kind.VOLUME, 1, front))
    recorded.record(tmp_path)
    result = verify(tmp_path, [])
    assert result["ok"], result["findings"]
    assert "00000001.spool: format 1, never sealed" in "".join(result["notes"])


def test_the_command_tells_by_words_json_and_status(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = [sys.executable, "-m", "media.spool.verify", "--json", str(copy)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["ok"]
    path = seal_path(copy / "witness", 2)
    path.write_bytes(path.read_bytes().replace(b"chunk 6", b"chunk 7"))
    assert main([str(copy)]) == 1
    told = capsys.readouterr().out
    assert "NOT WHOLE: camera witness, 00000002.seal" in told
    assert told.endswith("The record is NOT whole.\n")
    assert main([str(copy / "nothing")]) == 2


def test_the_verifier_needs_the_standard_library_and_cryptography_only() -> None:
    code = (
        "import sys, media.spool.verify\n"
        "print(sorted(m for m in sys.modules if '.' not in m and m[0] != '_'"
        " and m not in sys.stdlib_module_names))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True)
    assert done.stdout.decode().strip() == "['cryptography', 'media']"
