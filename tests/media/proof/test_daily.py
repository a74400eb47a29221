"""A court's days hold together, and a day that is missing, changed or forged is seen."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from media.proof.daily import (
    CHAIN_BEGINNING,
    SIGNED_DAY,
    DailyRoot,
    check_days,
    link_of,
    read_daily,
)
from media.proof.signed import SignedLine, sealed_line

FIRST = date(2026, 12, 29)


def signature(document: bytes) -> bytes:
    return (b"by the court " + SIGNED_DAY + document)[:64].ljust(64, b".")


def is_signed(signed: SignedLine, message: bytes) -> bool:
    return signed.signature == (b"by the court " + message)[:64].ljust(64, b".")


def sealed(root: DailyRoot) -> bytes:
    return sealed_line(root.document(), "f" * 32, signature(root.document()))


def days(count: int) -> list[bytes]:
    """Days over the year's end."""
    files: list[bytes] = []
    for number in range(count):
        day = (FIRST + timedelta(days=number)).isoformat()
        previous = link_of(files[-1]) if files else CHAIN_BEGINNING
        root = DailyRoot("c1", day, "Asia/Shanghai", number, f"{number:064x}", previous, "00")
        files.append(sealed(root))
    return files


def found(files: list[bytes]) -> list[tuple[int, str]]:
    return [(one.place, one.what) for one in check_days(files, is_signed)]


def test_days_hold_together_over_the_years_end() -> None:
    files = days(6)
    assert found(files) == []
    assert read_daily(files[3])[0].day == "2027-01-01"
    assert found(files[2:]) == []  # from any day on


def test_a_missing_day_is_seen() -> None:
    files = days(6)
    assert found([*files[:2], *files[3:]]) == [
        (2, "the day before is not 2026-12-30"),
        (2, "it does not follow the day before it"),
    ]


def test_a_day_that_was_changed_is_seen_even_if_it_is_signed_again() -> None:
    files = days(4)
    root, _ = read_daily(files[1])
    files[1] = sealed(replace(root, root="ab" * 32))
    assert found(files) == [(2, "it does not follow the day before it")]
    files = days(4)
    files[1] = files[1].replace(b'"entries":1', b'"entries":7')
    assert (1, "the signature is not the court's") not in found(days(4))
    assert found(files)[-1] == (2, "it does not follow the day before it")


def test_another_courts_day_is_seen() -> None:
    files = days(2)
    root, _ = read_daily(files[1])
    assert found([files[0], sealed(replace(root, court="c2"))]) == [(1, "it is another court's")]


@pytest.mark.parametrize(
    "raw",
    [b"", b"{}\nsigned f 00\n", b"[]\nsigned f 00\n", b"\xff\nsigned \xff 00\n", b"{}\nsigned f\n"],
)
def test_what_is_no_day_is_told_and_the_rest_is_checked(raw: bytes) -> None:
    files = days(3)
    [(place, what)] = found([files[0], raw, files[2]])
    assert place == 1
    assert what.startswith("it cannot be read")
