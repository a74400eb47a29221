"""A courtroom's cameras as staff is told of them, undelayed."""

from __future__ import annotations

from typing import Any

from media import RecorderStatus
from server.broadcasts import feed_advice, phrases
from server.broadcasts.rooms import Room
from server.courts.model import Camera
from server.translation import Language

# What is left out of the record by the court's rules is no fault of the camera.
_WELL = frozenset({"", "recess", "recess_sound"})


def camera_name(camera: Camera, language: Language) -> str:
    """Return a camera's name for a reader; where there is no English one, the Chinese."""
    return (language == "en" and camera.name_en) or camera.name


def feed_view(room: Room, camera: Camera, language: Language, pictures: str) -> dict[str, Any]:
    """Return a camera's state in words; its newest picture lies below ``pictures``."""
    feed = room.feeds.get(camera.id)
    picture = room.pictures.get(camera.id)
    words, detail = phrases.feed_words(language, feed)
    address = f"{pictures}/{camera.id}.jpg"
    return {
        "camera": camera.id,
        "name": camera_name(camera, language),
        "microphone": camera.microphone,
        "state": feed.state if feed else "stopped",
        "issue": feed.issue if feed else "",
        "words": words,
        "detail": detail,
        "advice": feed_advice.advice(language, feed),
        "figures": feed_advice.figures(language, feed),
        "picture": f"{address}?at={picture.court_us}" if picture else None,
        "ok": bool(feed and feed.state == "receiving" and feed.issue in _WELL),
    }


def meter_views(room: Room) -> list[dict[str, Any]]:
    """Return each camera's sound, in dBFS."""
    return [
        {"camera": one.camera, "rms_db": [one.rms_dbfs], "peak_db": [one.peak_dbfs]}
        for one in room.meters.values()
    ]


def disk_minutes(room: Room, public_bit_rate: int, reserve_bytes: int) -> int | None:
    """Return how long the disk lasts at the rate of now; None while nothing arrives.

    ``public_bit_rate`` is what the public recording takes beside the court's record, in bit/s;
    where only ``reserve_bytes`` are left it ends.
    """
    rate = sum(feed.bit_rate for feed in room.feeds.values())
    if room.recorder is None or rate <= 0:
        return None
    return room.disk.minutes(rate + public_bit_rate, room.recorder.free_bytes, reserve_bytes)


def clock_view(recorder: RecorderStatus | None) -> dict[str, Any] | None:
    """Return how the machine's clock stands to the court's, and whether a time server keeps it.

    None while no recorder tells; ``kept`` is None where the system does not.
    """
    if recorder is None:
        return None
    return {"off_ms": round(recorder.clock_off_us / 1000), "kept": recorder.clock_kept}
