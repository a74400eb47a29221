"""Fragments, byte for byte."""

import struct

from media.cmaf.fragment import Sample, fragment


def test_a_key_frame_and_its_followers() -> None:
    made = fragment(
        7,
        [
            Sample(b"KEY", 90_000, 90_000, 3600, sync=True),
            Sample(b"de", 93_600, 93_600, 3600, sync=False),
            Sample(b"f", 97_200, 97_200, 3600, sync=False),
        ],
    )
    assert made == bytes.fromhex(
        "00000070 6d6f6f66"
        "00000010 6d666864 00000000 00000007"
        "00000058 74726166"
        "00000018 74666864 00020028 00000001 00000e10 01010000"  # duration, flags of all
        "00000014 74666474 01000000 0000000000015f90"
        "00000024 7472756e 01000205 00000003 00000078 02000000 00000003 00000002 00000001"
        "0000000e 6d646174"
    ) + (b"KEYdef")


def test_sound_costs_four_bytes_a_packet() -> None:
    packets = [Sample(b"..", 1024 * i, 1024 * i, 1024, sync=True) for i in range(15)]
    made = fragment(1, packets)
    assert len(made) == 8 + 16 + 8 + 24 + 20 + 20 + 15 * 4 + 8 + 30


def test_uneven_samples_are_told_one_by_one() -> None:
    made = fragment(
        1,
        [
            Sample(b"a", 0, 2000, 1000, sync=True),
            Sample(b"b", 1000, 500, 1500, sync=False),
            Sample(b"c", 2500, 2500, 1000, sync=True),
        ],
    )
    at = made.index(b"trun") - 4
    assert struct.unpack_from(">4xI", made, at + 4) == (0x01000F01,)
    rows = [struct.unpack_from(">IIIi", made, at + 20 + 16 * i) for i in range(3)]
    assert rows == [
        (1000, 1, 0x02000000, 2000),
        (1500, 1, 0x01010000, -500),
        (1000, 1, 0x02000000, 0),
    ]


def test_data_begins_where_the_run_says() -> None:
    made = fragment(1, [Sample(b"data", 2**33, 2**33, 10, sync=True)])
    at = made.index(b"trun") - 4
    (offset,) = struct.unpack_from(">I", made, at + 16)
    assert made[offset:] == b"data"
