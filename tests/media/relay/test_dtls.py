"""DTLS as the server: who is who the offer said gets keys, nobody else, and nothing hangs."""

from __future__ import annotations

import contextlib
import time

import pytest
from aiortc import RTCCertificate
from aiortc.rtcdtlstransport import SRTP_PROFILES, SRTPProtectionProfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from OpenSSL import SSL

from media.relay.dtls import Dtls, Fingerprint, Identity

IDENTITY = Identity()
CLIENT = RTCCertificate.generateCertificate()


def fingerprints(certificate: RTCCertificate) -> list[Fingerprint]:
    return [Fingerprint(each.algorithm, each.value) for each in certificate.getFingerprints()]


def client(profiles: list[SRTPProtectionProfile] = SRTP_PROFILES) -> SSL.Connection:
    connection = SSL.Connection(CLIENT._create_ssl_context(profiles))
    connection.set_connect_state()
    return connection


def said(connection: SSL.Connection) -> bytes:
    whole = b""
    with contextlib.suppress(SSL.Error):
        while True:
            whole += connection.bio_read(16384)
    return whole


def shake_hands(server: Dtls, connection: SSL.Connection) -> None:
    for _ in range(10):
        with contextlib.suppress(SSL.Error):
            connection.do_handshake()
        heard = said(connection)
        if heard:
            server.receive(heard)
        for datagram in server.outgoing(0.0):
            assert len(datagram) <= 1200
            connection.bio_write(datagram)


def test_keys_are_agreed_on_and_messages_go_both_ways() -> None:
    server, connection = Dtls(IDENTITY, fingerprints(CLIENT)), client()
    shake_hands(server, connection)
    assert server.is_connected
    assert server.keys is not None
    assert server.keys.profile.name == b"SRTP_AEAD_AES_128_GCM"
    size = 2 * (16 + 12)
    made = connection.export_keying_material(b"EXTRACTOR-dtls_srtp", size)
    assert server.keys.ours == made[16:32] + made[44:]
    connection.send(b"hello")
    assert server.receive(said(connection)) == [b"hello"]
    assert server.send(b"court")
    (datagram,) = server.outgoing(0.0)
    connection.bio_write(datagram)
    assert connection.recv(100) == b"court"


def test_another_certificate_than_offered_gets_no_keys() -> None:
    other = RTCCertificate.generateCertificate()
    server = Dtls(IDENTITY, fingerprints(other))
    shake_hands(server, client())
    assert (server.keys, server.is_connected) == (None, False)
    assert "certificate" in server.over
    assert not server.send(b"court")


@pytest.mark.parametrize("offered", [[], [Fingerprint("md5", "00:11")]])
def test_without_a_fingerprint_that_can_be_checked_there_are_no_keys(
    offered: list[Fingerprint],
) -> None:
    server = Dtls(IDENTITY, offered)
    shake_hands(server, client())
    assert server.keys is None


def test_without_a_common_profile_there_are_no_keys() -> None:
    other = SRTPProtectionProfile(0, b"SRTP_AES128_CM_SHA1_32", 16, 14)
    server = Dtls(IDENTITY, fingerprints(CLIENT))
    shake_hands(server, client([other]))
    assert server.keys is None
    assert server.over == "no common SRTP profile"


def waited(server: Dtls, now: float) -> float:
    """Return how long after ``now`` a flight is to be repeated."""
    due = server.due()
    assert due is not None
    return due - now


def test_what_is_not_answered_is_said_again_soon() -> None:
    server, connection = Dtls(IDENTITY, fingerprints(CLIENT)), client()
    with contextlib.suppress(SSL.Error):
        connection.do_handshake()
    server.receive(said(connection))
    lost = server.outgoing(10.0, rtt=0.06)
    assert lost
    assert waited(server, 10.0) == pytest.approx(0.12)  # two round trips, then twice as long
    assert server.repeated(10.1) == []
    assert server.repeated(10.2) == lost
    assert waited(server, 10.2) == pytest.approx(0.24)
    for datagram in server.repeated(11.0):
        connection.bio_write(datagram)
    shake_hands(server, connection)
    assert server.is_connected


def nearly(server: Dtls, connection: SSL.Connection) -> list[bytes]:
    """Shake hands up to the last flight; return it, on its way to the client."""
    with contextlib.suppress(SSL.Error):
        connection.do_handshake()
    server.receive(said(connection))
    for datagram in server.outgoing(10.0):
        connection.bio_write(datagram)
    with contextlib.suppress(SSL.Error):
        connection.do_handshake()
    server.receive(said(connection))
    assert server.is_connected
    return server.outgoing(10.0)


def test_the_last_flight_is_said_once_more_for_nobody_answers_it() -> None:
    server, connection = Dtls(IDENTITY, fingerprints(CLIENT)), client()
    last = nearly(server, connection)
    assert waited(server, 10.0) < 0.1
    again = server.repeated(10.1)
    assert again == last
    assert (server.due(), server.repeated(20.0)) == (None, [])
    for datagram in [*again, *last]:  # the first has been lost, the second is one too many
        connection.bio_write(datagram)
    connection.do_handshake()
    server.send(b"court")
    connection.bio_write(*server.outgoing(10.2))
    assert connection.recv(100) == b"court"
    assert server.due() is None


def test_who_did_not_hear_the_last_flight_and_says_so_hears_it_again() -> None:
    server, connection = Dtls(IDENTITY, fingerprints(CLIENT)), client()
    nearly(server, connection)  # lost, and its repetition too
    pause = connection.DTLSv1_get_timeout()
    assert pause is not None
    time.sleep(pause + 0.01)  # OpenSSL reads the clock itself
    connection.DTLSv1_handle_timeout()
    server.receive(said(connection))
    for datagram in server.outgoing(11.0):
        connection.bio_write(datagram)
    connection.do_handshake()


def test_a_goodbye_is_heard_and_said() -> None:
    server, connection = Dtls(IDENTITY, fingerprints(CLIENT)), client()
    shake_hands(server, connection)
    connection.shutdown()
    server.receive(said(connection))
    assert server.over == "closed by the viewer"
    other, connection = Dtls(IDENTITY, fingerprints(CLIENT)), client()
    shake_hands(other, connection)
    other.close()
    for datagram in other.outgoing(0.0):
        connection.bio_write(datagram)
    with pytest.raises(SSL.ZeroReturnError):
        connection.recv(100)
    other.close()


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.lists(st.binary(min_size=1, max_size=120), max_size=5), st.booleans())
def test_garbage_before_or_after_the_handshake_raises_nothing(
    garbage: list[bytes], is_after: bool
) -> None:
    server, connection = Dtls(IDENTITY, fingerprints(CLIENT)), client()
    if is_after:
        shake_hands(server, connection)
    with contextlib.suppress(SSL.Error):
        connection.do_handshake()
    hello = said(connection) or bytes(40)
    for data in garbage:
        for datagram in (data, b"\x16\xfe\xfd" + data, hello[:13] + data, hello[:40] + data):
            assert isinstance(server.receive(datagram), list)
            server.outgoing(0.0)
    if is_after and not server.over:
        connection.send(b"still here")
        assert server.receive(said(connection)) == [b"still here"]
