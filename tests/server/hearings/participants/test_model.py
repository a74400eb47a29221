from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from server.errors import Conflict, Invalid
from server.hearings.participants.model import Logged, Part, Participant, named_in, present

AT = datetime(2026, 11, 20, 1, tzinfo=UTC)
SOMEBODY = Participant("p", "h", Part.WITNESS, "王小明", "王某")
TOLD = Logged("notified", "letter", AT, "", "clerk", AT)


def said(value: str, minutes: int = 0) -> Logged:
    at = AT + timedelta(minutes=minutes)
    return Logged("consent", value, at, "", "clerk", at)


def with_log(*log: Logged) -> Participant:
    return replace(SOMEBODY, log=log)


def test_what_was_said_last_holds() -> None:
    assert (SOMEBODY.told, SOMEBODY.consent, SOMEBODY.objects) == (None, None, False)
    agreed = with_log(TOLD, said("yes"))
    assert (agreed.told, agreed.consent, agreed.objects) == (TOLD, "yes", False)
    withdrawn = with_log(TOLD, said("yes"), said("withdrawn", 1))
    assert withdrawn.objects
    assert not with_log(said("no"), said("yes", 1)).objects


def test_the_public_hears_the_alias() -> None:
    assert SOMEBODY.public_name == "王某"
    assert replace(SOMEBODY, alias="").public_name == "王小明"


def test_who_was_taken_out_does_not_take_part() -> None:
    gone = with_log(TOLD, Logged("removed", "", AT, "another case", "clerk", AT))
    assert present([gone, SOMEBODY]) == [SOMEBODY]
    with pytest.raises(Conflict):
        gone.accept(TOLD)


@pytest.mark.parametrize(
    ("new", "field"),
    [
        (replace(TOLD, value="pigeon"), "value"),
        (replace(TOLD, value=""), "value"),
        (replace(TOLD, kind="consent"), "value"),
        (replace(TOLD, at=AT + timedelta(seconds=1)), "at"),
        (replace(TOLD, kind="removed", value=""), "note"),
    ],
)
def test_what_cannot_be_logged_is_refused(new: Logged, field: str) -> None:
    with pytest.raises(Invalid) as problem:
        SOMEBODY.accept(new)
    assert problem.value.problems[0].field == field


def test_only_a_consent_can_be_withdrawn() -> None:
    with pytest.raises(Conflict):
        SOMEBODY.accept(said("withdrawn"))
    with_log(said("yes")).accept(said("withdrawn", 1))


NAMED = (
    ("王小明", "证人王小明到庭", True),
    ("王小明", "王 小\u200b明", True),
    ("王小明", "王小红到庭", False),
    ("Li Wei", "the witness LI  WEI said", True),
    ("Li Wei", "Ｌｉ Ｗｅｉ", True),
    ("Li", "Lincoln spoke of lithium", False),
    ("Li", "Ms Li.", True),
    ("Li Wei", "证人Li Wei到庭", True),
    ("John Smith Jr.", "John Smith Jr. said", True),
)


@pytest.mark.parametrize(("name", "text", "is_named"), NAMED)
def test_who_has_an_alias_is_found_by_name(name: str, text: str, *, is_named: bool) -> None:
    hidden = Participant("p", "h", Part.WITNESS, name, "A")
    assert (named_in(text, [hidden]) is hidden) is is_named
    assert named_in(text, [replace(hidden, alias="")]) is None
