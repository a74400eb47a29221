"""The profiles that come with the service say what their jurisdiction asks."""

from __future__ import annotations

import pytest

from server.approvals.library import Library
from server.approvals.phrases import policy_words
from server.approvals.policy import Place, Publicity
from server.translation import LANGUAGES

POLICIES = {name: known.rules for name, known in Library.read().policies.items()}


def test_every_jurisdiction_has_its_profile() -> None:
    assert set(POLICIES) == {
        "cn-default", "cn-at-once", "uk-crown-sentencing", "icc", "in-high-court", "us-wi",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "chosen_ms", "least_ms"),
    [
        ("cn-default", None, 60_000),
        ("cn-default", 0, 0),
        ("cn-default", 20_000, 20_000),
        ("uk-crown-sentencing", 0, 10_000),
        ("icc", 60_000, 1_800_000),
        ("in-high-court", None, 600_000),
        ("us-wi", None, 30_000),
    ],
)
def test_a_court_chooses_its_delay_above_the_least(
    name: str, chosen_ms: int | None, least_ms: int
) -> None:
    assert POLICIES[name].least_delay_ms(chosen_ms) == least_ms


def test_the_upper_court_signs_what_is_flagged() -> None:
    policy = POLICIES["cn-default"]
    plain = [one.role for one in policy.chain(frozenset())]
    assert plain == ["division_head", "trial_management", "vice_president"]
    flagged = [one.role for one in policy.chain(frozenset({"upper_court"}))]
    assert flagged == [*plain, "upper_court"]


def test_what_is_not_demanded_is_not_asked() -> None:
    library = Library.read()
    for name, asked in (("cn-default", True), ("uk-crown-sentencing", False)):
        policy = POLICIES[name]
        checklist = library.checklist_of(policy).rules
        codes = {one.code for one in checklist.asked(policy.demands)}
        assert bool(checklist.codes_of("notice") & codes) is asked


def test_foreign_courts_publish_no_figures_of_viewers() -> None:
    silent = {name for name, its in POLICIES.items() if not its.statistics_public}
    assert silent == {"uk-crown-sentencing", "icc", "in-high-court", "us-wi"}


def test_the_public_gets_what_the_policy_of_the_courtroom_says() -> None:
    rooms = frozenset({"r1"})
    known = Publicity({"c1": (POLICIES["icc"], rooms), "c2": (None, None)})
    told = {
        (court, room): (known.is_silent(Place(court, room)), known.downloads(Place(court, room)))
        for court, room in (("c1", "r1"), ("c1", "r2"), ("c2", "r3"), ("c3", "r4"))
    }
    assert told == {
        ("c1", "r1"): (True, "licence"),
        ("c1", "r2"): (False, "off"),  # the policy does not hold there yet
        ("c2", "r3"): (True, "off"),  # it holds, and cannot be read
        ("c3", "r4"): (False, "off"),  # there is none
    }
    assert Publicity(None).is_silent(Place("c3", "r4"))  # nothing is known yet


def test_an_old_broadcast_goes_by_the_policy_that_it_began_under() -> None:
    now, then = POLICIES["icc"], POLICIES["cn-default"]
    known = Publicity({"c": (now, None)}, {"d1": then, "d2": None})
    told = {
        policy: (known.is_silent(Place("c", "r", policy)), known.downloads(Place("c", "r", policy)))
        for policy in ("d1", "d2", "d3", "", None)
    }
    assert told == {
        "d1": (False, "off"),
        "d2": (True, "off"),  # it is kept, and cannot be read any more
        "d3": (True, "off"),  # it is not there: nothing is given out
        "": (False, "off"),  # a pilot ran
        None: (True, "licence"),  # it was not kept: what holds now
    }


@pytest.mark.parametrize("name", sorted(POLICIES))
def test_a_policy_is_told_in_words(name: str) -> None:
    for language in LANGUAGES:
        words = policy_words(POLICIES[name], language)
        assert len(set(words)) == len(words)
    assert policy_words(POLICIES[name], "en") != policy_words(POLICIES[name], "zh-CN")
