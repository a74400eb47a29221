"""What the desk is told of the marks: as ordered, and as the public gets them."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from media import OrderRecord, checked
from server.broadcasts.model import Broadcast
from server.broadcasts.showing import Showing
from server.broadcasts.state import State
from server.courts.model import Masks, MaskTemplate
from server.hearings.model import Hearing
from tests.server.broadcasts.conftest import worker_status

S = 1_000_000
NO_MASKS = Masks(required=False, templates=())


def broadcast() -> Broadcast:
    """A broadcast of two cameras, side by side, 10 s late."""
    hearing = Hearing(
        id="h", case_number="1", courtroom="r", title="t", title_en="", cause="",
        scheduled_at=datetime.now(UTC), courtroom_name="r", courtroom_name_en="", court="c",
        court_name="c", court_name_en="", time_zone="Asia/Shanghai", cancelled_at=None,
    )  # fmt: skip
    return Broadcast(
        id="b", hearing=hearing, has_video=True, has_report=False, delay_ms=10_000, layout="two",
        cameras=("a", "b"), state=State.LIVE, replay="none", started_at=None, ended_at=None,
    )  # fmt: skip


def log(*orders: tuple[str, float, dict[str, Any]]) -> list[OrderRecord]:
    """Return a log of orders, each with its second in the room and its arguments."""
    return [
        OrderRecord(number, order, round(at * S), f"k{number}", "p", checked(order, args))
        for number, (order, at, args) in enumerate(orders, start=1)
    ]


def told(
    records: list[OrderRecord], room: float, air: float | None, masks: Masks = NO_MASKS
) -> Any:  # noqa: ANN401
    showing = Showing(broadcast(), masks)
    showing.follow(records)
    return showing.told(round(room * S), None, None if air is None else round(air * S))


def test_a_mute_waits_in_the_delay_holds_and_is_lifted_later_on_the_air() -> None:
    records = log(("start", 0, {}), ("mute", 100, {"camera": "a", "seconds": 4}))
    [mark] = told(records, 101, 91)["sound"]
    assert mark == {"camera": "a", "kind": "mute", "ordered": True, "on_air": False}
    [mark] = told(records, 106, 96)["sound"]
    assert mark["on_air"]
    records += [replace(one, sequence=3) for one in log(("unmute", 110, {}))]
    [mark] = told(records, 111, 101)["sound"]
    assert (mark["ordered"], mark["on_air"]) == (False, True)
    assert told(records, 121, 111)["sound"] == []


def test_a_mark_that_was_lifted_before_it_was_seen_is_still_to_come() -> None:
    records = log(("mute", 100, {"camera": "a"}), ("unmute", 102, {"camera": "a"}))
    [mark] = told(records, 103, 93)["sound"]
    assert (mark["ordered"], mark["on_air"]) == (False, False)
    assert told(records, 103, None)["sound"] == []


def test_layout_and_first_place_are_those_that_were_ordered() -> None:
    assert (told([], 1, None)["layout"], told([], 1, None)["first"]) == ("two", "a")
    records = log(("layout", 5, {"layout": "single"}), ("camera", 6, {"camera": "b"}))
    shown = told(records, 7, None)
    assert (shown["layout"], shown["first"], shown["air"]) == ("single", "b", None)
    records += [replace(one, sequence=3) for one in log(("camera", 8, {"camera": "auto"}))]
    assert told(records, 9, None)["first"] == "auto"


def test_the_air_is_what_the_worker_says() -> None:
    showing = Showing(broadcast(), NO_MASKS)
    worker = replace(worker_status("room", 1), delay_ms=5000, layout="quad", first_camera="b")
    air = showing.told(S, worker, 1)["air"]
    assert air == {"layout": "quad", "first": "b", "delay_s": 5.0}


def test_templates_are_those_of_the_layout_and_a_demand_without_any_is_told() -> None:
    window = MaskTemplate("two", "a", 0.1, 0.2, 0.3, 0.4, "fill")
    masks = Masks(required=True, templates=(window, replace(window, layout="quad")))
    shown = told([], 1, None, masks)
    assert [one["camera"] for one in shown["templates"]] == ["a"]
    assert shown["may_show"]
    records = log(("layout", 5, {"layout": "single"}))
    shown = told(records, 6, None, masks)
    assert (shown["templates"], shown["may_show"]) == ([], False)


def test_a_mask_is_told_with_its_place() -> None:
    records = log(("mask", 3, {"camera": "b", "x": 0.5, "width": 0.25, "method": "pixelate"}))
    [mask] = told(records, 4, 4)["masks"]
    assert mask == {
        "camera": "b", "x": 0.5, "y": 0, "width": 0.25, "height": 1, "method": "pixelate",
        "ordered": True, "on_air": True,
    }  # fmt: skip
