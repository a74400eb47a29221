"""Two servers of one installation act on one hearing at once: one wins, the other is told so."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from media import read_orders
from server.broadcasts import alone as alone_module
from server.broadcasts import calling_off
from server.broadcasts.alone import alone
from server.broadcasts.service import BROADCASTS
from server.errors import Conflict
from tests.server.approvals.conftest import Chamber
from tests.server.broadcasts.conftest import Hall, furnish, made
from tests.server.conftest import Service, StartService

NUMBERS = count(40)
SOON = datetime.now(UTC) + timedelta(days=3)
# How long an act is held up for the other to come between: long enough for any that could.
BETWEEN_S = 0.5
Act = Callable[[], Awaitable[Any]]


async def test_one_decides_after_the_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with alone(tmp_path / "b"):
        waiting = asyncio.ensure_future(alone(tmp_path / "b").__aenter__())
        done, _ = await asyncio.wait({waiting}, timeout=0.1)
        assert not done
        async with alone(tmp_path / "another"):
            pass
    await waiting
    monkeypatch.setattr(alone_module, "PATIENCE_S", 0.05)
    async with alone(tmp_path / "c"):
        with pytest.raises(Conflict):
            async with alone(tmp_path / "c"):
                pass


@dataclass
class Pair:
    """Two servers on one database and one data directory; the hall's broadcast is new each time."""

    hall: Hall
    other: Service
    hearing: str = ""

    async def planned(self) -> None:
        """Plan another hearing's broadcast."""
        hearing = {
            "case_number": f"（2026）苏07民初{next(NUMBERS)}号",
            "courtroom": self.hall.room,
            "title": "甲诉乙",
            "cause": "买卖合同纠纷",
            "scheduled_at": SOON.isoformat(),
        }
        one, by = self.hall.service, self.hall.technician
        self.hearing = (await made(one, "/hearings", hearing, by))["id"]
        plan = {"hearing": self.hearing, "medium": ["image_text"], "delay_s": 0}
        self.hall = replace(self.hall, broadcast=(await made(one, "/broadcasts", plan, by))["id"])

    async def start(self) -> Any:  # noqa: ANN401
        """Start at the one server."""
        return await self.hall.order("start")

    async def start_there(self) -> Any:  # noqa: ANN401
        """Start at the other server."""
        return await replace(self.hall, service=self.other).order("start")

    async def put_off(self, kind: str) -> Any:  # noqa: ANN401
        """Cancel or adjourn at the other server."""
        body = {"reason": "双方和解"}
        if kind == "adjournment":
            body["until"] = (SOON + timedelta(days=1)).isoformat()
        path = f"/hearings/{self.hearing}/{kind}"
        return await self.other.post(path, body, headers=self.hall.technician)

    async def replan(self) -> Any:  # noqa: ANN401
        """Plan otherwise at the other server."""
        body = {"medium": ["image_text"], "delay_s": 60}
        path = f"/broadcasts/{self.hall.broadcast}"
        return await self.other.put(path, body, headers=self.hall.technician)

    async def state(self) -> tuple[list[str], str, bool, list[str]]:
        """Return the log's orders, where it is listed, whether it is cancelled, and its journal."""
        shown = await self.hall.show()
        chamber = Chamber(self.hall, self.hearing)
        about = (f"broadcast:{self.hall.broadcast}", f"hearing:{self.hearing}")
        entries = [one.action for its in about for one in await chamber.journal(its)]
        noted = [one for one in entries if not one.endswith((".plan", ".add"))]
        orders = [one.order for one in read_orders(self.hall.directory)]
        return orders, shown["phase"], bool(shown["cancelled_at"]), noted


def hold_up(monkeypatch: pytest.MonkeyPatch, where: Any, name: str, other: Act) -> list[Any]:  # noqa: ANN401
    """Let ``other`` begin in the middle of an act, and half a second to come between."""
    real, found = getattr(where, name), []

    async def slow(*given: Any) -> Any:  # noqa: ANN401
        monkeypatch.setattr(where, name, real)
        answer = await real(*given)
        task = asyncio.ensure_future(other())
        found.append(task)
        await asyncio.wait({task}, timeout=BETWEEN_S)
        return answer

    monkeypatch.setattr(where, name, slow)
    return found


@pytest.fixture
async def pair(start_service: StartService, postgres_url: str, redis_url: str) -> Pair:
    """Two servers as one installation."""
    there = {"database_url": postgres_url, "redis_url": redis_url, "secret": "the same"}
    one, other = await start_service(**there), await start_service(**there)
    return Pair(await furnish(one, medium=["image_text"]), other)


async def test_what_begins_is_not_called_off_nor_planned_anew_meanwhile(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready = pair.hall.service.app[BROADCASTS].readiness
    acts: list[Act] = [
        lambda: pair.put_off("cancellation"),
        lambda: pair.put_off("adjournment"),
        pair.replan,
    ]
    for act in acts:
        await pair.planned()
        [*_, asked] = [hold_up(monkeypatch, ready, "must_be_ready", act)]
        assert (await pair.start()).status == 200
        refused = await asked[0]
        assert refused.status == 409
        assert (await refused.json())["detail"]
        assert await pair.state() == (["start"], "live", False, ["broadcast.start"])


async def test_what_is_called_off_meanwhile_does_not_begin(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    await pair.planned()
    asked = hold_up(monkeypatch, calling_off, "_write", pair.start)
    assert (await pair.put_off("cancellation")).status == 200
    assert (await asked[0]).status == 409
    assert await pair.state() == ([], "ended", True, ["hearing.cancel"])


async def test_two_starts_at_once_are_one(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    await pair.planned()
    ready = pair.hall.service.app[BROADCASTS].readiness
    asked = hold_up(monkeypatch, ready, "must_be_ready", pair.start_there)
    first, second = await pair.start(), await asked[0]
    taken = [await one.json() for one in (first, second)]
    assert [(one["sequence"], one["state"]) for one in taken] == [(1, "live"), (1, "live")]
    assert await pair.state() == (["start"], "live", False, ["broadcast.start"])


async def test_whatever_comes_first_it_is_one_of_both(pair: Pair) -> None:
    for _ in range(4):
        await pair.planned()
        started, cancelled = await asyncio.gather(pair.start(), pair.put_off("cancellation"))
        assert sorted((started.status, cancelled.status)) == [200, 409]
        is_on_air = started.status == 200
        orders, phase, is_cancelled, noted = await pair.state()
        assert (orders, phase) == ((["start"], "live") if is_on_air else ([], "ended"))
        assert is_cancelled is not is_on_air
        assert noted == ["broadcast.start" if is_on_air else "hearing.cancel"]
