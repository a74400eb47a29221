"""Chunks to messages: interleaved, resized, with long times, and what is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from media.feeds.rtmp_chunks import ChunkReader, MalformedRtmp, Message, chunked

MESSAGES = st.builds(
    Message,
    kind=st.sampled_from([8, 9, 18, 20, 22]),
    stream=st.integers(0, 0xFFFFFFFF),
    timestamp=st.integers(0, 0xFFFFFFFF),
    payload=st.binary(max_size=700),
)


def read(data: bytes, most: int = 100_000) -> list[Message]:
    reader = ChunkReader(most)
    reader.feed(data)
    found = []
    while (message := reader.next()) is not None:
        found.append(message)
    return found


def resized(size: int) -> bytes:
    return chunked(2, Message(1, 0, 0, size.to_bytes(4, "big")))


@given(st.lists(MESSAGES, max_size=4), st.integers(1, 300))
def test_messages_come_out_whole_however_the_bytes_are_cut(
    messages: list[Message], cut: int
) -> None:
    data = resized(200) + b"".join(chunked(4, message, 200) for message in messages)
    reader, found = ChunkReader(100_000), list[Message]()
    for at in range(0, len(data), cut):
        reader.feed(data[at : at + cut])
        while (message := reader.next()) is not None:
            found.append(message)
    assert found == messages


@given(st.binary(max_size=400), st.integers(1, 64))
def test_anything_is_read_or_refused(data: bytes, cut: int) -> None:
    reader = ChunkReader(1000)
    try:
        for at in range(0, len(data), cut):
            reader.feed(data[at : at + cut])
            while (message := reader.next()) is not None:
                assert len(message.payload) <= 1000
    except MalformedRtmp:
        pass


def test_chunks_of_several_streams_come_mixed() -> None:
    long, short = Message(9, 1, 40, b"v" * 300), Message(8, 1, 41, b"a" * 10)
    pieces = chunked(6, long)
    data = pieces[: 12 + 128] + chunked(4, short) + pieces[12 + 128 :]
    assert read(data) == [short, long]


def test_chunks_larger_than_any_message_are_taken() -> None:
    """§5.4.1: what is more than a message can be long means the same; some boxes say so."""
    message = Message(9, 1, 0, b"v" * 900)
    assert read(resized(0x7FFFFFFF) + chunked(4, message, 0xFFFFFF)) == [message]


def test_short_headers_go_on_from_the_one_before() -> None:
    first = chunked(4, Message(8, 1, 1000, b"one"))
    second = b"\x44" + (20).to_bytes(3, "big") + (4).to_bytes(3, "big") + b"\x08four"
    third = b"\x84" + (25).to_bytes(3, "big") + b"five"
    fourth = b"\xc4six!"
    found = read(first + second + third + fourth)
    assert [(known.timestamp, known.payload) for known in found] == [
        (1000, b"one"), (1020, b"four"), (1045, b"five"), (1070, b"six!"),
    ]  # fmt: skip
    assert {known.stream for known in found} == {1}


def test_numbers_of_chunk_streams_have_three_lengths() -> None:
    rest = chunked(4, Message(8, 1, 7, b"x"))[1:]
    for front in (b"\x04", b"\x00\x05", b"\x01\x05\x01"):
        assert read(front + rest) == [Message(8, 1, 7, b"x")]


def test_long_times_wrap_and_may_be_repeated_or_not() -> None:
    late = Message(9, 1, 0xFFFFFFF0, b"v" * 200)
    data = chunked(6, late)
    lazy = data.replace(b"\xc6\xff\xff\xff\xf0", b"\xc6")  # some encoders leave it out
    assert len(lazy) == len(data) - 4
    for form in (data, lazy):
        wrapped = b"\x86" + (0x20).to_bytes(3, "big") + b"w" * 128 + b"\xc6" + b"w" * 72
        assert [known.timestamp for known in read(form + wrapped)] == [0xFFFFFFF0, 0x10]


def test_an_aborted_message_is_forgotten() -> None:
    begun = chunked(6, Message(9, 1, 0, b"v" * 300))[: 12 + 128]
    abort = chunked(2, Message(2, 0, 0, (6).to_bytes(4, "big")))
    after = Message(9, 1, 40, b"w")
    assert read(begun + abort + chunked(6, after)) == [after]


@pytest.mark.parametrize(
    "data",
    [
        chunked(4, Message(9, 1, 0, b"x" * 2000)),  # too large
        resized(1),
        resized(0),
        resized(1 << 31),
        b"\xc4",  # goes on with nothing
        chunked(4, Message(9, 1, 0, b"x" * 200))[:140] * 2,  # begins within another
        b"".join(chunked(number, Message(9, 1, 0, b"")) for number in range(3, 60)),
        b"".join(chunked(number, Message(9, 1, 0, b"x" * 999))[:140] for number in range(3, 30)),
    ],
)
def test_what_nobody_sends_is_refused(data: bytes) -> None:
    with pytest.raises(MalformedRtmp):
        read(data, 1000)
