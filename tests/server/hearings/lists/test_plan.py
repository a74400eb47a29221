from dataclasses import replace
from datetime import UTC, datetime

from server.hearings.lists.checking import Entry
from server.hearings.lists.plan import Case, Change, digest_of, plan
from server.hearings.model import Hearing

AT = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
ENTRY = Entry(2, "（2026）苏0102刑初1号", "r1", AT, cause="诈骗", parties=(("accused", "张某"),))
HEARING = Hearing(
    "h1",
    "诈骗",
    "",
    ENTRY.case_number,
    "诈骗",
    "c",
    "",
    "",
    "UTC",
    "r1",
    "",
    "",
    AT,
    None,
    "criminal",
)
CASE = {ENTRY.case_number: Case("诈骗", "criminal")}


def test_what_is_not_there_is_added() -> None:
    [step] = plan([ENTRY], {}, {}, {})
    assert (step.act, step.changes, step.parties) == ("add", (), ENTRY.parties)
    new = step.new_hearing()
    assert (new.title, new.nature) == ("诈骗", "criminal")


def test_the_same_list_changes_nothing() -> None:
    [step] = plan([ENTRY], {ENTRY.key: HEARING}, CASE, {"h1": frozenset(ENTRY.parties)})
    assert (step.act, step.hearing, step.parties) == ("same", "h1", ())


def test_what_a_list_does_not_say_stays() -> None:
    bare = Entry(2, ENTRY.case_number, "r1", AT)
    known = replace(HEARING, title="张某诈骗案", judge="j1")
    [step] = plan([bare], {ENTRY.key: known}, CASE, {"h1": frozenset(ENTRY.parties)})
    assert step.act == "same"


def test_another_value_is_shown_as_a_change() -> None:
    other = replace(ENTRY, title="张某案", cause="盗窃", judge="j2")
    [step] = plan([other], {ENTRY.key: HEARING}, CASE, {})
    assert step.act == "change"
    assert step.changes == (
        Change("title", "诈骗", "张某案"),
        Change("judge", "", "j2"),
        Change("cause", "诈骗", "盗窃"),
    )
    assert step.parties == ENTRY.parties


def test_a_new_hearing_of_a_known_case_may_change_the_case() -> None:
    other = replace(ENTRY, courtroom="r2", cause="盗窃")
    [step] = plan([other], {ENTRY.key: HEARING}, CASE, {})
    assert (step.act, step.values) == ("add", {"cause": "盗窃"})


def test_who_confirms_confirms_this_very_plan() -> None:
    plans = [
        plan([ENTRY], {}, {}, {}),
        plan([ENTRY], {ENTRY.key: HEARING}, CASE, {}),
        plan([replace(ENTRY, title="x")], {}, {}, {}),
        plan([], {}, {}, {}),
    ]
    assert len({digest_of(one) for one in plans}) == 4
    assert digest_of(plans[0]) == digest_of(plan([replace(ENTRY, row=9)], {}, {}, {}))
