"""Who may decide about a replay, and what a policy makes of one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest

from server.approvals.policy import Replay, ReplayPlan
from server.broadcasts.model import Broadcast
from server.broadcasts.state import State
from server.errors import Conflict, Forbidden, Invalid
from server.releases.model import must_be_later, must_be_reviewable, must_refuse_with_reason

ENDED = datetime(2026, 11, 26, 6, 0, tzinfo=UTC)
HELD = Broadcast(
    id="b",
    hearing=cast("Any", SimpleNamespace()),
    has_video=True,
    has_report=True,
    delay_ms=0,
    layout="single",
    cameras=(),
    state=State.ENDED,
    replay="held",
    started_at=ENDED,
    ended_at=ENDED,
)


@pytest.mark.parametrize(
    ("rule", "plan"),
    [
        ({"release": "never"}, ReplayPlan("none")),
        ({"release": "after_review", "lifetime_days": 30}, ReplayPlan("held")),
        ({"release": "as_redacted"}, ReplayPlan("held")),
        ({"release": "at_once"}, ReplayPlan("public")),
        (
            {"release": "at_once", "lifetime_days": 30},
            ReplayPlan("public", until=ENDED + timedelta(days=30)),
        ),
        (
            {"release": "at_once", "after_hours": 72},
            ReplayPlan("held", due=ENDED + timedelta(hours=72)),
        ),
    ],
)
def test_a_policy_says_what_becomes_of_a_replay(rule: dict[str, Any], plan: ReplayPlan) -> None:
    assert Replay.model_validate(rule).plan(ENDED) == plan


def test_the_reviewer_took_no_part() -> None:
    must_be_reviewable(HELD, "rui", {"tom", "cleo"})
    with pytest.raises(Forbidden):
        must_be_reviewable(HELD, "tom", {"tom", "cleo"})
    for other in (replace(HELD, replay="public"), replace(HELD, state=State.LIVE)):
        with pytest.raises(Conflict):
            must_be_reviewable(other, "rui", ())


def test_what_is_kept_from_the_public_has_a_reason() -> None:
    must_refuse_with_reason("release", "")
    for choice in ("refuse", "extend"):
        with pytest.raises(Invalid):
            must_refuse_with_reason(choice, "")


def test_an_end_is_only_put_off() -> None:
    shown = replace(HELD, replay="public", replay_until=ENDED + timedelta(days=30))
    must_be_later(shown, ENDED + timedelta(days=31), ENDED)
    for until in (ENDED + timedelta(days=30), ENDED + timedelta(days=9999)):
        with pytest.raises(Invalid):
            must_be_later(shown, until, ENDED)
    with pytest.raises(Conflict):
        must_be_later(HELD, ENDED + timedelta(days=31), ENDED)
