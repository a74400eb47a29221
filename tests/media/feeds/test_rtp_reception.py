"""Packets put in order and counted."""

from __future__ import annotations

import random
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from media.feeds.rtcp import SenderReport
from media.feeds.rtp_reception import (
    SENT_AGAIN,
    SENT_ONCE,
    Ordering,
    ReceiverCount,
    RtpPacket,
    parse_rtp,
)


def rtp(sequence: int, at_us: int = 0, ssrc: int = 1, timestamp: int = 0) -> RtpPacket:
    return RtpPacket(sequence & 0xFFFF, timestamp, ssrc, 96, False, b"x", at_us)


def given_away(ordering: Ordering, *packets: RtpPacket) -> list[tuple[int, int]]:
    return [
        (found.packet.sequence, found.lost) for packet in packets for found in ordering.take(packet)
    ]


@pytest.mark.parametrize(
    ("first", "extra", "payload"),
    [
        (0x80, b"", b"media"),
        (0x82, b"\0\0\0\1\0\0\0\2", b"media"),  # two contributing sources
        (0x90, b"\xbe\xde\0\1abcd", b"media"),  # a header extension
        (0xA0, b"", b"media\0\0\3"),  # padding
    ],
)
def test_headers_of_all_forms(first: int, extra: bytes, payload: bytes) -> None:
    head = struct.pack("!BBHII", first, 0x80 | 96, 65_535, 7, 8)
    found = parse_rtp(head + extra + payload, 5)
    assert found == RtpPacket(65_535, 7, 8, 96, True, b"media", 5)


@pytest.mark.parametrize("data", [b"", b"\x80" * 11, b"\x40" + bytes(30), b"\x9f" + bytes(30)])
def test_what_is_no_packet(data: bytes) -> None:
    assert parse_rtp(data, 0) is None


@given(st.binary(max_size=80))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    found = parse_rtp(data, 0)
    assert found is None or len(found.payload) <= len(data) - 12


def test_packets_in_order_are_not_held() -> None:
    ordering = Ordering()
    assert given_away(ordering, *(rtp(65_534 + n) for n in range(4))) == [
        (65_534, 0), (65_535, 0), (0, 0), (1, 0),
    ]  # fmt: skip
    assert not ordering.is_waiting


def test_who_was_overtaken_gets_its_place_and_doubles_go() -> None:
    ordering = Ordering()
    assert given_away(ordering, rtp(1), rtp(3), rtp(4), rtp(4), rtp(2), rtp(2)) == [
        (1, 0), (2, 0), (3, 0), (4, 0),
    ]  # fmt: skip
    assert ordering.late == 2


def test_who_does_not_come_is_lost_after_a_while() -> None:
    ordering = Ordering()
    assert given_away(ordering, rtp(1), rtp(4, 1_000)) == [(1, 0)]
    assert ordering.due(SENT_ONCE.longest_us) == []
    assert [
        (found.packet.sequence, found.lost) for found in ordering.due(SENT_ONCE.longest_us + 1_000)
    ] == [(4, 2)]
    assert given_away(ordering, rtp(2), rtp(5)) == [(5, 0)]


def test_the_first_of_a_sender_may_be_overtaken_too() -> None:
    ordering = Ordering(SENT_AGAIN)
    begins_us = SENT_AGAIN.begins_us
    assert given_away(ordering, rtp(1, 0), rtp(3, 10), rtp(65_535, 20)) == []
    before = [65_535 - SENT_AGAIN.before + at for at in range(SENT_AGAIN.before)]
    assert ordering.missing() == [*before, 0, 2]  # what came before the keys did is asked for
    assert given_away(ordering, rtp(0, 30)) == []
    found = [one.packet.sequence for one in ordering.due(begins_us)]
    assert (found, ordering.missing()) == ([65_535, 0, 1], [2])
    assert given_away(ordering, rtp(2, begins_us + 1), rtp(4, begins_us + 2)) == [
        *((number, 0) for number in (2, 3, 4))
    ]


def test_who_is_asked_for_again_is_waited_for_longer() -> None:
    ordering = Ordering(SENT_AGAIN)
    given_away(ordering, rtp(0, 0))
    ordering.due(SENT_AGAIN.begins_us)
    assert given_away(ordering, rtp(2, 100_000)) == []
    assert ordering.due(100_000 + SENT_ONCE.longest_us) == []
    assert given_away(ordering, rtp(1, 450_000)) == [(1, 0), (2, 0)]


def test_waiting_that_is_never_rewarded_grows_short() -> None:
    ordering, at = Ordering(), 0
    given_away(ordering, rtp(0))
    waits = []
    for number in range(2, 20, 2):
        begun = at
        found = given_away(ordering, rtp(number, at))
        while not found:
            at += 1_000
            found = [(one.packet.sequence, one.lost) for one in ordering.due(at)]
        assert found == [(number, 1)]
        waits.append(at - begun)
    assert waits[0] == SENT_ONCE.longest_us
    assert waits[-1] <= 10_000
    given_away(ordering, rtp(17, at))  # one that was given up comes after all
    given_away(ordering, rtp(20, at))
    assert ordering.due(at + 100_000) == []


def test_what_is_held_is_bounded() -> None:
    ordering = Ordering()
    found = given_away(ordering, rtp(0), *(rtp(2 + n) for n in range(SENT_ONCE.most)))
    assert found == [(0, 0), (2, 1), *((3 + n, 0) for n in range(SENT_ONCE.most - 1))]


def test_a_sender_that_begins_anew_loses_nothing() -> None:
    ordering = Ordering()
    assert given_away(ordering, rtp(5), rtp(40_000), rtp(40_001), rtp(40_002)) == [
        (5, 0), (40_000, 0), (40_001, 0), (40_002, 0),
    ]  # fmt: skip
    assert given_away(ordering, rtp(9, ssrc=2)) == [(9, 0)]
    assert given_away(ordering, rtp(30_000, ssrc=2), rtp(10, ssrc=2)) == [(10, 0)]  # a stray one


@given(st.lists(st.tuples(st.integers(0, 65_535), st.integers(0, 200_000)), max_size=200))
def test_whatever_comes_what_is_given_away_grows(steps: list[tuple[int, int]]) -> None:
    ordering, at, taken, given_count = Ordering(), 0, 0, 0
    for sequence, waited in steps:
        at += waited
        taken += 1
        given_count += len(ordering.take(rtp(sequence, at)))
        given_count += len(ordering.due(at))
    assert given_count <= taken


@settings(max_examples=25, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(0, 65_535))
def test_a_network_that_shuffles_a_little_is_undone(dice: random.Random, first: int) -> None:
    numbers = list(range(200))
    numbers.sort(key=lambda number: (number > 0) * (number + dice.random() * 8))
    ordering = Ordering()
    found = given_away(ordering, *(rtp(first + number) for number in numbers))
    assert found == [((first + number) & 0xFFFF, 0) for number in range(200)]


def test_loss_and_jitter_are_counted_as_the_rfc_does() -> None:
    count = ReceiverCount(90_000)
    assert count.block(0) is None
    for index in range(100):
        if index % 10 != 5:
            late = 1_000 if index % 2 else 0
            count.note(rtp(65_500 + index, index * 40_000 + late, timestamp=index * 3_600))
    block = count.block(4_000_000)
    assert block is not None
    assert (block.lost, block.fraction_lost) == (10, 25)
    assert block.highest_sequence == 65_500 + 99
    assert 600 <= count.jitter_us <= 1_000
    count.note(rtp(65_600, 4_000_000, timestamp=360_000))
    count.sender_reported(SenderReport(1, 0, 0, 77), 4_000_000)
    later = count.block(5_000_000)
    assert later is not None
    assert (later.fraction_lost, later.last_report, later.since_report) == (0, 77, 65_536)


def test_a_clock_that_is_set_is_no_jitter() -> None:
    count = ReceiverCount(90_000)
    for index in range(50):
        base = 0 if index < 25 else 2**31 + 12_345
        count.note(rtp(index, index * 40_000, timestamp=(base + index * 3_600) & 0xFFFFFFFF))
    assert count.jitter_us < 100


def test_who_is_waited_for_can_be_named() -> None:
    ordering = Ordering()
    assert ordering.missing() == []
    given_away(ordering, rtp(65_533), rtp(65_535), rtp(2))
    assert ordering.missing() == [65_534, 0, 1]
