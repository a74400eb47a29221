"""Of checks and reports the compiled part says what Python says, or leaves them to it."""

from __future__ import annotations

import ctypes
import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from media.feeds.rtcp import (
    ReportBlock,
    lost_packets,
    picture_loss,
    receiver_report,
    room_for,
)
from media.relay import stun
from media.relay.ear import Ear
from media.relay.ice import MOST_REQUESTS_A_SECOND
from media.relay.intake import Intake
from media.relay.rtcp import read
from media.relay.srtp import PROFILES, Keys, Unprotector
from media.relay.target import packed_address

PASSWORD, PICTURE, SOUND, NOW = "p" * 24, 0x1111, 0x3333, 1_000.0
ADDRESSES: list[stun.Address] = [("192.0.2.7", 40_000), ("2001:db8::7", 40_000, 0, 0)]
anything = settings(
    max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)


@dataclass
class Compiled:
    """An ear, and what it says of a check or a compound packet."""

    library: ctypes.CDLL
    ear: Ear

    def check(self, data: bytes, address: stun.Address = ADDRESSES[0]) -> bytes | None:
        """Return the answer, empty for none; None: it is to be read."""
        family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        packed = packed_address(family, address).ljust(28, b"\0")
        answer = ctypes.create_string_buffer(80)
        size = self.library.tingbo_ear_check(
            ctypes.byref(self.ear.fields), data, len(data), packed, ctypes.c_double(NOW), answer
        )
        return None if size < 0 else answer.raw[:size]

    def reports(self, data: bytes) -> bool:
        """Whether all of it was usual and noted."""
        noted = self.library.tingbo_ear_reports(
            ctypes.byref(self.ear.fields), data, len(data), ctypes.c_double(NOW)
        )
        return bool(noted)


@pytest.fixture
def compiled(library: Path) -> Iterator[Compiled]:
    secret = os.urandom(28)
    ear = Intake(library).ear(Unprotector(Keys(PROFILES[0], secret, secret)))
    ear.expect([PICTURE, SOUND])
    yield Compiled(ctypes.CDLL(str(library)), ear)
    ear.close()


def check(
    transaction: bytes, password: str = PASSWORD, kind: int = stun.BINDING_REQUEST, name: str = "a"
) -> bytes:
    attributes = [
        (stun.USERNAME, f"ours:{name}".encode()),
        (stun.ICE_CONTROLLING, bytes(8)),
        (stun.PRIORITY, (0x6E0000FF).to_bytes(4, "big")),
    ]
    return stun.build(kind, transaction, attributes, stun.Key(password.encode()))


@pytest.mark.parametrize("address", ADDRESSES, ids=["4", "6"])
def test_a_known_check_gets_the_answer_that_python_gives(
    compiled: Compiled, address: stun.Address
) -> None:
    compiled.ear.know(stun.parse(check(bytes(12))).pattern(), PASSWORD)
    for length in range(1, 40):  # every length of a block's rest
        transaction = os.urandom(12)
        compiled.ear.know(stun.parse(check(bytes(12), name="n" * length)).pattern(), PASSWORD)
        compiled.ear.fields.checks.left = 1.0
        expected = stun.success(transaction, address, stun.Key(PASSWORD.encode()))
        assert compiled.check(check(transaction, name="n" * length), address) == expected
    assert compiled.ear.heard_at == NOW


def test_what_is_another_check_is_left_to_be_read(compiled: Compiled) -> None:
    one = check(os.urandom(12))
    assert compiled.check(one) is None  # nothing is known yet
    compiled.ear.know(stun.parse(check(bytes(12))).pattern(), PASSWORD)
    assert compiled.check(check(bytes(12), name="b")) is None
    assert compiled.check(check(bytes(12), name="longer")) is None
    assert compiled.check(check(bytes(12), kind=stun.BINDING_INDICATION)) is None
    compiled.ear.know(None, PASSWORD)
    assert compiled.check(one) is None
    answer = stun.parse(stun.success(bytes(12), ADDRESSES[0], stun.Key(PASSWORD.encode())))
    compiled.ear.know(answer.pattern(), PASSWORD)
    assert compiled.check(one) is None
    assert compiled.ear.heard_at == 0


def test_who_does_not_know_the_password_gets_no_answer(compiled: Compiled) -> None:
    compiled.ear.know(stun.parse(check(bytes(12))).pattern(), PASSWORD)
    assert compiled.check(check(os.urandom(12), "q" * 24)) == b""
    assert compiled.ear.fields.ignored == 1
    assert compiled.ear.heard_at == 0


def test_a_flood_of_checks_is_not_answered(compiled: Compiled) -> None:
    compiled.ear.know(stun.parse(check(bytes(12))).pattern(), PASSWORD)
    answers = [compiled.check(check(os.urandom(12))) for _ in range(3 * MOST_REQUESTS_A_SECOND)]
    assert len([answer for answer in answers if answer]) == MOST_REQUESTS_A_SECOND


def test_nothing_is_answered_once_its_keys_are_wiped(compiled: Compiled) -> None:
    compiled.ear.know(stun.parse(check(bytes(12))).pattern(), PASSWORD)
    compiled.ear.close()
    assert compiled.check(check(os.urandom(12))) is None
    assert not any(bytes(compiled.ear.fields))


@anything
@given(st.data())
def test_a_check_that_was_changed_is_judged_as_in_python(
    compiled: Compiled, data: st.DataObject
) -> None:
    pattern, key = stun.parse(check(bytes(12))).pattern(), stun.Key(PASSWORD.encode())
    compiled.ear.know(pattern, PASSWORD)
    compiled.ear.fields.checks.left = 60.0
    changed = bytearray(check(data.draw(st.binary(min_size=12, max_size=12))))
    for at in data.draw(st.lists(st.integers(0, len(changed) - 1), max_size=2)):
        changed[at] = data.draw(st.integers(0, 255))
    if data.draw(st.booleans()):  # with the right fingerprint, so that the signature is what counts
        changed[-8:] = stun._fingerprint(bytes(changed[:-8]))
    if data.draw(st.booleans()):
        changed += data.draw(st.binary(max_size=8))
    one = bytes(changed)
    expected = None
    if pattern.fits(one):
        transaction = stun.transaction_of(one)
        is_signed = pattern.is_signed(one, key)
        expected = stun.success(transaction, ADDRESSES[0], key) if is_signed else b""
    assert compiled.check(one) == expected


QUESTION = (
    (stun.USERNAME, b"them:ours"),
    (stun.PRIORITY, b"prio"),
    (stun.ICE_CONTROLLED, bytes(8)),
)


def asked(compiled: Compiled) -> stun.Stun:
    """Let it ask for consent; return the check."""
    compiled.ear.ask(stun.packed(QUESTION), PASSWORD, b"mark", NOW)
    check = ctypes.create_string_buffer(320)
    size = compiled.library.tingbo_ear_ask(
        ctypes.byref(compiled.ear.fields), ctypes.c_double(NOW), check
    )
    return stun.parse(check.raw[:size])


def is_taken(compiled: Compiled, answer: bytes) -> bool:
    taken = compiled.library.tingbo_ear_consent(
        ctypes.byref(compiled.ear.fields), answer, len(answer), ctypes.c_double(NOW + 0.25)
    )
    return bool(taken)


def test_consent_is_asked_for_by_a_check_like_any_other(compiled: Compiled) -> None:
    first, second = asked(compiled), asked(compiled)
    for check in (first, second):
        assert check.kind == stun.BINDING_REQUEST
        assert check.attributes == dict(QUESTION)
        assert check.is_signed_with(stun.Key(PASSWORD.encode()))
        assert check.transaction[:4] == b"mark"
    assert first.transaction != second.transaction
    assert NOW + 4 <= compiled.ear.fields.consent.due <= NOW + 6


@pytest.mark.parametrize("address", ADDRESSES, ids=["4", "6"])
def test_consent_is_given_once_by_the_answer(compiled: Compiled, address: stun.Address) -> None:
    check = asked(compiled)
    answer = stun.success(check.transaction, address, stun.Key(PASSWORD.encode()))
    assert compiled.ear.consent == (0.0, 0.0)
    assert is_taken(compiled, answer)
    assert compiled.ear.consent == (NOW + 0.25, 0.25)
    assert not is_taken(compiled, answer)


def test_what_is_no_answer_gives_no_consent(compiled: Compiled) -> None:
    check, key = asked(compiled), stun.Key(PASSWORD.encode())
    right = stun.success(check.transaction, ADDRESSES[0], key)
    for wrong in (
        stun.success(bytes(12), ADDRESSES[0], key),
        stun.success(check.transaction, ADDRESSES[0], stun.Key(b"guessed")),
        stun.build(stun.BINDING_ERROR, check.transaction, (), key),
        stun.refusal(check, stun.ROLE_CONFLICT, key),
        right[:-8],
        right + bytes(4),
        right[:20],
        b"\1\1",
        b"",
    ):
        assert not is_taken(compiled, wrong)
    assert compiled.ear.consent == (0.0, 0.0)
    assert is_taken(compiled, right)


@anything
@given(st.data())
def test_a_changed_answer_gives_consent_only_if_python_would_take_it(
    compiled: Compiled, data: st.DataObject
) -> None:
    check, key = asked(compiled), stun.Key(PASSWORD.encode())
    more = data.draw(st.lists(st.tuples(st.just(0x8022), st.binary(max_size=20)), max_size=2))
    answer = stun.build(stun.BINDING_SUCCESS, check.transaction, more, key)
    changed = bytearray(answer)
    for at in data.draw(st.lists(st.integers(0, len(changed) - 1), max_size=2)):
        changed[at] = data.draw(st.integers(0, 255))
    if data.draw(st.booleans()):
        changed[-8:] = stun._fingerprint(bytes(changed[:-8]))
    try:
        read_answer = stun.parse(bytes(changed))
    except stun.NotStun:
        is_right = False
    else:
        is_right = read_answer.kind == stun.BINDING_SUCCESS and read_answer.is_signed_with(key)
        is_right = is_right and read_answer.transaction == check.transaction
    was_taken = is_taken(compiled, bytes(changed))
    assert is_right or not was_taken
    assert was_taken or is_taken(compiled, answer)


def report(ssrc: int, fraction: int = 0, lost: int = 0, last: int = 7, since: int = 9) -> bytes:
    return receiver_report(9, ReportBlock(ssrc, fraction, lost, 1, 2, last, since), "viewer")


def test_reports_that_all_is_well_are_noted(compiled: Compiled) -> None:
    assert compiled.reports(report(PICTURE, lost=5) + room_for(9, [PICTURE], 2_500_000))
    assert compiled.reports(report(SOUND, last=8))
    assert compiled.reports(report(PICTURE, lost=6))
    found = {block.ssrc: (block, at) for block, at in compiled.ear.news()}
    assert found[PICTURE] == (ReportBlock(PICTURE, 0, 6, 0, 0, 7, 9), NOW)
    assert found[SOUND] == (ReportBlock(SOUND, 0, 0, 0, 0, 8, 9), NOW)
    told = read(room_for(9, [PICTURE], 2_500_000)).bit_rate
    assert compiled.ear.estimate() == (told, NOW)
    assert list(compiled.ear.news()) == []
    assert compiled.ear.estimate() is None


@pytest.mark.parametrize(
    "news",
    [
        report(PICTURE, fraction=1),
        report(PICTURE) + lost_packets(9, PICTURE, [5]),
        picture_loss(9, PICTURE),
        report(PICTURE)[:-1],
        report(PICTURE) + b"\x80",
        b"\x81\xc9\0\1" + bytes(4),
    ],
    ids=["loss", "lost packets", "lost picture", "cut", "torn", "a block is missing"],
)
def test_whatever_else_is_said_is_left_to_be_read_and_nothing_of_it_is_noted(
    compiled: Compiled, news: bytes
) -> None:
    assert not compiled.reports(news)
    assert list(compiled.ear.news()) == []


parts = st.one_of(
    st.binary(max_size=60),
    st.builds(
        report, st.sampled_from([PICTURE, SOUND, 7]), st.sampled_from([0, 0, 0, 3]),
        st.integers(0, 0x7FFFFF), st.integers(0, 0xFFFFFFFF), st.integers(0, 0xFFFFFFFF),
    ),
    st.builds(picture_loss, st.just(9), st.just(PICTURE)),
    st.builds(lost_packets, st.just(9), st.just(PICTURE), st.lists(st.integers(0, 9), max_size=3)),
    st.builds(room_for, st.just(9), st.just([PICTURE]), st.integers(0, 1 << 62)),
    st.tuples(
        st.sampled_from([0x80, 0x81, 0x82, 0x84, 0x8F, 0x9F]), st.integers(200, 207),
        st.integers(0, 14), st.binary(max_size=60),
    ).map(lambda each: bytes((each[0], each[1], 0, each[2])) + each[3]),
)  # fmt: skip


@anything
@given(st.lists(parts, max_size=5))
def test_what_is_noted_is_what_python_reads(compiled: Compiled, said: list[bytes]) -> None:
    data = b"".join(said)
    list(compiled.ear.news())
    compiled.ear.estimate()
    found = read(data)
    ours = [block for block in found.blocks if block.ssrc in {PICTURE, SOUND}]
    is_odd = bool(found.is_malformed or found.nacked or found.keyframes)
    is_odd |= any(block.fraction_lost for block in ours)
    if not compiled.reports(data):
        # An empty request for packets or pictures asks for nothing, and may be read all the same.
        assert is_odd or {205, 206} & {data[at] for at in range(1, len(data), 4)}
        return
    assert not is_odd
    newest = {block.ssrc: block for block in ours}
    noted = {block.ssrc: block for block, _ in compiled.ear.news()}
    assert noted.keys() == newest.keys()
    for ssrc, block in newest.items():
        assert noted[ssrc].lost == block.lost
        assert noted[ssrc].last_report == block.last_report
        assert noted[ssrc].since_report == block.since_report
    estimate = compiled.ear.estimate()
    if estimate is not None:  # the same time: it seems to be no news
        assert estimate[0] == found.bit_rate
    if found.bit_rate is not None:
        assert compiled.ear.fields.estimate == found.bit_rate
