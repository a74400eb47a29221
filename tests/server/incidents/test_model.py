"""What an incident form must say, and who may sign it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from server.errors import Conflict, Forbidden, Invalid
from server.incidents.model import KIND_WORDS, Account, Incident, Kind, accepted

AT = datetime(2026, 11, 26, 6, 0, tzinfo=UTC)
ACCOUNT = Account(Kind.CUT, AT, AT + timedelta(seconds=9), " cut ", "Judge Jin", "spoke on")
FORM = Incident("i", "b", "order:3", ACCOUNT, "tom", AT, None, None)


def test_blanks_around_a_text_are_left_out() -> None:
    assert accepted(ACCOUNT).what == "cut"


@pytest.mark.parametrize(
    "wrong", [replace(ACCOUNT, what="  "), replace(ACCOUNT, until=AT - timedelta(seconds=1))]
)
def test_what_tells_nothing_is_refused(wrong: Account) -> None:
    with pytest.raises(Invalid):
        accepted(wrong)


def test_the_judge_signs_what_somebody_else_explained_in_full() -> None:
    FORM.must_be_signable_by("jin")
    with pytest.raises(Forbidden):
        FORM.must_be_signable_by("tom")
    for lacking in (replace(ACCOUNT, measures=""), replace(ACCOUNT, decided="")):
        with pytest.raises(Conflict):
            replace(FORM, account=lacking).must_be_signable_by("jin")


def test_a_signed_form_stays() -> None:
    signed = replace(FORM, signed_by="jin", signed_at=AT)
    with pytest.raises(Conflict):
        signed.must_be_open()
    with pytest.raises(Conflict):
        signed.must_be_signable_by("another judge")


def test_every_kind_has_its_words() -> None:
    assert KIND_WORDS.keys() == set(Kind)
