"""Candidates in SDP: what a viewer tells, read with suspicion, and what we tell."""

import pytest
from aiortc.sdp import candidate_from_sdp
from hypothesis import given
from hypothesis import strategies as st

from media.relay.candidates import (
    MOST_CANDIDATES,
    Candidate,
    LocalCandidate,
    local_priority,
    read_candidates,
    read_fragment,
    write_fragment,
)
from media.relay.ice import Credentials

HOST = "a=candidate:1 1 udp 2130706431 192.0.2.7 5000 typ host"
SIX = "a=candidate:1 1 UDP 2130706431 2001:db8::7 5000 typ host generation 0"


@pytest.mark.parametrize(
    ("line", "read"),
    [
        (HOST, [Candidate("192.0.2.7", 5000, 2130706431)]),
        (SIX, [Candidate("2001:db8::7", 5000, 2130706431)]),
        (HOST.replace("192.0.2.7", "0f0e.local"), []),
        (HOST.replace("udp", "tcp") + " tcptype active", []),
        (HOST.replace("candidate:1 1", "candidate:1 2"), []),
        (HOST.replace("5000", "0"), []),
        (HOST.replace("5000", "70000"), []),
        (HOST.replace("192.0.2.7", "224.0.0.1"), []),
        (HOST.replace("192.0.2.7", "::"), []),
        (SIX.replace("2001:db8::7", "fe80::7"), []),
        (HOST.replace("192.0.2.7", "255.255.255.255"), []),
        (HOST.replace("2130706431", "much"), []),
        ("a=candidate:1 1 udp", []),
        ("a=end-of-candidates", []),
    ],
)
def test_only_what_we_could_send_to_is_taken(line: str, read: list[Candidate]) -> None:
    assert list(read_candidates([line])) == read


def test_ours_are_understood_by_others_with_udp_first() -> None:
    ours = [
        LocalCandidate("udp", "192.0.2.1", 8443, local_priority("udp", 0)),
        LocalCandidate("udp", "2001:db8::1", 8443, local_priority("udp", 1)),
        LocalCandidate("tcp", "192.0.2.1", 8443, local_priority("tcp", 0)),
        LocalCandidate(
            "udp", "203.0.113.5", 8443, local_priority("udp", 0, "srflx"), ("192.0.2.1", 8443)
        ),
    ]
    udp, six, tcp, public = (candidate_from_sdp(str(candidate)) for candidate in ours)
    assert udp.priority > six.priority > tcp.priority > public.priority
    assert (tcp.protocol, tcp.tcpType) == ("tcp", "passive")
    assert (public.type, public.relatedAddress, public.ip) == ("srflx", "192.0.2.1", "203.0.113.5")


def test_a_fragment_of_candidates_is_read() -> None:
    text = f"a=ice-ufrag:abcd\r\na=ice-pwd:{'p' * 22}\r\nm=video 9 X 0\r\na=mid:0\r\n{HOST}\r\n"
    fragment = read_fragment(text)
    assert fragment.credentials == Credentials("abcd", "p" * 22)
    assert fragment.candidates == (Candidate("192.0.2.7", 5000, 2130706431),)
    assert not fragment.is_last
    assert read_fragment("a=end-of-candidates").is_last


@pytest.mark.parametrize(
    "text", ["", "v=0", "a=ice-ufrag:abcd\r\na=ice-pwd:short\r\n", "a=ice-ufrag:abcd"]
)
def test_a_fragment_that_says_nothing_or_nonsense_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="the"):
        read_fragment(text)


def test_what_answers_a_restart_can_be_read_again() -> None:
    ours = LocalCandidate("udp", "192.0.2.1", 8443, local_priority("udp", 0))
    local = Credentials("abcdefgh", "p" * 24)
    read = read_fragment(write_fragment(local, "0", "video", [ours]))
    assert read.credentials == local
    assert [each.host for each in read.candidates] == ["192.0.2.1"]


@given(st.text(max_size=300))
def test_garbage_raises_nothing_else(text: str) -> None:
    for whole in (text, "a=candidate:" + text, f"{HOST}\r\n{text}"):
        try:
            fragment = read_fragment(whole)
        except ValueError:
            continue
        assert len(fragment.candidates) <= MOST_CANDIDATES
