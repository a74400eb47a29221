"""What the console says of a machine that is too slow."""

import dataclasses

from server.broadcasts.phrases import alarms
from tests.server.broadcasts.conftest import worker_status

STATUS = dataclasses.replace(
    worker_status("room", 1), picture_rates={"v720": 25.0, "v480": 25.0, "v360": 25.0}
)


def words(language: str, **given_up: object) -> list[str]:
    worker = dataclasses.replace(STATUS, **given_up)  # type: ignore[arg-type]
    return alarms(language, on_air=True, recorder=None, worker=worker)[1:]  # type: ignore[arg-type]


def test_nothing_is_said_while_all_is_encoded_as_planned() -> None:
    assert words("en") == []


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
