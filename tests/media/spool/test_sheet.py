"""The sheet is read as it was signed, and not otherwise."""

from __future__ import annotations

from dataclasses import replace

import pytest

from media.errors import SpoolDamaged
from media.spool.gaps import Gap
from media.spool.sheet import (
    WITHOUT_LINKS,
    CameraSheet,
    Interruption,
    PublicDigest,
    Sheet,
    parse_sheet,
    sealed,
)

SHEET = Sheet(
    "room",
    "b1",
    10,
    99,
    (Interruption("recess", 20, 30, 2), Interruption("unfit_mediation", 40, 50, 4)),
    (CameraSheet("judge", 1, 9, 9, "00" * 32, (Gap("video", 60, 70, "unreachable"),), "22" * 32),),
    PublicDigest("11" * 32, 3, 1234),
)


def test_what_is_written_is_read() -> None:
    signed = parse_sheet(sealed(SHEET, "f" * 32, bytes(64)))
    assert signed.sheet == SHEET
    assert (signed.fingerprint, signed.signature) == ("f" * 32, bytes(64))
    assert signed.message == b"tingbo record sheet\n" + SHEET.document()


def test_a_sheet_of_before_the_chain_was_named_is_read_as_it_was_signed() -> None:
    cameras = (replace(SHEET.cameras[0], link=""),)
    old = replace(SHEET, cameras=cameras, format=WITHOUT_LINKS)
    raw = sealed(old, "f" * 32, bytes(64))
    assert b"link" not in raw
    assert parse_sheet(raw).sheet == old
    with pytest.raises(SpoolDamaged):
        parse_sheet(raw.replace(b"sheet 2", b"sheet 3"))


def test_nothing_else_is_a_sheet() -> None:
    raw = sealed(SHEET, "f" * 32, bytes(64))
    for wrong in (
        b"",
        raw[:-1],
        raw + b"x",
        raw.replace(b'"recess"', b'"lunch"'),
        raw.replace(b"sheet 3", b"sheet 4"),
        raw.replace(b'"order":2', b'"order": 2'),
        raw.replace(b"signed", b"Signed"),
        b"[]\nsigned f 00\n",
    ):
        with pytest.raises(SpoolDamaged):
            parse_sheet(wrong)
