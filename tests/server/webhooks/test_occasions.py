import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.journal.chain import Entry, canonical
from server.webhooks.model import Kind, body_of
from server.webhooks.occasions import kind_of_air, occasion_of

AT = datetime(2026, 11, 27, 5, 0, tzinfo=UTC)
NAME = "王小明"
WITHDRAWAL = {
    "id": "w1",
    "reason": "personal_data",
    "target": NAME,
    "mark": "某某",
    "since": None,
    "until": None,
    "note": f"{NAME} asked",
}


def entry(action: str, about: str, details: dict[str, Any]) -> Entry:
    return Entry(7, 0, "tom", action, about, canonical(details), "s", "", "", "sh")


def told(action: str, about: str, details: dict[str, Any]) -> dict[str, Any]:
    occasion = occasion_of(entry(action, about, details), AT)
    assert occasion is not None
    return dict(json.loads(body_of(occasion.event, "https://court.example")))


@pytest.mark.parametrize("action", ["withdrawal.order", "withdrawal.restore"])
def test_a_withdrawn_name_is_told_by_its_class_alone(action: str) -> None:
    message = told(action, "broadcast:b1", WITHDRAWAL | {"kind": "name"})
    data = message["data"]
    assert (data["withdrawal"], data["kind"], data["reason"]) == ("w1", "name", "personal_data")
    text = json.dumps(message, ensure_ascii=False)
    assert NAME not in text
    assert "某某" not in text
    assert "tom" not in text


def test_what_was_withdrawn_is_told_so_that_it_can_be_found() -> None:
    times = {"since": "2026-11-27T05:00:00+00:00", "until": "2026-11-27T05:01:00+00:00"}
    stretch = told("withdrawal.order", "broadcast:b1", WITHDRAWAL | times | {"kind": "range"})
    assert {name: stretch["data"][name] for name in times} == times
    post = WITHDRAWAL | {"kind": "post", "target": "p1"}
    assert told("withdrawal.order", "broadcast:b1", post)["data"]["post"] == "p1"
    photo = WITHDRAWAL | {"kind": "photo", "target": "a.jpg"}
    assert told("withdrawal.restore", "broadcast:b1", photo)["data"]["photo"] == "a.jpg"


def test_a_message_leads_to_what_is_public() -> None:
    message = told("replay.release", "broadcast:b1", {"remark": "secret", "until": None})
    assert message == {
        "type": "replay.released",
        "timestamp": "2026-11-27T05:00:00.000Z",
        "data": {
            "sequence": 0,
            "broadcast": "b1",
            "court": "sh",
            "page": "https://court.example/broadcasts/b1",
            "api": "https://court.example/api/v1/broadcasts/b1",
        },
    }


def test_reasons_in_words_stay_with_the_court() -> None:
    moved = {"reason": "the judge is ill", "was_at": "a", "now_at": "b", "broadcast": None}
    for action in ("hearing.cancel", "hearing.adjourn"):
        occasion = occasion_of(entry(action, "hearing:h1", moved), AT)
        assert occasion is not None
        assert (occasion.about, occasion.identifier) == ("hearing", "h1")
        assert "ill" not in str(occasion.event.data)


def test_a_correction_that_nobody_could_have_read_is_not_told() -> None:
    details = {"post": "p1", "version": 1, "is_public": False, "log": "0" * 64}
    for action, act in (("report.correct", "corrected"), ("report.withdraw", "withdrawn")):
        assert occasion_of(entry(action, "broadcast:b1", details), AT) is None
        public = told(action, "broadcast:b1", details | {"is_public": True})
        assert public["type"] == "report.corrected"
        assert (public["data"]["post"], public["data"]["act"]) == ("p1", act)


@pytest.mark.parametrize(
    "action", ["broadcast.dump", "record.look", "person.token", "replay.refuse", "broadcast.start"]
)
def test_the_court_s_own_deeds_are_not_told(action: str) -> None:
    assert occasion_of(entry(action, "broadcast:b1", {}), AT) is None


@pytest.mark.parametrize(
    ("before", "now", "kind"),
    [
        ("", "upcoming", None),
        ("", "live", Kind.LIVE),
        ("upcoming", "live", Kind.LIVE),
        ("live", "live", None),
        ("live", "upcoming", None),  # a server that has just begun
        ("live", "recess", Kind.RECESS),
        ("recess", "closed", Kind.CLOSED),
        ("closed", "interrupted", Kind.INTERRUPTED),
        ("interrupted", "live", Kind.RESUMED),
        ("live", "ended", Kind.ENDED),
        ("", "ended", None),
    ],
)
def test_a_change_on_the_air_is_told(before: str, now: str, kind: Kind | None) -> None:
    assert kind_of_air(before, now) is kind


@given(st.text(), st.text())
def test_any_change_is_judged(before: str, now: str) -> None:
    assert kind_of_air(before, now) in {None, *Kind}
