"""What withdrawals add up to over the texts and posts of a broadcast."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from server.errors import Gone
from server.withdrawn.model import KIND_WORDS, REASON_WORDS, Kind, Mask, Reason, Withdrawal

AT = datetime(2026, 11, 26, 6, 0, tzinfo=UTC)


def withdrawal(kind: Kind, **values: Any) -> Withdrawal:  # noqa: ANN401
    return Withdrawal("w", "b", kind, Reason.MINOR, AT, "jin", **values)


def view(**values: Any) -> dict[str, Any]:  # noqa: ANN401
    return {
        "id": "p1",
        "state": "corrected",
        "speaker": "Li Lei",
        "body": "Li Lei of Haizhou",
        "court_time": AT.isoformat(),
        "photos": [{"name": "a.jpg", "alt": "LI LEI", "caption": ""}],
        "history": [{"kind": "corrected", "body": "Lei", "speaker": "Li Lei", "reason": "Li lei"}],
        **values,
    }


def test_a_name_is_nowhere_in_a_post() -> None:
    mask = Mask.of([withdrawal(Kind.NAME, target="Li Lei", mark="witness A")])
    shown = mask.post(view())
    assert "li lei" not in str(shown).lower()
    assert shown["body"] == "witness A of Haizhou"
    assert mask.text("Li Lei v. Wang") == "witness A v. Wang"


def test_the_longer_of_two_names_is_looked_for_first() -> None:
    names = (("王小明", "甲"), ("王小", "乙"))
    mask = Mask.of([withdrawal(Kind.NAME, target=name, mark=mark) for name, mark in names])
    assert mask.text("王小明与王小") == "甲与乙"


def test_a_tombstone_tells_the_reason_and_keeps_its_version() -> None:
    mask = Mask.of([withdrawal(Kind.POST, target="p1")])
    stone = mask.post(view())
    assert (stone["state"], stone["body"], stone["photos"]) == ("withdrawn", None, [])
    assert stone["withdrawal"] == {"reason": "minor", "at": AT.isoformat()}
    assert len(stone["history"]) == 1
    assert "Lei" not in str(stone)
    assert mask.post(view(id="p2"))["body"]


def test_a_range_takes_its_posts_and_photos_along() -> None:
    stretch = {"since": AT, "until": AT + timedelta(seconds=1)}
    mask = Mask.of([withdrawal(Kind.RANGE, **stretch)])
    assert mask.post(view())["state"] == "withdrawn"
    assert mask.hides_photo("a.jpg", "p1", AT)
    later = AT + timedelta(seconds=1)
    assert mask.post(view(court_time=later.isoformat()))["state"] == "corrected"
    assert mask.stretches.touches(*withdrawal(Kind.RANGE, **stretch).stretch)


def test_a_photo_is_taken_out_of_its_post() -> None:
    mask = Mask.of([withdrawal(Kind.PHOTO, target="a.jpg")])
    assert mask.post(view())["photos"] == []
    assert mask.post(view())["body"]
    assert mask.hides_photo("a.jpg", "p1", AT)
    assert not mask.hides_photo("b.jpg", "p1", AT)


def test_what_is_withdrawn_as_a_whole_is_refused_with_its_reason() -> None:
    whole = withdrawal(Kind.BROADCAST)
    with pytest.raises(Gone) as refusal:
        Mask.of([whole]).must_show()
    assert [one.code for one in refusal.value.problems] == ["minor"]
    lifted = replace(whole, restored_at=AT)
    Mask.of([lifted]).must_show()


def test_everything_has_its_words() -> None:
    assert REASON_WORDS.keys() == set(Reason)
    assert KIND_WORDS.keys() == set(Kind)
