"""A viewer's keys: what we encrypt others decrypt, and the other way round."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pylibsrtp import Policy, Session

from media.relay.gcm import Gcm
from media.relay.srtp import (
    PROFILES,
    SHORT_WINDOW,
    WINDOW,
    Keys,
    NotAuthentic,
    Profile,
    Protector,
    Unprotector,
)

REPORT = bytes.fromhex("80c9000100000001")  # an empty receiver report
RTP = bytes.fromhex("80600001000000010000006f") + b"picture"


def keys(profile: Profile = PROFILES[0]) -> Keys:
    return Keys.of_server(profile, os.urandom(2 * (profile.key_bytes + profile.salt_bytes)))


def other_end(ours: Keys, *, receives: bool) -> Session:
    kind = Policy.SSRC_ANY_INBOUND if receives else Policy.SSRC_ANY_OUTBOUND
    return Session(Policy(ours.ours if receives else ours.theirs, kind, 0, ours.profile.number))


@pytest.mark.parametrize("profile", PROFILES, ids=lambda each: each.name.decode())
def test_each_profile_is_spoken_both_ways(profile: Profile) -> None:
    ours = keys(profile)
    protector, receiver = Protector(ours), other_end(ours, receives=True)
    encrypted = protector.protect(RTP, 1)
    assert encrypted is not None
    assert len(encrypted) == len(RTP) + protector.tag_bytes
    assert receiver.unprotect(encrypted) == RTP
    assert receiver.unprotect_rtcp(protector.protect_rtcp(REPORT)) == REPORT
    sent = other_end(ours, receives=False).protect_rtcp(REPORT)
    assert Unprotector(ours).unprotect_rtcp(sent) == REPORT


@pytest.mark.parametrize("profile", PROFILES[:2], ids=lambda each: each.name.decode())
def test_media_by_keys_spread_out_and_reports_by_libsrtp_are_one_viewers(
    gcm: Gcm, profile: Profile
) -> None:
    ours = keys(profile)
    protector, receiver = Protector(ours, gcm=gcm), other_end(ours, receives=True)
    assert protector.protect(RTP, 1) == Protector(ours).protect(RTP, 1)
    encrypted = protector.protect(RTP, 1)
    assert encrypted is not None
    assert receiver.unprotect(encrypted) == RTP
    assert receiver.unprotect_rtcp(protector.protect_rtcp(REPORT)) == REPORT
    protector.close()
    assert protector.protect(RTP, 1) is None


def test_another_profile_stays_with_libsrtp(gcm: Gcm) -> None:
    ours = keys(PROFILES[2])
    protector = Protector(ours, gcm=gcm)
    assert protector.spread is None
    assert protector.protect(RTP, 1) == Protector(ours).protect(RTP, 1)
    assert protector.protect(bytes(5_000), 2) is None


def test_a_packet_can_be_sent_again_as_it_was() -> None:
    protector = Protector(keys())
    first = protector.protect(RTP, 1)
    for number in range(2, WINDOW):
        protector.protect(RTP[:2] + number.to_bytes(2, "big") + RTP[4:], number)
    assert protector.protect(RTP, 1) == first


def test_with_a_short_window_a_second_of_sound_can_be_sent_again_and_no_more() -> None:
    protector = Protector(keys(), SHORT_WINDOW)
    first, *others = [RTP[:2] + number.to_bytes(2, "big") + RTP[4:] for number in range(1, 200)]
    sent = protector.protect(first, 1)
    for packet in others[: SHORT_WINDOW - 2]:
        protector.protect(packet, packet[3])
    assert protector.protect(first, 1) == sent
    for packet in others[SHORT_WINDOW - 2 :]:
        protector.protect(packet, packet[3])
    assert protector.protect(first, 1) is None


def test_a_report_that_comes_twice_is_heard_once() -> None:
    ours = keys()
    unprotector, sent = Unprotector(ours), other_end(ours, receives=False).protect_rtcp(REPORT)
    unprotector.unprotect_rtcp(sent)
    with pytest.raises(NotAuthentic):
        unprotector.unprotect_rtcp(sent)


def test_what_is_too_long_is_refused_before_it_is_copied() -> None:
    with pytest.raises(ValueError, match="too long"):
        Protector(keys()).protect_rtcp(bytes(5000))
    with pytest.raises(NotAuthentic):
        Unprotector(keys()).unprotect_rtcp(bytes(5000))


@given(st.binary(max_size=200))
def test_garbage_is_not_authentic(garbage: bytes) -> None:
    unprotector = Unprotector(keys())
    for data in (garbage, REPORT + garbage):
        with pytest.raises(NotAuthentic):
            unprotector.unprotect_rtcp(data)
