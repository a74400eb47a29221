"""What is usual of whom an ear is for is done with; everything else is brought as it came."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pylibsrtp import Policy, Session

from media.feeds.rtcp import ReportBlock, picture_loss, receiver_report
from media.relay import stun
from media.relay.ear import Ear
from media.relay.intake import BATCH, CannotHear, Intake, Reading
from media.relay.srtp import PROFILES, Keys, Unprotector
from tests.media.relay.test_ear import PASSWORD, PICTURE, check

SECRET = os.urandom(28)
REPORT = receiver_report(9, ReportBlock(PICTURE, 0, 5, 1, 2, 7, 9), "viewer")


class Port:
    """A socket that is read, and a viewer's."""

    def __init__(self, intake: Intake, host: str = "127.0.0.1") -> None:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self.own, self.viewer = (socket.socket(family, socket.SOCK_DGRAM) for _ in range(2))
        for each in (self.own, self.viewer):
            each.bind((host, 0))
            each.settimeout(0)
        self.came: list[tuple[bytes, stun.Address]] = []
        self.plain: list[tuple[int, bytes]] = []
        self.reading: Reading = intake.reading(
            self.own,
            lambda data, address: self.came.append((data, address)),
            lambda number, plain: self.plain.append((number, plain)),
        )
        self.address: stun.Address = self.viewer.getsockname()
        self.ear: Ear = intake.ear(Unprotector(Keys(PROFILES[0], SECRET, SECRET)))
        self.ear.expect([PICTURE])
        self.ear.know(stun.parse(check(bytes(12))).pattern(), PASSWORD)
        self.outbound = Session(Policy(SECRET, Policy.SSRC_ANY_OUTBOUND, 0, PROFILES[0].number))

    def say(self, *datagrams: bytes) -> int:
        for each in datagrams:
            self.viewer.sendto(each, self.own.getsockname())
        return self.reading()

    def close(self) -> None:
        self.reading.close()
        self.ear.close()
        self.own.close()
        self.viewer.close()


@pytest.fixture(params=["127.0.0.1", "::1"])
def port(library: Path, request: pytest.FixtureRequest) -> Iterator[Port]:
    made = Port(Intake(library), request.param)
    yield made
    made.close()


def test_a_stranger_is_brought_as_a_socket_would(port: Port) -> None:
    assert port.say(check(bytes(12)), b"\x80\xc9garbage", b"") == 3
    assert [data for data, _ in port.came] == [check(bytes(12)), b"\x80\xc9garbage", b""]
    assert {address for _, address in port.came} == {port.address}
    assert port.reading() == 0


def test_what_is_usual_is_done_and_brought_to_nobody(port: Port) -> None:
    port.reading.put(port.address, port.ear)
    transaction = os.urandom(12)
    assert port.say(check(transaction), port.outbound.protect_rtcp(REPORT)) == 2
    assert (port.came, port.plain) == ([], [])
    key = stun.Key(PASSWORD.encode())
    assert port.viewer.recv(2048) == stun.success(transaction, port.address, key)
    assert [block.lost for block, _ in port.ear.news()] == [5]
    assert (port.reading.answered, port.reading.noted) == (1, 1)
    assert port.ear.heard_at > 0


def test_what_asks_for_something_is_brought_decrypted_and_the_rest_as_it_came(port: Port) -> None:
    port.reading.put(port.address, port.ear)
    asks = picture_loss(9, PICTURE)
    other = check(bytes(12), name="else")
    port.say(port.outbound.protect_rtcp(asks), b"\x16handshake", other)
    assert port.plain == [(port.ear.number, asks)]
    assert [data for data, _ in port.came] == [b"\x16handshake", other]


def test_garbage_repeats_and_media_are_counted(port: Port) -> None:
    port.reading.put(port.address, port.ear)
    once = port.outbound.protect_rtcp(REPORT)
    port.say(once, once, b"\x80\xc9" + bytes(30), b"\x80\x60" + bytes(30), b"\x80")
    assert (port.came, port.plain) == ([], [])
    assert port.reading.counted() == {"not authentic": 2, "unwanted": 2}


def test_a_flood_is_cut_off_before_it_is_decrypted(port: Port) -> None:
    port.reading.put(port.address, port.ear)
    port.ear.fields.datagrams.left, port.ear.fields.datagrams.at = 0.0, 1e12
    port.say(*[b"\x80\xc9" + bytes(30)] * 3)
    assert port.reading.counted() == {"flood": 3}


def test_who_was_dropped_is_a_stranger_and_only_its_own_ear_is_dropped(port: Port) -> None:
    port.reading.put(port.address, port.ear)
    other = Ear(port.reading._library, Unprotector(Keys(PROFILES[0], SECRET, SECRET)))
    port.reading.drop(port.address, other)
    port.say(check(bytes(12)))
    assert port.came == []
    port.reading.drop(port.address, port.ear)
    port.say(check(bytes(12)))
    assert len(port.came) == 1


def test_each_of_hundreds_is_found_at_its_address(library: Path) -> None:
    intake = Intake(library)
    port = Port(intake)
    others = [intake.ear(Unprotector(Keys(PROFILES[0], SECRET, SECRET))) for _ in range(300)]
    places = [(f"192.0.2.{at % 250}", 1_000 + 7 * at) for at in range(300)]
    for ear, place in zip(others, places, strict=True):
        port.reading.put(place, ear)
    port.reading.put(port.address, port.ear)
    for ear, place in list(zip(others, places, strict=True))[::2]:
        port.reading.drop(place, ear)
    port.say(port.outbound.protect_rtcp(picture_loss(9, PICTURE)))
    assert [number for number, _ in port.plain] == [port.ear.number]
    port.close()


def test_more_than_a_batch_is_read_in_order(port: Port) -> None:
    sent = [b"\x16" + bytes([at]) for at in range(2 * BATCH + 3)]
    assert port.say(*sent) == len(sent)
    assert [data for data, _ in port.came] == sent


@settings(
    max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(st.lists(st.binary(max_size=200), max_size=20))
def test_garbage_of_a_viewer_comes_to_no_harm(port: Port, garbage: list[bytes]) -> None:
    port.reading.put(port.address, port.ear)
    told = port.reading.counted()
    before = len(port.came) + sum(told.values())
    port.say(*garbage)
    after = len(port.came) + sum(port.reading.counted().values())
    assert after - before == len(garbage)
    assert port.plain == []


def test_where_nothing_was_built_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(CannotHear, match="not built"):
        Intake(tmp_path / "nowhere.so")
