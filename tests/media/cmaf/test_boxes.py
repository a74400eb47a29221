"""Init sections, byte for byte."""

from media.cmaf import boxes


def test_a_box_is_length_kind_payload() -> None:
    assert boxes.box(b"free", b"ab", b"c") == bytes.fromhex("0000000b66726565616263")


def test_a_full_box_has_version_and_flags() -> None:
    assert boxes.full_box(b"vmhd", 1, 0x20, b"x") == bytes.fromhex("0000000d766d6864 01000020 78")


def test_file_type_names_cmaf() -> None:
    assert (
        boxes.ftyp().hex(" ", 4) == "0000001c 66747970 69736f36 00000000 69736f36 636d6663 6d703431"
    )


def test_aac_entry() -> None:
    entry = boxes.mp4a(
        channels=2, sample_rate=48_000, configuration=bytes.fromhex("1190"), bit_rate=96_000
    )
    assert entry == bytes.fromhex(
        "0000004b 6d703461 000000000000 0001 0000000000000000 0002 0010 00000000 bb800000"
        "00000027 65736473 00000000"
        "0319 0000 00"
        "0411 40 15 000000 00017700 00017700"
        "0502 1190"
        "0601 02"
    )


def test_h264_entry() -> None:
    entry = boxes.avc1(width=640, height=360, configuration=b"CONF", bit_rate=1000)
    assert entry == bytes.fromhex(
        "00000099 61766331 000000000000 0001" + "00" * 16 + "0280 0168 00480000 00480000 00000000"
        "0001" + "00" * 32 + "0018 ffff"
        "0000000c 61766343 434f4e46"
        "00000013 636f6c72 6e636c78 0001 0001 0001 00"
        "00000010 70617370 00000001 00000001"
        "00000014 62747274 00000000 000003e8 000003e8"
    )
