"""The profiles that come with the service say what their jurisdiction asks."""

from __future__ import annotations

import pytest

from server.approvals.library import Library

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
