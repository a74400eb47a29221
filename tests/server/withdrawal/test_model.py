"""What the public log tells of withdrawals and corrections."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from server.reports.model import Photo, Post, PostState, Revision
from server.withdrawal.model import concerns, corrections, mentions
from server.withdrawn.model import Kind, Reason, Withdrawal

AT = datetime(2026, 11, 26, 6, 0, tzinfo=UTC)
LATER = AT + timedelta(minutes=5)
POST = Post(
    id="p",
    broadcast="b",
    number=1,
    role="witness",
    speaker="",
    phase=None,
    body="said",
    court_time=AT,
    created_at=AT,
    public_at=AT,
    state=PostState.CORRECTED,
    author="cleo",
    client_key="k",
    photos=(Photo("a.jpg", "the witness Li Lei", "", 8, 6),),
    history=(Revision(1, "corrected", "witness", "", "sad", "misheard", LATER),),
)


def withdrawal(kind: Kind, target: str = "") -> Withdrawal:
    return Withdrawal("w", "b", kind, Reason.MINOR, LATER, "jin", "secret note", target=target)


def test_a_correction_and_a_withdrawal_stand_in_one_log() -> None:
    log = corrections([withdrawal(Kind.PHOTO, "a.jpg")], [POST], LATER)
    assert {(one.act, one.kind, one.reason, one.since) for one in log} == {
        ("withdrawn", Kind.PHOTO, Reason.MINOR, AT),
        ("corrected", Kind.POST, None, AT),
    }
    assert "secret note" not in str(log)


def test_what_nobody_has_read_was_not_corrected() -> None:
    assert corrections([], [POST], AT - timedelta(seconds=1)) == []


def test_what_a_withdrawal_concerns() -> None:
    assert mentions(POST, "li lei")
    assert not mentions(POST, "Han Meimei")
    for kind, target in ((Kind.POST, "p"), (Kind.PHOTO, "a.jpg"), (Kind.NAME, "LI LEI")):
        assert concerns(withdrawal(kind, target), POST)
        assert not concerns(withdrawal(kind, "other"), POST)
