"""The court's own broadcasts for tests that change what is on the air."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count
from typing import Any

import httpx

ROOM = "第三法庭"
_NUMBERS = count(1)


class Court:
    """The API with all rights."""

    def __init__(self, client: httpx.AsyncClient, camera: str) -> None:
        self.client, self._camera = client, camera
        self._planned: list[str] = []

    async def call(self, method: str, path: str, body: Any = None) -> Any:  # noqa: ANN401  (JSON)
        """Call the API; anything but success fails."""
        answer = await self.client.request(method, path.lstrip("/"), json=body)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    async def plan(self, delay_s: float = 0.0) -> str:
        """Plan a broadcast of the clock camera in the third courtroom; return its id."""
        room = await self._room()
        number = next(_NUMBERS)
        hearing = {
            "case_number": f"（2026）苏9999民初{5000 + number}号",
            "courtroom": room,
            "title": f"庚诉辛相邻关系纠纷之{number}",
            "title_en": f"Geng v. Xin, neighbours, part {number}",
            "scheduled_at": datetime.now(UTC).isoformat(),
        }
        planned = {
            "hearing": (await self.call("POST", "/hearings", hearing))["id"],
            "delay_s": delay_s,
        }
        broadcast = str((await self.call("POST", "/broadcasts", planned))["id"])
        self._planned.append(broadcast)
        return broadcast

    async def order(self, broadcast: str, order: str) -> Any:  # noqa: ANN401
        """Give an order; return when it took force."""
        return await self.call("POST", f"/broadcasts/{broadcast}/orders", {"order": order})

    async def about(self, broadcast: str) -> Any:  # noqa: ANN401
        """Return what the API tells everybody of a broadcast."""
        return await self.call("GET", f"/broadcasts/{broadcast}")

    async def end_all(self) -> None:
        """End what the test has left on the air."""
        for broadcast in self._planned:
            if (await self.about(broadcast))["phase"] == "live":
                await self.order(broadcast, "end")

    async def _room(self) -> str:
        rooms = (await self.call("GET", "/courtrooms"))["courtrooms"]
        room = str(next(one["id"] for one in rooms if one["name"] == ROOM))
        if not (await self.call("GET", f"/courtrooms/{room}"))["cameras"]:
            camera = {"name": "时钟机位", "name_en": "Clock", "url": self._camera}
            await self.call("POST", f"/courtrooms/{room}/cameras", camera)
        return room
