"""When the court is in recess is what its orders say, and only what people ordered."""

from __future__ import annotations

from media.gate import OrderRecord
from media.interruptions import is_in_recess
from media.ordering import SERVICE_KEY

SECOND = 1_000_000


def ordered(*given: tuple[str, int], key: str = "k") -> list[OrderRecord]:
    return [
        OrderRecord(number, order, at * SECOND, f"{key}{number}", "tom")
        for number, (order, at) in enumerate(given, start=1)
    ]


def recesses(orders: list[OrderRecord]) -> list[int]:
    """Return the seconds, of the first sixty, in which the court is in recess."""
    return [at for at in range(60) if is_in_recess(orders, at * SECOND)]


def test_a_recess_lasts_from_its_order_to_the_one_that_resumes() -> None:
    assert recesses(ordered(("start", 5), ("recess", 20), ("resume", 30))) == list(range(20, 30))
    assert recesses(ordered(("start", 5))) == []


def test_a_recess_that_nobody_ends_lasts_beyond_the_end_of_the_hearing() -> None:
    assert recesses(ordered(("start", 5), ("recess", 50), ("end", 55))) == list(range(50, 60))


def test_closed_parts_and_cuts_are_recorded() -> None:
    orders = ordered(("start", 5), ("closed", 20), ("open", 30), ("dump", 40), ("resume", 45))
    assert recesses(orders) == []


def test_a_slate_that_the_service_ordered_is_no_recess_of_the_court() -> None:
    assert recesses(ordered(("start", 5), ("recess", 20), key=SERVICE_KEY)) == []
