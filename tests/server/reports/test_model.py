"""What a post may say, and what of it the public reads when."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from server.errors import Invalid
from server.reports.model import (
    NewPost,
    Phase,
    Photo,
    Post,
    PostState,
    Revision,
    Speaker,
    desk_view,
    new_post,
    public_view,
)

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
POST = Post(
    id="p1",
    broadcast="b1",
    number=1,
    role="presiding_judge",
    speaker="王某某",
    phase="opened",
    body="现在开庭。",
    court_time=NOW,
    created_at=NOW,
    public_at=NOW + timedelta(seconds=10),
    state=PostState.PUBLISHED,
    author="clerk",
    client_key="k1",
    photos=(Photo("a.jpg", "法庭全景", "", 800, 600),),
)


def written(**changes: object) -> NewPost:
    fields = {
        "client_key": "k1",
        "role": "clerk",
        "speaker": "",
        "phase": None,
        "body": "全体起立。",
        "photos": (),
    } | changes
    return new_post(**fields)  # type: ignore[arg-type]


def test_a_post_is_cleaned_of_what_is_not_text() -> None:
    post = written(body="  现在\u202e开庭\x07。\r\n下一项 ", speaker=" 张 \n 某 ", phase="evidence")
    assert post == NewPost("k1", Speaker.CLERK, "张 某", Phase.EVIDENCE, "现在开庭。\n下一项", ())


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("client_key", {"client_key": ""}),
        ("client_key", {"client_key": "a b"}),
        ("client_key", {"client_key": "k" * 65}),
        ("role", {"role": "king"}),
        ("phase", {"phase": "lunch"}),
        ("body", {"body": " \n "}),
        ("body", {"body": "字" * 4001}),
        ("body", {"body": "电话13812345678"}),
        ("speaker", {"speaker": "名" * 61}),
        ("photos", {"photos": ("a.jpg",) * 2}),
        ("photos", {"photos": tuple("abcdefg")}),
    ],
    ids=lambda value: value if isinstance(value, str) else ascii(*value.values())[:24],
)
def test_a_wrong_post_names_its_field(field: str, changes: dict[str, object]) -> None:
    with pytest.raises(Invalid) as refused:
        written(**changes)
    assert [problem.field for problem in refused.value.problems] == [field]


def test_nothing_is_public_before_the_delayed_picture_is_there() -> None:
    assert public_view(POST, NOW + timedelta(seconds=9.999)) is None
    shown = public_view(POST, NOW + timedelta(seconds=10))
    assert shown is not None
    assert (shown["body"], shown["court_time"]) == ("现在开庭。", NOW.isoformat())
    assert shown["photos"] == [
        {
            "name": "a.jpg",
            "url": "/photos/a.jpg",
            "alt": "法庭全景",
            "caption": "",
            "width": 800,
            "height": 600,
        }
    ]
    assert public_view(replace(POST, public_at=None), NOW + timedelta(days=1)) is None


def revision(seconds: float, kind: str = "corrected") -> Revision:
    return Revision(1, kind, "clerk", "李某", "旧文", "笔误", NOW + timedelta(seconds=seconds))


def test_a_correction_shows_what_the_public_had_read_and_nothing_else() -> None:
    later = NOW + timedelta(minutes=1)
    seen = replace(POST, state=PostState.CORRECTED, history=(revision(20),))
    unseen = replace(POST, state=PostState.CORRECTED, history=(revision(5),))
    shown, hidden = public_view(seen, later), public_view(unseen, later)
    assert shown is not None
    assert hidden is not None
    assert [(one["body"], one["reason"]) for one in shown["history"]] == [("旧文", "笔误")]
    assert hidden["history"] == []


def test_of_a_withdrawn_post_only_the_reason_stays_public() -> None:
    post = replace(POST, state=PostState.WITHDRAWN, history=(revision(20, "withdrawn"),))
    shown = public_view(post, NOW + timedelta(minutes=1))
    assert shown is not None
    assert (shown["body"], shown["speaker"], shown["photos"]) == (None, "", [])
    assert shown["history"][0] | {"at": ""} == {
        "kind": "withdrawn",
        "body": None,
        "role": "clerk",
        "speaker": "",
        "reason": "笔误",
        "at": "",
    }
    assert desk_view(post, NOW)["history"][0]["body"] == "旧文"
