"""What the console says of black, silent and other faulty pictures and sound."""

from media import Alarm, Alarms, ProgramMeter
from server.broadcasts.faults import faults, program_meter

TOLD = {
    "7": Alarms("7", 1, (Alarm("hum", "amber", 1), Alarm("frozen", "red", 1))),
    "": Alarms("", 1, (Alarm("silent", "red", 1),)),
}
NAMES = {"7": "审判席"}


def test_each_fault_is_said_of_its_camera_and_the_red_ones_first() -> None:
    found = faults("zh-CN", TOLD, NAMES, on_air=True)
    assert [fault["words"] for fault in found] == [
        "审判席：画面静止不动。",
        "播出节目：没有声音。",
        "审判席：声音有 50 Hz 交流声，请检查线缆和接地。",
    ]
    assert [(fault["camera"], fault["code"], fault["severity"]) for fault in found] == [
        ("7", "frozen", "red"),
        ("", "silent", "red"),
        ("7", "hum", "amber"),
    ]
    assert faults("en", TOLD, {}, on_air=True)[1]["words"] == "Programme: Nothing is heard."


def test_silence_before_the_hearing_and_what_a_feed_says_itself_are_left_out() -> None:
    told = {"7": Alarms("7", 1, (Alarm("silent", "red", 1), Alarm("lost", "red", 1)))}
    assert faults("en", told, NAMES, on_air=False) == []
    assert [fault["code"] for fault in faults("en", told, NAMES, on_air=True)] == ["silent"]


def test_a_code_of_a_newer_worker_is_no_error() -> None:
    told = {"": Alarms("", 1, (Alarm("upside_down", "red", 1),))}
    assert faults("en", told, NAMES, on_air=True) == []


def test_the_programmes_meter_is_told_with_its_loudness() -> None:
    assert program_meter(None) is None
    told = program_meter(
        ProgramMeter(1, -9.0, -20.0, -23.4, -23.0, None, 2.5, {"7": (-12.0, -24.0)})
    )
    assert told is not None
    assert told["peak_db"] == [-9.0]
    assert told["microphones"] == {"7": {"rms_db": [-24.0], "peak_db": [-12.0]}}
    assert (told["short_term_lufs"], told["integrated_lufs"]) == (-23.0, None)
