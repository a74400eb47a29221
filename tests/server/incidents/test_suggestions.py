"""The orders and the filed record say what has to be explained."""

from __future__ import annotations

from media import SERVICE_KEY, Gap, OrderRecord, SignedSheet
from media.spool.sheet import CameraSheet, Sheet
from server.incidents.model import Kind
from server.incidents.suggestions import suggestions

SECOND = 1_000_000
NAMES = {"c1": "Bench"}
ORDERS = [
    OrderRecord(1, "start", 1 * SECOND, "a", "tom"),
    OrderRecord(2, "dump", 10 * SECOND, "b", "tom"),
    OrderRecord(3, "mute", 12 * SECOND, "c", "tom", {"camera": ""}),
    OrderRecord(4, "resume", 15 * SECOND, "d", "tom"),
    OrderRecord(5, "range_dump", 40 * SECOND, "e", "jin", {"seconds": 20}),
    OrderRecord(6, "recess", 50 * SECOND, f"{SERVICE_KEY}50", "tom"),
]


def signed(*gaps: Gap) -> SignedSheet:
    cameras = (CameraSheet("c1", 1, 9, 9, "00", gaps),)
    sheet = Sheet("room", "b1", SECOND, 90 * SECOND, (), cameras, None)
    return SignedSheet(sheet, "", b"", b"")


def test_cuts_and_misses_of_the_watch_are_to_be_explained_and_lawful_recesses_not() -> None:
    found = suggestions("en", ORDERS, None, NAMES)
    assert [(one.source, one.kind, one.by) for one in found] == [
        ("order:2", Kind.CUT, "tom"),
        ("order:5", Kind.CUT, "jin"),
        ("order:6", Kind.UNWATCHED, ""),
    ]
    assert [(one.from_us, one.to_us) for one in found] == [
        (10 * SECOND, 15 * SECOND),
        (20 * SECOND, 40 * SECOND),
        (50 * SECOND, None),
    ]


def test_a_gap_is_told_with_camera_stream_and_cause_in_its_place() -> None:
    found = suggestions(
        "en", ORDERS, signed(Gap("video", 30 * SECOND, 33 * SECOND, "stalled")), NAMES
    )
    assert [one.kind for one in found] == [Kind.CUT, Kind.CUT, Kind.GAP, Kind.UNWATCHED]
    gap = found[2]
    assert gap.what == "Bench · Picture · The camera is connected but sends nothing."
    assert gap.source == f"gap:c1:video:{30 * SECOND}"
