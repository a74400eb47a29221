"""AES-GCM of the compiled part makes the bytes that RFC 7714 prints and libsrtp makes."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pylibsrtp import Policy, Session

from media.relay.gcm import CannotUse, Gcm
from media.relay.library import SOURCES
from tests.tools import require_tool

SALT = bytes.fromhex("517569642070726f2071756f")
PLAIN = bytes.fromhex("8040f17b8041f8d35501a0b2") + b"Gallia est omnis divisa in partes tres"
# RFC 7714 §16.1.1 and §16.2.1: key, then the packet encrypted.
PRINTED = [
    (
        "000102030405060708090a0b0c0d0e0f",
        "8040f17b8041f8d35501a0b2f24de3a3fb34de6cacba861c9d7e4bcabe633bd50d294e6f42a5f47a51c7d19b36de"
        "3adf8833899d7f27beb16a9152cf765ee4390cce",
    ),
    (
        "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f",
        "8040f17b8041f8d35501a0b232b1de78a822fe12ef9f78fa332e33aab18012389a58e2f3b50b2a0276ffae0f1ba6"
        "3799b87b7aa3db36dfffd6b0f9bb7878d7a76c13",
    ),
]
ROLLOVER = 0x10000
PROFILES = {16: Policy.SRTP_PROFILE_AEAD_AES_128_GCM, 32: Policy.SRTP_PROFILE_AEAD_AES_256_GCM}


def rtp(number: int, payload: bytes, ssrc: int = 7) -> bytes:
    return (
        bytes([0x80, 0x66]) + (number % ROLLOVER).to_bytes(2, "big")
        + number.to_bytes(8, "big")[-4:] + ssrc.to_bytes(4, "big") + payload
    )  # fmt: skip


def nonce(packet: bytes, number: int, salt: bytes) -> bytes:
    plain = bytes(2) + packet[8:12] + (number >> 16).to_bytes(4, "big") + packet[2:4]
    return bytes(one ^ other for one, other in zip(plain, salt, strict=True))


@pytest.mark.parametrize(("key", "printed"), PRINTED, ids=["128", "256"])
def test_the_packets_that_the_specification_prints(gcm: Gcm, key: str, printed: str) -> None:
    keys = gcm.of_session(bytes.fromhex(key), SALT)
    assert keys.protect(PLAIN, 0xF17B) == bytes.fromhex(printed)


@given(
    st.sampled_from([16, 32]),
    st.integers(0, 4_000),
    st.integers(0, 2**48 - 1),
    st.integers(0, 2**32 - 1),
)
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_size_and_number(gcm: Gcm, key_bytes: int, size: int, number: int, ssrc: int) -> None:
    key, salt, payload = os.urandom(key_bytes), os.urandom(12), os.urandom(size)
    packet = rtp(number, payload, ssrc)
    secret = AESGCM(key).encrypt(nonce(packet, number, salt), payload, packet[:12])
    assert gcm.of_session(key, salt).protect(packet, number) == packet[:12] + secret


@pytest.mark.parametrize("key_bytes", [16, 32])
def test_a_receiver_follows_across_two_rollovers(gcm: Gcm, key_bytes: int) -> None:
    master = os.urandom(key_bytes + 12)
    receiver = Session(Policy(master, Policy.SSRC_ANY_INBOUND, srtp_profile=PROFILES[key_bytes]))
    keys = gcm.of_master(master)
    for number in [*range(32_000, 2 * ROLLOVER + 40_000, 9_973), 2 * ROLLOVER + 40_001]:
        packet = rtp(number, number.to_bytes(4, "big") * 40)
        secret = keys.protect(packet, number)
        assert secret is not None
        assert receiver.unprotect(secret) == packet


def test_a_number_sent_again_is_the_same_bytes(gcm: Gcm) -> None:
    keys = gcm.of_master(os.urandom(28))
    first = keys.protect(rtp(70_000, b"picture"), 70_000)
    keys.protect(rtp(70_001, b"another"), 70_001)
    assert keys.protect(rtp(70_000, b"picture"), 70_000) == first
    assert keys.protect(rtp(70_000, b"picture"), 70_000 + ROLLOVER) != first


def test_what_cannot_be_a_packet_is_refused(gcm: Gcm) -> None:
    keys = gcm.of_master(os.urandom(28))
    assert keys.protect(b"short", 1) is None
    assert keys.protect(rtp(1, bytes(4_001)), 1) is None
    assert keys.protect(rtp(1, b"x"), 1 << 48) is None
    with pytest.raises(ValueError, match="no key"):
        gcm.of_session(bytes(24), bytes(12))
    with pytest.raises(ValueError, match="no key"):
        gcm.of_session(bytes(16), bytes(14))


def test_nothing_is_encrypted_with_keys_that_were_wiped(gcm: Gcm) -> None:
    keys = gcm.of_master(os.urandom(28))
    assert keys.protect(rtp(1, b"x"), 1) is not None
    keys.close()
    assert keys.protect(rtp(1, b"x"), 1) is None


def test_one_that_makes_other_bytes_is_not_used(tmp_path: Path) -> None:
    for source in SOURCES:
        text = source.read_text().replace("at << 24", "at << 25")
        (tmp_path / source.name).write_text(text)
        header = source.with_suffix(".h")
        if header.exists():
            (tmp_path / header.name).write_text(header.read_text())
    made = tmp_path / "wrong.so"
    command = [str(require_tool("cc")), "-O1", "-shared", "-fPIC", "-o", str(made)]
    subprocess.run([*command, "gcm.c"], cwd=tmp_path, check=True)
    with pytest.raises(CannotUse, match="other packets"):
        Gcm(made)


def test_where_nothing_was_built_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(CannotUse, match="not built"):
        Gcm(tmp_path / "nowhere.so")
