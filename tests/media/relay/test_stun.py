"""STUN as ICE uses it: read and written as others do, and nothing raised for garbage."""

import hmac
import os

import pytest
from aioice import stun as theirs
from hypothesis import given
from hypothesis import strategies as st

from media.relay import stun

PASSWORD = b"VOkJxbRl1RmTxUk/WvJxBt"
KEY = stun.Key(PASSWORD)
TRANSACTION = bytes(range(12))
# RFC 5769 §2.1, the sample request: SOFTWARE, PRIORITY, ICE-CONTROLLED, USERNAME, both sums.
SAMPLE = bytes.fromhex(
    "000100582112a442b7e7a701bc34d686fa87dfae802200105354554e207465737420636c69656e74"
    "002400046e0001ff80290008932ff9b151263b36000600096576746a3a68367659202020"
    "000800149aeaa70cbfd8cb56781ef2b5b2d3f249c1b571a280280004e57a3bcf"
)


def test_the_sample_of_the_specification_is_read() -> None:
    message = stun.parse(SAMPLE)
    assert message.kind == stun.BINDING_REQUEST
    assert message.username == ("evtj", "h6vY")
    assert message.attributes[stun.PRIORITY] == bytes.fromhex("6e0001ff")
    assert message.is_signed_with(KEY)
    assert not message.is_signed_with(stun.Key(b"another"))


def test_what_is_built_is_understood_by_another_implementation() -> None:
    built = stun.build(
        stun.BINDING_REQUEST,
        TRANSACTION,
        [(stun.USERNAME, b"ours:theirs"), (stun.PRIORITY, bytes(4))],
        KEY,
    )
    read = theirs.parse_message(built)
    assert read.check_message_integrity(PASSWORD)
    assert read.attributes["USERNAME"] == "ours:theirs"
    assert read.transaction_id == TRANSACTION
    assert stun.parse(built).is_signed_with(KEY)


@pytest.mark.parametrize(
    "source", [("192.0.2.1", 32853), ("2001:db8:1234:5678:11:2233:4455:6677", 32853, 0, 0)]
)
def test_an_answer_tells_the_address_that_the_request_came_from(source: stun.Address) -> None:
    answer = stun.success(stun.parse(SAMPLE).transaction, source, KEY)
    read = theirs.parse_message(answer)
    assert read.check_message_integrity(PASSWORD)
    assert read.attributes["XOR-MAPPED-ADDRESS"] == source[:2]
    ours = stun.parse(answer)
    value = ours.attributes[stun.XOR_MAPPED_ADDRESS]
    assert stun.read_xor_address(value, ours.transaction) == source[:2]


def test_a_refusal_says_its_code_and_what_was_not_understood() -> None:
    request = stun.parse(stun.build(stun.BINDING_REQUEST, TRANSACTION, [(0x7777, b"x")], KEY))
    assert request.unknown() == (0x7777,)
    answer = stun.parse(stun.refusal(request, stun.UNKNOWN_ATTRIBUTE, KEY))
    assert answer.error == 420
    assert answer.attributes[stun.UNKNOWN_ATTRIBUTES] == b"\x77\x77"


def test_what_follows_the_signature_is_not_believed() -> None:
    signed = stun.build(stun.BINDING_REQUEST, TRANSACTION, [], KEY)[:-8]
    added = signed + b"\x00\x25\x00\x00"  # USE-CANDIDATE, put in by somebody on the way
    data = added[:2] + (len(added) - 20).to_bytes(2, "big") + added[4:]
    message = stun.parse(data)
    assert message.is_signed_with(KEY)
    assert stun.USE_CANDIDATE not in message.attributes


def test_one_flipped_bit_never_makes_another_signed_message() -> None:
    whole = stun.parse(SAMPLE)
    for bit in range(len(SAMPLE) * 8):
        data = bytearray(SAMPLE)
        data[bit // 8] ^= 1 << bit % 8
        try:
            message = stun.parse(bytes(data))
        except stun.NotStun:
            continue
        # What went by the fingerprint (its own type was hit) is unsigned or says the same.
        if message.is_signed_with(KEY):
            assert (message.kind, message.attributes) == (whole.kind, whole.attributes)


def check(transaction: bytes, key: stun.Key = KEY, priority: int = 1) -> bytes:
    attributes = [(stun.USERNAME, b"ours:them"), (stun.PRIORITY, priority.to_bytes(4, "big"))]
    return stun.build(stun.BINDING_REQUEST, transaction, attributes, key)


def test_what_differs_in_its_transaction_only_fits_the_pattern() -> None:
    pattern, other = stun.parse(check(TRANSACTION)).pattern(), check(bytes(12))
    assert pattern.fits(other)
    assert pattern.is_signed(other, KEY)
    assert stun.transaction_of(other) == bytes(12)
    assert pattern.fits(check(bytes(12), stun.Key(b"a guess")))
    assert not pattern.is_signed(check(bytes(12), stun.Key(b"a guess")), KEY)
    assert not pattern.fits(check(bytes(12), priority=2))
    assert not pattern.fits(other[:-8])


def test_one_flipped_bit_does_not_fit() -> None:
    pattern, whole = stun.parse(check(TRANSACTION)).pattern(), check(bytes(12))
    for bit in range(len(whole) * 8):
        data = bytearray(whole)
        data[bit // 8] ^= 1 << bit % 8
        assert not pattern.fits(bytes(data))


@given(st.binary(max_size=200))
def test_garbage_fits_no_pattern(garbage: bytes) -> None:
    pattern = stun.parse(check(TRANSACTION)).pattern()
    assert not pattern.fits(garbage)
    assert not pattern.fits(_framed(garbage))


@given(st.binary(max_size=200), st.binary(max_size=300))
def test_a_key_signs_as_the_standard_library_does(password: bytes, message: bytes) -> None:
    expected = hmac.digest(password, message, "sha1")
    assert stun.Key(password).sign(message) == expected
    assert stun.Key(password).has_signed(message, expected)
    assert not stun.Key(password).has_signed(message, expected[:-1])


@given(st.binary(max_size=200))
def test_garbage_is_not_stun_and_raises_nothing_else(garbage: bytes) -> None:
    for data in (garbage, SAMPLE[:20] + garbage, _framed(garbage)):
        try:
            message = stun.parse(data)
        except stun.NotStun:
            continue
        assert message.username is not None
        assert not message.is_signed_with(stun.Key(os.urandom(20)))
        assert message.error >= 0


def _framed(body: bytes) -> bytes:
    body = body[: len(body) & ~3]
    return b"\0\x01" + len(body).to_bytes(2, "big") + SAMPLE[4:20] + body


@given(st.binary(max_size=24))
def test_garbage_is_no_address(garbage: bytes) -> None:
    try:
        stun.read_xor_address(garbage, TRANSACTION)
    except stun.NotStun:
        return
    assert garbage[1] in {1, 2}
