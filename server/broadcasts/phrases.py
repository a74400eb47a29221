"""What the console says about feeds, orders and alarms, in words [pure]."""

from __future__ import annotations

from collections.abc import Mapping

from media import BY_VOICE, FeedStatus, OrderRecord, RecorderStatus, WorkerStatus
from server.translation import Language, gettext
from server.wording import marked

_STATES = {
    "connecting": marked("Connecting"),
    "receiving": marked("Receiving"),
    "waiting": marked("Next attempt in %(seconds)s s"),
    "stopped": marked("Stopped"),
}
_ISSUES = {
    "unreachable": marked("The camera does not answer."),
    "refused": marked("The camera's machine answers, but refuses the connection."),
    "unauthorised": marked("The camera asks for a name and password, or these are wrong."),
    "not_found": marked("The camera knows no such address."),
    "unsupported": marked("The camera sends what cannot be recorded here."),
    "garbage": marked("What the camera sends cannot be understood."),
    "no_video": marked("The camera sends sound only."),
    "no_media": marked("The camera sends neither picture nor sound."),
    "no_key_frames": marked("The camera sends no key frames."),
    "stalled": marked("The camera is connected but sends nothing."),
    "closed": marked("The camera has closed the connection."),
    "changed": marked("The camera has changed its picture's size or coding."),
    "timestamps": marked("The camera's clock has jumped."),
    "disk_full": marked("The disk is full: nothing more is recorded."),
    "redirected": marked("The camera points to another address."),
    "busy": marked("The camera serves as many as it can."),
    "certificate": marked("The camera cannot prove who it is."),
    "sound_unsupported": marked("The camera's sound cannot be recorded; its picture is."),
    "udp_blocked": marked("Nothing comes by UDP; the camera is received by TCP."),
    "lossy": marked("A part of what the camera sends is lost on the way."),
    "jittery": marked("What the camera sends comes unevenly."),
    "rare_key_frames": marked("The camera's key frames are far apart."),
    "sound_stalled": marked("The camera's sound has stopped."),
    "drifting": marked("The camera's clock runs too fast or too slow."),
    "nobody_pushes": marked("Nobody pushes to this camera's address yet."),
    "wrong_key": marked("Somebody pushes with a wrong key and was refused."),
    "second_publisher": marked("A second encoder pushes with this camera's key and was refused."),
    "port_taken": marked("Another program or camera listens at this camera's port."),
    "no_such_address": marked("The address to listen at is not one of this machine's."),
    "no_bridge": marked("The program that speaks SRT is missing or does not run."),
    "no_device": marked("There is no such camera or microphone at this machine."),
    "device_busy": marked("Another program uses the camera or microphone."),
    "no_keys": marked("The record's keys cannot be read or kept: nothing is recorded."),
    "keys_lost": marked("Keys of the record are lost: what they open cannot be read any more."),
    "second_store": marked("The second store of the record is late or takes nothing."),
    "recess": marked("Not recorded in the recess: the court's rules ask for that."),
    "recess_sound": marked("Recorded without sound in the recess: the court's rules ask for that."),
    "failed": marked("The camera's feed has failed."),
}
_ORDERS = {
    "start": marked("Broadcast started"),
    "recess": marked("Recess"),
    "resume": marked("Broadcast resumed"),
    "closed": marked("Closed part begins"),
    "open": marked("Closed part ends"),
    "dump": marked("Cut"),
    "range_dump": marked("The last %(seconds)s s taken out"),
    "end": marked("Broadcast ended"),
    "mute": marked("Microphone muted"),
    "unmute": marked("Microphone on again"),
    "voice_shift": marked("Voice changed"),
    "voice_plain": marked("Voice unchanged again"),
    "mask": marked("Part of the picture hidden"),
    "unmask": marked("Picture shown whole again"),
    "layout": marked("Layout changed"),
    "camera": marked("Camera changed"),
    "delay": marked("Delay set to %(seconds)s s"),
}
_LAYOUTS = {
    "single": marked("one camera"),
    "two": marked("two side by side"),
    "picture_in_picture": marked("picture in picture"),
    "quad": marked("four cameras"),
    "one_and_five": marked("one large, five small"),
}
_EVERY = marked("all")
_BY_VOICE = marked("who speaks")
_REACHES_BACK = marked("from %(seconds)s s before")
_NO_RECORDER = marked("The recorder is not running.")
_NO_WORKER = marked("The broadcast's own process is not running; it is being started again.")
_NOT_RECORDING = marked("The hearing is not being recorded.")
_UNRECORDED = marked(
    "There is no room for the public recording: the broadcast goes on, its replay will have a gap."
)
UNRECORDED = "unrecorded"
_CLOCK = marked(
    "The machine's clock was set: it is %(seconds)s s from the court's clock, which runs on."
)
_CLOCK_OFF_US = 500_000
_LATE = marked("The machine is too slow: the picture is %(seconds)s s late.")
_LATE_MS = 1000
_EASED = marked("The machine is busy: the picture is encoded faster and is a little coarser.")
_FEWER = marked("The machine is busy: fewer pictures a second at %(sizes)s.")
_USUAL_RATE = 25.0
_UNWATCHED = marked(
    "Nobody has confirmed for %(minutes)s minutes that what the public sees is being watched."
)
_BY_SERVICE = marked("by the service, as nobody confirmed the watch")
_NOBODY = marked("nobody watched")
_LEFT = marked("as it had been left on the air when the machine was off")
_SERVICE = marked("the service")


def issue_words(language: Language, code: str) -> str:
    """Return what a feed's issue code means; empty for a code that is none."""
    return gettext(language, _ISSUES[code]) if code in _ISSUES else ""


def feed_words(language: Language, feed: FeedStatus | None) -> tuple[str, str]:
    """Return the state of a camera in words, and a line of detail."""
    if feed is None:
        return gettext(language, _NO_RECORDER), ""
    words = gettext(language, _STATES[feed.state])
    if feed.state == "waiting":
        words %= {"seconds": round(feed.next_attempt_s)}
    issue = _ISSUES.get(feed.issue or "", "")
    said = gettext(language, issue) if issue else ""
    return words, " · ".join(part for part in (said, _measures(feed)) if part)


def _measures(feed: FeedStatus) -> str:
    """Return what the feed carries, in units that need no translation."""
    if feed.state != "receiving":
        return ""
    parts = []
    if feed.video_codec:
        size = f"{feed.video_codec.upper()} {feed.width}×{feed.height}"
        parts.append(f"{size} {feed.frame_rate:.3g} fps" if feed.frame_rate else size)
    if feed.audio_codec:
        parts.append(f"{feed.audio_codec.upper()} {feed.sample_rate / 1000:g} kHz")
    if feed.bit_rate:
        parts.append(f"{feed.bit_rate / 1e6:.1f} Mbit/s")
    return ", ".join(parts)


def nobody(language: Language) -> str:
    """Return who gave an order that the service gave, where nobody had ever watched."""
    return gettext(language, _NOBODY)


def service(language: Language) -> str:
    """Return who gave an order that is nobody's."""
    return gettext(language, _SERVICE)


def order_words(
    language: Language,
    record: OrderRecord,
    cameras: Mapping[str, str],
    *,
    unwatched: bool = False,
    left: bool = False,
) -> str:
    """Return an order in words, for the journal; ``cameras`` are names by id.

    ``unwatched``: the service gave it, in the name of who should have watched; ``left``: it gave it
    because the broadcast had been left on the air.
    """
    words = _ORDERS.get(record.order)
    if words is None:
        return record.order
    seconds = f"{float(record.args.get('seconds', 0)):g}"
    parts = [gettext(language, words, seconds=seconds), _about(language, record, cameras)]
    if "camera" in record.args and seconds != "0":
        parts.append(gettext(language, _REACHES_BACK, seconds=seconds))
    if unwatched:
        parts.append(gettext(language, _BY_SERVICE))
    if left:
        parts.append(gettext(language, _LEFT))
    return " · ".join(part for part in parts if part)


def _about(language: Language, record: OrderRecord, cameras: Mapping[str, str]) -> str:
    """Return which camera or layout an order is about."""
    layout, camera = record.args.get("layout"), record.args.get("camera")
    if layout is not None:
        return gettext(language, _LAYOUTS[layout]) if layout in _LAYOUTS else str(layout)
    if camera is None:
        return ""
    if camera == BY_VOICE:
        return gettext(language, _BY_VOICE)
    return cameras.get(camera, str(camera)) if camera else gettext(language, _EVERY)


def alarms(
    language: Language,
    *,
    on_air: bool,
    recorder: RecorderStatus | None,
    worker: WorkerStatus | None,
    unwatched_s: float = 0,
) -> list[str]:
    """Return what is wrong, in words; nothing when all is well."""
    said = []
    if unwatched_s:
        said.append(gettext(language, _UNWATCHED, minutes=f"{unwatched_s / 60:.2g}"))
    said += _of_the_record(language, recorder)
    if on_air and worker is None:
        said.append(gettext(language, _NO_WORKER))
    elif worker is not None and worker.lateness_ms > _LATE_MS:
        seconds = round(worker.lateness_ms / 1000, 1)
        said.append(gettext(language, _LATE, seconds=seconds))
    if worker is not None and not worker.recorded:
        said.append(gettext(language, _UNRECORDED))
    return said + _given_up(language, worker)


def _of_the_record(language: Language, recorder: RecorderStatus | None) -> list[str]:
    """Return what is wrong with the court's own record and its clock."""
    if recorder is None:
        return [gettext(language, _NO_RECORDER)]
    said = []
    if recorder.issue in _ISSUES:
        said.append(gettext(language, _ISSUES[recorder.issue]))
    elif not recorder.recording:
        said.append(gettext(language, _NOT_RECORDING))
    if abs(recorder.clock_off_us) > _CLOCK_OFF_US:
        apart = f"{abs(recorder.clock_off_us) / 1_000_000:.1f}"
        said.append(gettext(language, _CLOCK, seconds=apart))
    return said


def codes(recorder: RecorderStatus | None, worker: WorkerStatus | None) -> list[str]:
    """Return the stable codes of what is wrong with the court's record and the public recording."""
    found = [recorder.issue] if recorder and recorder.issue in _ISSUES else []
    return [*found, UNRECORDED] if worker and not worker.recorded else found


def _given_up(language: Language, worker: WorkerStatus | None) -> list[str]:
    """Return what a worker does less of because its machine is too slow."""
    if worker is None:
        return []
    said = [gettext(language, _EASED)] if worker.eased else []
    sizes = [
        f"{rung.removeprefix('v')}p"
        for rung, rate in worker.picture_rates.items()
        if rate < _USUAL_RATE
    ]
    return [*said, gettext(language, _FEWER, sizes=", ".join(sizes))] if sizes else said
