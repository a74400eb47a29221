"""What the order logs say is taken up, but for a start that was never permitted."""

from __future__ import annotations

from media.orders import append_order
from server.broadcasts.recovery import Recovery
from server.broadcasts.service import BROADCASTS
from server.broadcasts.state import State
from server.bus import BUS
from server.database import DATABASE
from server.hearings.service import HEARINGS
from tests.server.approvals.conftest import Chamber, chamber
from tests.server.broadcasts.test_readiness import ready

__all__ = ["chamber"]


async def test_a_start_in_the_log_alone_needs_an_approval(chamber: Chamber) -> None:
    hall, app = chamber.hall, chamber.service.app
    recovery = Recovery(app[DATABASE], app[BUS], hall.places, app[HEARINGS], app[BROADCASTS])
    worker = hall.places.wanted / f"worker-{hall.broadcast}.json"
    append_order(hall.directory, "start", 1, "bench", "command line")
    await recovery.recover()
    assert (await app[BROADCASTS].about(hall.broadcast)).state is State.PLANNED
    assert not worker.exists()
    assert (await hall.order("start")).status == 409
    await ready(chamber)  # a server that died between log and table goes on where it was
    await recovery.recover()
    assert (await app[BROADCASTS].about(hall.broadcast)).state is State.LIVE
    assert worker.exists()
