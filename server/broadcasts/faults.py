"""What is wrong with pictures and sound, in words for the console [pure].

Codes and thresholds are those of ``media.program.watch``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from media import Alarm, Alarms, ProgramMeter
from server.translation import Language, gettext
from server.wording import marked

_PROGRAM = marked("Programme")
_FAULTS = {
    "lost": marked("No picture comes."),
    "black": marked("The picture is black."),
    "frozen": marked("The picture stands still."),
    "silent": marked("Nothing is heard."),
    "clipping": marked("The sound is too loud and distorts; turn the microphone down."),
    "hum": marked("The sound hums (50 Hz); look at cables and earth."),
    "echo": marked("Perhaps an echo: the sound comes back."),
    "apart": marked("Sound and picture are apart."),
    "late": marked(
        "It sends later than is waited for, and its sound has holes: order a delay of a second or "
        "more, or call a recess; after it the broadcast waits longer."
    ),
}
_ABOUT = marked("%(name)s: %(fault)s")
_ON_AIR_ONLY = frozenset({"silent"})
_TOLD_BY_FEED = frozenset({"lost"})


def faults(
    language: Language, told: Mapping[str, Alarms], names: Mapping[str, str], *, on_air: bool
) -> list[dict[str, Any]]:
    """Return each fault with its code, severity and words; the red ones first.

    ``told`` and ``names`` are by camera; "" is the programme. A room in which nobody speaks before
    the hearing is not at fault, and a feed that is lost says so itself.
    """
    found = [
        _fault(language, alarm, camera, names)
        for camera, alarms in told.items()
        for alarm in alarms.alarms
        if alarm.code in _FAULTS
        and alarm.code not in _TOLD_BY_FEED
        and (on_air or alarm.code not in _ON_AIR_ONLY)
    ]
    return sorted(found, key=lambda fault: fault["severity"] != "red")


def _fault(
    language: Language, alarm: Alarm, camera: str, names: Mapping[str, str]
) -> dict[str, Any]:
    camera = camera or alarm.camera
    name = names.get(camera, camera) if camera else gettext(language, _PROGRAM)
    said = gettext(language, _FAULTS[alarm.code])
    return {
        "camera": camera,
        "code": alarm.code,
        "severity": alarm.severity,
        "words": gettext(language, _ABOUT, name=name, fault=said),
    }


def program_meter(meter: ProgramMeter | None) -> dict[str, Any] | None:
    """Return the programme's sound as the event ``meters`` tells it."""
    if meter is None:
        return None
    return {
        "rms_db": [meter.rms_dbfs],
        "peak_db": [meter.peak_dbfs],
        "momentary_lufs": meter.momentary_lufs,
        "short_term_lufs": meter.short_term_lufs,
        "integrated_lufs": meter.integrated_lufs,
        "gain_db": meter.gain_db,
        "microphones": {
            camera: {"rms_db": [rms], "peak_db": [peak]}
            for camera, (peak, rms) in meter.microphones.items()
        },
    }
