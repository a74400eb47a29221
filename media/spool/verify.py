"""Checks a court's record as a stranger can: offline, with the public key, without decryption keys.

``python -m media.spool.verify PATH`` where PATH is a courtroom's spool (or a copy of it). Exit
status 0: everything is as it was sealed; 1: something is not; 2: nothing could be checked. Needs
the standard library and ``cryptography`` only. The format is told in ``docs/record-format.md``.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from media.errors import SpoolDamaged
from media.proof.tree import merkle_root
from media.spool.fronts import facts
from media.spool.gaps import gaps
from media.spool.listing import digest_of
from media.spool.places import PUBLIC_KEY, RECORD_SHEET, SHEETS, camera_names, volume_path
from media.spool.sheet import CameraSheet, SignedSheet, camera_sheet, in_range, parse_sheet
from media.spool.signature import fingerprint_of, is_signed, read_public_key
from media.spool.verification import CameraReport, Finding, check_camera, volumes_of


def read_keys(paths: Sequence[Path]) -> dict[str, Ed25519PublicKey]:
    """Return public keys by fingerprint; raises ``OSError`` or ``ValueError``."""
    keys = [read_public_key(path.read_bytes()) for path in paths]
    return {fingerprint_of(key): key for key in keys}


def check_sheet(
    path: Path, reports: dict[str, CameraReport], keys: dict[str, Ed25519PublicKey], spool: Path
) -> list[Finding]:
    """Compare a signed sheet with what the record holds."""
    try:
        signed = parse_sheet(path.read_bytes())
    except SpoolDamaged as problem:
        return [Finding(str(problem), file=path.name)]
    key = keys.get(signed.fingerprint)
    if key is None or not is_signed(key, signed.signature, signed.message):
        return [Finding("the sheet's signature is not the court's", file=path.name)]
    return [
        finding
        for told in signed.sheet.cameras
        for finding in _compare(path.name, signed, told, reports.get(told.camera), spool)
    ]


def _compare(
    name: str, signed: SignedSheet, told: CameraSheet, report: CameraReport | None, spool: Path
) -> list[Finding]:
    if report is None:
        return [Finding("a camera of the sheet is missing", told.camera, name)]
    sheet = signed.sheet
    # What is under the root was there when the sheet was signed; later chunks belong to no sheet.
    pieces = [
        piece
        for piece in in_range(report.pieces, sheet.from_us, sheet.to_us)
        if piece.sequence <= told.last
    ]
    holes = gaps(facts(spool / told.camera, sheet.from_us, sheet.to_us), sheet.from_us, sheet.to_us)
    held = camera_sheet(told.camera, pieces, holes)
    if held.root != told.root:
        return [Finding("the record is not what the sheet was signed for", told.camera, name)]
    if told.link and held.link != told.link:
        return [Finding("the sheet names another chain of seals", told.camera, name)]
    if held.gaps != told.gaps:
        return [Finding("the record has other gaps than the sheet", told.camera, name)]
    return []


def verify(path: Path, key_files: Sequence[Path], public: Sequence[Path] = ()) -> dict[str, Any]:
    """Check a courtroom's spool; return the report as plain data. Raises ``OSError``.

    ``public`` are directories of broadcasts whose public recording is checked, too.
    """
    keys = read_keys(key_files or [path / PUBLIC_KEY])
    names = camera_names(path)
    if not names:
        raise FileNotFoundError(2, "no camera's record lies there", str(path))
    reports = {name: check_camera(path / name, keys) for name in names}
    findings = [finding for report in reports.values() for finding in report.findings]
    sheets = sorted((path / SHEETS).glob("*.sheet"))
    for sheet in sheets:
        findings += check_sheet(sheet, reports, keys, path)
    for directory in public:
        findings += check_public(directory, path)
    notes = [f"{name}: {note}" for name, report in reports.items() for note in report.notes]
    if not key_files:
        notes.insert(0, "checked with the key beside the record: compare its fingerprint")
    return _told(reports, keys, [sheet.name for sheet in sheets], findings, notes)


def verify_hearing(
    spool: Path, directory: Path, public_key: bytes, on_read: Callable[[int, int], None]
) -> dict[str, Any]:
    """Check one broadcast's record, sheet and public recording with the court's key (PEM).

    Returns what ``verify`` does. Only volumes that the hearing may be in are read; ``on_read``
    hears how many bytes of them have been, and how many there are. Raises ``OSError``.
    """
    key = read_public_key(public_key)
    keys = {fingerprint_of(key): key}
    path = directory / RECORD_SHEET
    try:
        sheet = parse_sheet(path.read_bytes()).sheet
    except SpoolDamaged as problem:  # it would say which hours are to be checked
        return _told({}, keys, [], [Finding(str(problem), file=path.name)], [])
    volumes = {
        one.camera: volumes_of(spool / one.camera, sheet.from_us, sheet.to_us)
        for one in sheet.cameras
    }
    size = sum(
        volume.stat().st_size
        for camera, numbers in volumes.items()
        for number in numbers
        if (volume := volume_path(spool / camera, number)).exists()
    )
    count = 0

    def read(piece: int) -> None:
        nonlocal count
        count += piece
        on_read(count, size)

    reports = {
        camera: check_camera(spool / camera, keys, numbers, read)
        for camera, numbers in volumes.items()
    }
    findings = [finding for report in reports.values() for finding in report.findings]
    findings += check_sheet(path, reports, keys, spool)
    findings += check_public(directory, spool)
    notes = [f"{name}: {note}" for name, report in reports.items() for note in report.notes]
    return _told(reports, keys, [f"{sheet.broadcast}.sheet"], findings, notes)


def _told(
    reports: dict[str, CameraReport],
    keys: dict[str, Ed25519PublicKey],
    sheets: list[str],
    findings: list[Finding],
    notes: list[str],
) -> dict[str, Any]:
    return {
        "ok": not findings,
        "keys": sorted(keys),
        "cameras": [_summary(report) for report in reports.values()],
        "sheets": sheets,
        "findings": [_plain(finding) for finding in findings],
        "notes": notes,
    }


def check_public(directory: Path, spool: Path) -> list[Finding]:
    """Compare a broadcast's public recording with the sheet, and the sheet with the record's."""
    path = directory / RECORD_SHEET
    raw = path.read_bytes()
    try:
        sheet = parse_sheet(raw).sheet
        ours = (spool / SHEETS / f"{sheet.broadcast}.sheet").read_bytes()
    except SpoolDamaged as problem:
        return [Finding(str(problem), file=str(path))]
    except OSError:
        return [Finding("the record has no sheet for this public recording", file=str(path))]
    if ours != raw:
        return [Finding("not the sheet that lies with the record", file=str(path))]
    if digest_of(directory / "public") != sheet.public:
        return [Finding("the public recording is not what the sheet names", file=str(path))]
    return []


def _summary(report: CameraReport) -> dict[str, Any]:
    pieces = [piece for piece in report.pieces if not piece.is_end]
    return {
        "camera": report.camera,
        "volumes": report.volumes,
        "chunks": len(pieces),
        "bytes": report.size,
        "from": _time(min((piece.from_us for piece in pieces if piece.from_us), default=0)),
        "to": _time(max((piece.to_us for piece in pieces), default=0)),
        "root": merkle_root(piece.digest for piece in pieces).hex(),
        "sealed_after_crash": sum(piece.is_recovered for piece in pieces),
    }


def _plain(finding: Finding) -> dict[str, Any]:
    fields = dataclasses.asdict(finding)
    return {**fields, "court_time": _time(fields.pop("court_us"))}


def _time(court_us: int) -> str:
    if not court_us:
        return ""
    return datetime.fromtimestamp(court_us / 1_000_000, UTC).isoformat(timespec="milliseconds")


def in_words(result: dict[str, Any]) -> str:
    """Return the report for a reader."""
    lines = [f"key {key}" for key in result["keys"]]
    for one in result["cameras"]:
        lines.append(
            f"camera {one['camera']}: {one['volumes']} volumes, {one['chunks']} chunks,"
            f" {one['bytes']} bytes, {one['from']} to {one['to']}"
        )
        lines.append(f"  root {one['root']}")
        if one["sealed_after_crash"]:
            lines.append(f"  {one['sealed_after_crash']} chunks were sealed after a crash")
    lines += [f"sheet {name}" for name in result["sheets"]]
    lines += [f"note: {note}" for note in result["notes"]]
    for one in result["findings"]:
        where = f"camera {one['camera']}, " if one["camera"] else ""
        offset = f", offset {one['offset']}" if one["offset"] else ""
        time = f", {one['court_time']}" if one["court_time"] else ""
        lines.append(f"NOT WHOLE: {where}{one['file']}{offset}{time}: {one['what']}")
    lines.append("The record is as it was sealed." if result["ok"] else "The record is NOT whole.")
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    """Check what the command line names."""
    parser = argparse.ArgumentParser(
        prog="python -m media.spool.verify",
        description="Check a court's record offline, without decryption keys.",
    )
    parser.add_argument("path", type=Path, help="a courtroom's spool")
    parser.add_argument(
        "--key",
        type=Path,
        action="append",
        default=[],
        metavar="PEM",
        help="the court's public key, got from the court itself (default: PATH/record.pub)",
    )
    parser.add_argument(
        "--public",
        type=Path,
        action="append",
        default=[],
        metavar="DIR",
        help="the directory of a broadcast, with its record.sheet and public recording",
    )
    parser.add_argument("--json", action="store_true", help="print the report as JSON")
    asked = parser.parse_args(arguments)
    try:
        result = verify(asked.path, asked.key, asked.public)
    except (OSError, ValueError) as problem:
        sys.stderr.write(f"Nothing could be checked: {problem}\n")
        return 2
    if asked.json:
        sys.stdout.write(json.dumps(result, ensure_ascii=False, indent=2) + "\n")
    else:
        sys.stdout.write(in_words(result))
    return 0 if result["ok"] else 1


if __name__ == "__main__":
    sys.exit(main())
