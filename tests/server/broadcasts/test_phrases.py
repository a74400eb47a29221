"""What the console says of a machine that is too slow."""

import dataclasses

from media import OrderRecord, RecorderStatus
from server.broadcasts.phrases import alarms, codes, order_words
from tests.server.broadcasts.conftest import worker_status

STATUS = dataclasses.replace(
    worker_status("room", 1), picture_rates={"v720": 25.0, "v480": 25.0, "v360": 25.0}
)


def words(language: str, **given_up: object) -> list[str]:
    worker = dataclasses.replace(STATUS, **given_up)  # type: ignore[arg-type]
    return alarms(language, on_air=True, recorder=None, worker=worker)[1:]  # type: ignore[arg-type]


def test_nothing_is_said_while_all_is_encoded_as_planned() -> None:
    assert words("en") == []


def test_a_broadcast_that_is_not_kept_is_told_in_words_and_by_a_code() -> None:
    assert words("en", recorded=False) == [
        "There is no room for the public recording: the broadcast goes on, its replay will have "
        "a gap."
    ]
    assert words("zh-CN", recorded=False) == [
        "磁盘空间不足，公开录像已暂停：直播照常进行，回看将缺少这一段。"
    ]
    lost = RecorderStatus("1", 1, True, "keys_lost", 1 << 30, 1)
    worker = dataclasses.replace(STATUS, recorded=False)
    assert codes(lost, worker) == ["keys_lost", "unrecorded"]
    assert codes(dataclasses.replace(lost, issue=""), STATUS) == []
    assert alarms("zh-CN", on_air=True, recorder=lost, worker=STATUS) == [
        "庭审录像的密钥已丢失：用其加密的部分将无法读取。"
    ]


def test_a_clock_that_was_set_is_told_from_half_a_second_on() -> None:
    for off_us, said in ((400_000, []), (-3_600_000_000, ["3600.0"])):
        recorder = RecorderStatus("1", 1, True, "", 1 << 30, 1, clock_off_us=off_us)
        found = alarms("en", on_air=True, recorder=recorder, worker=STATUS)
        assert found == [
            f"The machine's clock was set: it is {seconds} s from the court's clock, which runs on."
            for seconds in said
        ]


def test_an_end_that_the_service_gave_says_why() -> None:
    record = OrderRecord(3, "end", 1, "left 2", "service")
    assert order_words("zh-CN", record, {}, left=True) == "直播结束 · 因停机前未结束直播"
    assert order_words("en", record, {}, left=True) == (
        "Broadcast ended · as it had been left on the air when the machine was off"
    )


def test_it_is_said_what_the_machine_has_no_time_for() -> None:
    rates = {"v720": 25.0, "v480": 12.5, "v360": 6.25}
    assert words("en", eased=True, picture_rates=rates) == [
        "The machine is busy: the picture is encoded faster and is a little coarser.",
        "The machine is busy: fewer pictures a second at 480p, 360p.",
    ]
    assert words("zh-CN", eased=True, picture_rates=rates) == [
        "机器繁忙：画面改用较快的编码，略显粗糙。",
        "机器繁忙：480p, 360p 的帧率已降低。",
    ]
