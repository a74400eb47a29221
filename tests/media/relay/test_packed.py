"""A packed frame's packets, and in which runs the kernel can be asked to cut them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from media.relay.packed import MAX_PACKET, MAX_PAYLOAD, RTP_HEADER, Packed


def packed(sizes: list[int], *, is_video: bool = True) -> Packed:
    payloads = [bytes([at % 256]) * size for at, size in enumerate(sizes)]
    return Packed.of(
        payloads, first=100, timestamp=0, court_us=0, keyframe=False, is_video=is_video
    )


@given(st.lists(st.sampled_from([1, 40, 700, 999, 1_000, MAX_PAYLOAD]), min_size=1, max_size=150))
def test_runs_are_what_segmentation_allows(sizes: list[int]) -> None:
    frame = packed(sizes)
    runs = frame.runs(0, frame.count)
    assert [at for run in runs for at in range(run.first, run.first + run.count)] == list(
        range(len(sizes))
    )
    for run in runs:
        *others, last = sizes[run.first : run.first + run.count]
        assert set(others) <= {run.size}
        assert 0 < last <= run.size
        assert run.count <= 64
        assert run.count * (run.size + RTP_HEADER + 16) <= 65_507


def test_equal_fragments_are_one_run() -> None:
    assert len(packed([1_000] * 9 + [993]).runs(0, 10)) == 1
    assert [run.count for run in packed([1_000] * 9 + [993]).runs(2, 5)] == [3]


def test_the_template_has_room_for_header_and_tag() -> None:
    frame = packed([3, 2])
    assert frame.template(4) == bytes(12) + b"\0\0\0" + bytes(4) + bytes(12) + b"\1\1" + bytes(4)
    assert [frame.place(at, 4) for at in range(3)] == [0, 19, 37]
    assert frame.template(4) is frame.template(4)


def test_the_last_packet_of_a_picture_is_marked() -> None:
    assert [packed([5, 5]).is_marked(at) for at in range(2)] == [False, True]
    assert not packed([5], is_video=False).is_marked(0)


def test_a_packet_sent_again_with_its_own_number_still_fits() -> None:
    assert RTP_HEADER + 2 + MAX_PAYLOAD + 16 == MAX_PACKET


def test_sounds_that_follow_each_other_are_one_run() -> None:
    frame = Packed.of_sounds(
        [b"a" * 160, b"b" * 172, b"c" * 3], first=5, timestamp=960, step=960, court_us=0
    )
    assert [frame.size(at) for at in range(3)] == [172, 172, 3]
    assert [frame.first_byte(at) for at in range(3)] == [0xA0, 0x80, 0x80]
    assert frame.payload(0) == b"a" * 160 + bytes(11) + b"\x0c"
    assert len(frame.runs(0, 3)) == 1
    assert frame.last_timestamp == 2_880
    alone = Packed.of_sounds([b"a" * 3], first=0, timestamp=0, step=0, court_us=0)
    assert (alone.padded, alone.payload(0)) == (0, b"aaa")


def test_sounds_of_very_different_sizes_are_not_padded() -> None:
    frame = Packed.of_sounds([b"a", b"b" * 400], first=0, timestamp=0, step=960, court_us=0)
    assert (frame.size(0), frame.padded) == (1, 0)
