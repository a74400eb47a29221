from collections.abc import Iterable

from aiohttp import web

from media import SessionFigures
from server.broadcasts.direct_viewers import DIRECT, direct_view


def viewer(name: str, rung: str = "v360", **more: float) -> SessionFigures:
    return SessionFigures(name, "b1", "connected", rung=rung, bit_rate=1_000_000, **more)


def test_viewers_are_summed_up_by_rung_with_the_worst_line() -> None:
    sessions = [
        viewer("a", loss_percent=0.5, rtt_ms=20),
        viewer("b", "v720", loss_percent=3.0, rtt_ms=15),
        viewer("c", "v720", rtt_ms=90),
        viewer("d", ""),  # no picture yet
        SessionFigures("e", "b1", "connecting"),
    ]

    def find(broadcast: str) -> Iterable[SessionFigures]:
        return [one for one in sessions if one.broadcast == broadcast]

    app = web.Application()
    app[DIRECT] = find
    view = direct_view(app, "b1")
    assert {name: view[name] for name in view if name != "rungs"} == {
        "viewers": 4,
        "bit_rate": 4_000_000,
        "worst_loss_percent": 3.0,
        "worst_rtt_ms": 90,
    }
    assert [(one["rung"], one["viewers"], one["worst_rtt_ms"]) for one in view["rungs"]] == [
        ("v360", 1, 20),
        ("v720", 2, 90),
    ]
    assert direct_view(app, "b2")["viewers"] == 0
    assert "a" not in str(view).split("'")


def test_without_relays_nobody_watches() -> None:
    assert direct_view(web.Application(), "b1") == {
        "viewers": 0,
        "bit_rate": 0,
        "worst_loss_percent": 0.0,
        "worst_rtt_ms": 0.0,
        "rungs": [],
    }
