"""A client's second flight in small datagrams, in any order: the handshake is complete with it."""

from __future__ import annotations

import contextlib
import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from OpenSSL import SSL

from media.relay.dtls import Dtls
from media.relay.flights import Flights
from tests.media.relay.test_dtls import CLIENT, IDENTITY, client, fingerprints, said

SMALL = 256
CHANGE_CIPHER_SPEC = 20


def records(flight: bytes) -> list[bytes]:
    """Cut what OpenSSL's memory has run together into records, each a datagram."""
    found, at = [], 0
    while at < len(flight):
        end = at + 13 + int.from_bytes(flight[at + 11 : at + 13], "big")
        found.append(flight[at:end])
        at = end
    return found


def second_flight() -> tuple[Dtls, SSL.Connection, list[bytes]]:
    """Shake hands until the client's second flight is on its way, in small datagrams."""
    server, connection = Dtls(IDENTITY, fingerprints(CLIENT)), client()
    connection.set_ciphertext_mtu(SMALL)
    for _ in range(2):
        with contextlib.suppress(SSL.Error):
            connection.do_handshake()
        flight = records(said(connection))
        if flight[-1][0] != 22 or flight[-1][3:5] != b"\0\0":
            return server, connection, flight
        for one in flight:
            server.receive(one)
        for datagram in server.outgoing(0.0):
            connection.bio_write(datagram)
    raise AssertionError("the client did not go on")


def test_the_client_sends_small_datagrams_at_all() -> None:
    _, _, flight = second_flight()
    assert len(flight) >= 6
    assert max(map(len, flight)) <= SMALL


@pytest.mark.parametrize("seed", range(12))
def test_datagrams_that_overtake_one_another_make_no_second_flight_necessary(seed: int) -> None:
    server, connection, flight = second_flight()
    random.Random(seed).shuffle(flight)  # noqa: S311 - repeatable
    for one in flight:
        server.receive(one)
    assert server.is_connected
    for datagram in server.outgoing(0.0):
        connection.bio_write(datagram)
    connection.do_handshake()
    connection.send(b"hello")
    assert server.receive(said(connection)) == [b"hello"]


def test_what_was_lost_may_come_in_another_flight() -> None:
    server, _, flight = second_flight()
    lost = flight.pop(1)
    for one in reversed(flight):
        server.receive(one)
    assert not server.is_connected
    server.receive(lost)
    assert server.is_connected


def test_a_whole_flight_in_one_datagram_is_given_on_as_it_came() -> None:
    _, _, flight = second_flight()
    taken = Flights()
    taken.take(hello())
    assert taken.take(b"".join(flight)) == [b"".join(flight)]


def fragment(number: int, offset: int) -> bytes:
    """Return a record with one byte of a handshake message."""
    message = bytes([11, 0, 0x40, 0]) + number.to_bytes(2, "big") + offset.to_bytes(3, "big")
    body = message + b"\0\0\1" + b"x"
    return b"\x16\xfe\xfd" + bytes(8) + len(body).to_bytes(2, "big") + body


def test_who_sends_more_than_anybody_does_is_left_to_openssl() -> None:
    change = b"\x14\xfe\xfd" + bytes(8) + b"\0\1\1"
    flights = Flights()
    assert flights.take(change) == []
    for offset in range(100):
        flights.take(fragment(1, offset))
    assert flights.take(change) == [change]


def hello() -> bytes:
    connection = client()
    with contextlib.suppress(SSL.Error):
        connection.do_handshake()
    return said(connection)


@given(st.lists(st.binary(max_size=200), max_size=20))
def test_whatever_comes_is_bounded_and_nothing_is_made_up(datagrams: list[bytes]) -> None:
    flights = Flights()
    given_on = list(itertools.chain.from_iterable(map(flights.take, datagrams)))
    assert sum(map(len, given_on)) <= sum(map(len, datagrams))
