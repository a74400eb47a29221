"""ICE's agent, told the time: what a viewer's checks lead to, and what a stranger's do not."""

from __future__ import annotations

import os
from collections.abc import Iterator
from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.relay import stun
from media.relay.ice import (
    CONSENT_LOST_SECONDS,
    MOST_PATHS,
    MOST_REQUESTS_A_SECOND,
    SILENT_SECONDS,
    Agent,
    Credentials,
    Path,
)

OURS, THEIRS = Credentials("ours", "our-password"), Credentials("them", "their-password")
HOME = Path("udp", 0, ("192.0.2.7", 5000))
PHONE = Path("udp", 0, ("198.51.100.9", 6000))
HIGH, LOW = 0x7E7F1EFF, 0x7E001EFF
_NUMBERS: Iterator[int] = count()


def agent() -> Agent:
    return Agent(OURS, THEIRS, [0x7E001EFF, 0x7D000000], b"mark", os.urandom, 0.0)


def check_data(priority: int = HIGH, *, nominate: bool = False, key: str = OURS.password) -> bytes:
    attributes = [
        (stun.USERNAME, b"ours:them"),
        (stun.PRIORITY, priority.to_bytes(4, "big")),
        (stun.ICE_CONTROLLING, bytes(8)),
    ]
    if nominate:
        attributes.append((stun.USE_CANDIDATE, b""))
    number = next(_NUMBERS).to_bytes(12, "big")
    return stun.build(stun.BINDING_REQUEST, number, attributes, stun.Key(key.encode()))


def check(priority: int = HIGH, *, nominate: bool = False, key: str = OURS.password) -> stun.Stun:
    return stun.parse(check_data(priority, nominate=nominate, key=key))


def answer(sent: bytes, key: str = THEIRS.password) -> stun.Stun:
    return stun.parse(
        stun.success(stun.parse(sent).transaction, ("203.0.113.1", 9), stun.Key(key.encode()))
    )


def connect(ice: Agent, path: Path = HOME, now: float = 0.0, priority: int = HIGH) -> None:
    for _, data in ice.on_request(check(priority, nominate=True), path, now)[1:]:
        ice.on_response(answer(data), path, now)


def test_a_check_is_answered_and_checked_back_at_once() -> None:
    ice = agent()
    (to, reply), (back, request) = ice.on_request(check(), HOME, 0.0)
    assert (to, back) == (HOME, HOME)
    assert stun.parse(reply).kind == stun.BINDING_SUCCESS
    ours = stun.parse(request)
    assert ours.is_signed_with(stun.Key(THEIRS.password.encode()))
    assert ours.username == ("them", "ours")
    assert stun.ICE_CONTROLLED in ours.attributes


def test_media_goes_nowhere_before_our_own_check_was_answered() -> None:
    ice = agent()
    _, (_, request) = ice.on_request(check(nominate=True), HOME, 0.0)
    assert ice.way_out() is None
    ice.on_response(answer(request), PHONE, 0.1)  # from elsewhere
    ice.on_response(answer(request, "a guess"), HOME, 0.1)
    assert ice.way_out() is None
    ice.on_response(answer(request), HOME, 0.1)
    assert ice.way_out() == ice.selected == HOME
    assert ice.rtt_ms == pytest.approx(100)


def test_a_path_that_answers_is_used_until_one_is_nominated() -> None:
    ice = agent()
    _, (_, request) = ice.on_request(check(), HOME, 0.0)
    ice.on_response(answer(request), HOME, 0.0)
    assert (ice.way_out(), ice.selected) == (HOME, None)


def test_a_nomination_of_a_better_path_is_followed_and_of_a_worse_one_only_in_silence() -> None:
    ice = agent()
    connect(ice, HOME, 0.0, LOW)
    connect(ice, PHONE, 0.1, HIGH)
    assert ice.selected == PHONE
    connect(ice, HOME, 0.2, LOW)
    assert ice.selected == PHONE
    ice.heard(HOME, 0.3)
    ice.on_request(check(LOW, nominate=True), HOME, 0.2 + SILENT_SECONDS)
    assert ice.selected == HOME


def test_an_unsigned_or_foreign_check_is_not_answered() -> None:
    ice = agent()
    assert ice.on_request(check(key="a guess"), HOME, 0.0) == []
    assert ice.on_request(check(key=""), HOME, 0.0) == []
    assert not ice.knows(HOME)
    assert ice.ignored == 2


def test_a_conflict_of_roles_is_refused_so_that_the_other_side_gives_way() -> None:
    attributes = [(stun.USERNAME, b"ours:them"), (stun.ICE_CONTROLLED, b"\xff" * 8)]
    data = stun.build(stun.BINDING_REQUEST, bytes(12), attributes, stun.Key(OURS.password.encode()))
    ((_, reply),) = agent().on_request(stun.parse(data), HOME, 0.0)
    assert stun.parse(reply).error == stun.ROLE_CONFLICT


def test_what_must_be_understood_and_is_not_is_refused() -> None:
    attributes = [(stun.USERNAME, b"ours:them"), (0x7001, b"")]
    data = stun.build(stun.BINDING_REQUEST, bytes(12), attributes, stun.Key(OURS.password.encode()))
    ((_, reply),) = agent().on_request(stun.parse(data), HOME, 0.0)
    assert stun.parse(reply).error == stun.UNKNOWN_ATTRIBUTE


def test_candidates_of_the_offer_are_checked_if_the_viewer_does_not_come_first() -> None:
    ice = agent()
    assert ice.add(HOME, HIGH, 0.0)
    assert ice.add(PHONE, LOW, 0.0)
    assert ice.tick(0.1) == []
    sent: list[Path] = []
    now = 0.0
    while (now := ice.due()) < 20 and len(sent) < 100:
        sent += [path for path, _ in ice.tick(now)]
    assert sent.count(HOME) == sent.count(PHONE) == 7  # and then no more


def test_consent_is_asked_for_again_and_again_and_its_loss_is_noticed() -> None:
    ice = agent()
    connect(ice)
    asked = []
    while (now := ice.due()) < 21:
        asked.append(now)
        ((path, data),) = ice.tick(now)
        assert path == HOME
        if now < 11:
            ice.on_response(answer(data), HOME, now)
    pauses = [later - earlier for earlier, later in zip([0.0, *asked], asked, strict=False)]
    assert all(3.99 < pause < 6.01 for pause in pauses)
    last = max(now for now in asked if now < 11)
    assert not ice.is_lost(last + CONSENT_LOST_SECONDS)
    assert ice.is_lost(last + CONSENT_LOST_SECONDS + 0.01)


def test_a_check_that_says_nothing_new_is_answered_without_being_read() -> None:
    ice = agent()
    usual = check_data()
    assert ice.on_usual(usual, HOME, 0.0) is None  # nobody has been here yet
    connect(ice)
    assert ice.on_usual(usual, HOME, 0.1) is None  # that one nominated
    ice.on_request(check(), HOME, 1.0)
    read = ice.on_request(stun.parse(usual), HOME, 1.1)
    assert ice.on_usual(usual, HOME, 9.0) == read
    assert ice.was_heard(HOME, 9.0 + SILENT_SECONDS / 2)
    assert ice.on_usual(usual, PHONE, 9.1) is None
    assert ice.on_usual(check_data(LOW), HOME, 9.1) is None
    assert ice.on_usual(check_data(nominate=True), HOME, 9.1) is None
    assert ice.on_usual(check_data(key="a guess"), HOME, 9.1) == []
    assert ice.ignored == 1
    ice.forget(HOME)
    assert ice.on_usual(usual, HOME, 9.2) is None


def test_a_flood_of_usual_checks_is_cut_off() -> None:
    ice = agent()
    connect(ice)
    ice.on_request(check(), HOME, 5.0)
    answers = [ice.on_usual(check_data(), HOME, 9.0) for _ in range(200)]
    assert sum(map(bool, answers)) == MOST_REQUESTS_A_SECOND


def test_a_flood_of_checks_is_cut_off_and_paths_are_bounded() -> None:
    ice = agent()
    answered = 0
    for number in range(1000):
        path = Path("udp", 0, (f"203.0.113.{number % 200}", 1 + number))
        answered += bool(ice.on_request(check(), path, 5.5))
    assert answered == MOST_REQUESTS_A_SECOND
    assert sum(ice.knows(Path("udp", 0, (f"203.0.113.{n % 200}", 1 + n))) for n in range(1000)) <= (
        MOST_PATHS
    )
    assert not any(ice.add(Path("udp", 0, ("203.0.113.1", n)), 1, 5.6) for n in range(5000, 5100))


def test_an_ended_connection_is_left_for_another_nominated_path() -> None:
    ice = agent()
    tcp = Path("tcp", 7, ("192.0.2.7", 5001))
    connect(ice, tcp, 0.0, HIGH)
    connect(ice, HOME, 0.1, HIGH)
    assert ice.way_out() == HOME  # UDP is preferred
    ice.forget(HOME)
    assert ice.way_out() == tcp
    ice.forget(tcp)
    assert ice.way_out() is None


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 3), st.floats(0, 2)), max_size=30))
def test_whatever_comes_in_whatever_order_media_goes_only_where_a_check_was_answered(
    events: list[tuple[bool, int, float]],
) -> None:
    ice, now = agent(), 0.0
    asked: dict[Path, bytes] = {}
    answered: set[Path] = set()
    for is_request, port, pause in events:
        now += pause
        path = Path("udp", 0, ("192.0.2.7", port + 1))
        if is_request:
            asked.update(ice.on_request(check(port, nominate=port % 2 == 0), path, now)[1:])
        elif path in asked:
            ice.on_response(answer(asked.pop(path)), path, now)
            answered.add(path)
        asked.update(ice.tick(now))
        assert ice.way_out() is None or ice.way_out() in answered
        assert ice.due() > now
