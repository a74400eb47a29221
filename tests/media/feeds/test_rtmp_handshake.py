"""The handshake, plain and signed as programs that come from Flash want it."""

import hmac

import pytest

from media.feeds.rtmp_chunks import MalformedRtmp
from media.feeds.rtmp_handshake import SIZE, Handshake, digest, digest_place, reply

RANDOM = bytes(index * 7 & 255 for index in range(2 * SIZE))
CLIENT = b"Genuine Adobe Flash Player 001"
SERVER = b"Genuine Adobe Flash Media Server 001"
TAIL = bytes.fromhex("f0eec24a8068bee82e00d0d1029e7e576eec5d2d29806fab93b8e636cfeb31ae")


def test_who_does_not_sign_gets_its_bytes_back() -> None:
    packet = bytes(8) + RANDOM[8:SIZE]
    shake = Handshake(RANDOM)
    assert shake.feed(b"\x03" + packet[:1000]) == b""
    answer = shake.feed(packet[1000:])
    assert (answer[0], answer[1 + SIZE :]) == (3, packet)
    assert not shake.is_done
    assert shake.feed(answer[1 : 1 + SIZE] + b"more") == b""
    assert (shake.is_done, shake.rest) == (True, b"more")


@pytest.mark.parametrize("base", [8, 772])
def test_who_signs_finds_a_signature(base: int) -> None:
    packet = bytes(4) + b"\x09\x00\x7c\x02" + RANDOM[8:SIZE]
    place = digest_place(packet, base)
    signature = digest(packet, place, CLIENT)
    packet = packet[:place] + signature + packet[place + 32 :]
    answer = reply(packet, RANDOM)
    first, second = answer[1 : 1 + SIZE], answer[1 + SIZE :]
    own = digest_place(first, base)
    assert first[own : own + 32] == digest(first, own, SERVER)
    key = hmac.digest(SERVER + TAIL, signature, "sha256")
    assert second[-32:] == hmac.digest(key, second[:-32], "sha256")


@pytest.mark.parametrize("first", [b"\x06", b"GET / HTTP/1.1\r\n", b"\x16\x03\x01"])
def test_what_is_not_rtmp_is_refused_at_its_first_byte(first: bytes) -> None:
    with pytest.raises(MalformedRtmp):
        Handshake(RANDOM).feed(first)
