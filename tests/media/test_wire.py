"""Messages survive the wire, however it cuts them, and nothing else does."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.errors import MalformedMessage
from media.messages import (
    Frame,
    Message,
    Part,
    Rendition,
    SegmentListed,
    StreamInfo,
    Subscribe,
    WorkerStatus,
)
from media.staff_messages import Alarm, Alarms, ProgramMeter
from media.wire import MAX_PAYLOAD, Decoder, encode

SAMPLES: list[Message] = [
    Subscribe("parts"),
    StreamInfo("b1", (Rendition("v720", "video", "avc1.640028", 90000, 2, 1),), 320, 6, 2, 0),
    SegmentListed("v720", 3, 1, 2, 3, False, False, 1, ((28800, True, 4096),)),
    Frame("v720", 3600, 1_700_000_000_000_000, True, 2, b"\0\0\0\1e"),
    Part("v720", 3, 1, 7, 8, 28800, True, False, False, False, 1, 2, b"\0moof"),
    Alarms("judge", 1, (Alarm("black", "red", 1), Alarm("hum", "amber", 1))),
    ProgramMeter(1, -9.5, -23.0, -23.1, None, None, 1.5, {"judge": (-9.0, -20.0)}),
    WorkerStatus("room", 1, 2, 3, 0.5, 0, 0, 1.5, {"judge": "shown"}, -3.0, None, {"parts": 1}),
]


@given(st.lists(st.integers(min_value=1, max_value=400), min_size=1, max_size=30))
def test_messages_arrive_whole_however_the_bytes_are_cut(cuts: list[int]) -> None:
    wire = b"".join(encode(message) for message in SAMPLES)
    decoder = Decoder()
    arrived: list[Message] = []
    at = 0
    while at < len(wire):
        size = cuts[len(arrived) % len(cuts)]
        arrived += decoder.feed(wire[at : at + size])
        at += size
    assert arrived == SAMPLES


@pytest.mark.parametrize(
    "header",
    [
        b"{",
        b"[]",
        b'{"type":"unheard_of"}',
        b'{"type":"subscribe"}',
        b'{"type":"subscribe","want":"everything"}',
        b'{"type":"subscribe","want":"parts","extra":1}',
        b'{"type":"subscribe","want":"parts","payload":"x"}',
        b'{"type":"frame","rendition":"v","pts":1,"court_us":1,"keyframe":true}',
        b'{"type":"frame","rendition":1,"pts":1,"court_us":1,"keyframe":true,"epoch":0}',
        b'{"type":"frame","rendition":"v","pts":1,"court_us":1,"keyframe":true,"other":0}',
        b'{"type":"frame","rendition":"v","pts":1,"court_us":1,"keyframe":"perhaps","epoch":0}',
        b"[" * 5000,
        b"\xff\xfe",
    ],
)
def test_what_is_not_a_known_message_is_refused(header: bytes) -> None:
    with pytest.raises(MalformedMessage):
        Decoder().feed(struct.pack("!II", len(header), 0) + header)


@pytest.mark.parametrize(("header", "payload"), [(0, 0), (2**31, 0), (10, MAX_PAYLOAD + 1)])
def test_lengths_out_of_bounds_are_refused_before_anything_is_held(
    header: int, payload: int
) -> None:
    with pytest.raises(MalformedMessage):
        Decoder().feed(struct.pack("!II", header, payload))


@given(st.binary(max_size=200))
def test_noise_never_raises_anything_else(noise: bytes) -> None:
    decoder = Decoder()
    try:
        assert isinstance(decoder.feed(noise), list)
    except MalformedMessage:
        return


def test_too_large_a_message_is_not_sent() -> None:
    with pytest.raises(MalformedMessage):
        encode(Part("v", 0, 0, 0, 0, 1, True, False, False, False, 1, 0, b"x" * (MAX_PAYLOAD + 1)))
