"""The court's own broadcasts for tests that change what is on the air."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from itertools import count
from typing import Any

import httpx

from tests.story.waiting import until_true

ROOM, CLOCK = "第三法庭", "时钟机位"
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

    async def plan(self, delay_s: float = 0.0, cameras: Sequence[str] = ()) -> str:
        """Plan a broadcast of the third courtroom; return its id. Without cameras of its clock."""
        room = await self.room()
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
            "cameras": [*cameras] or [await self._clock(room)],
        }
        broadcast = str((await self.call("POST", "/broadcasts", planned))["id"])
        self._planned.append(broadcast)
        return broadcast

    async def order(
        self, broadcast: str, order: str, arguments: Mapping[str, Any] | None = None
    ) -> Any:  # noqa: ANN401
        """Give an order; return when it took force."""
        given = {"order": order} | ({"arguments": dict(arguments)} if arguments else {})
        return await self.call("POST", f"/broadcasts/{broadcast}/orders", given)

    async def about(self, broadcast: str) -> Any:  # noqa: ANN401
        """Return what the API tells everybody of a broadcast."""
        return await self.call("GET", f"/broadcasts/{broadcast}")

    async def end_all(self) -> None:
        """End what the test has left on the air, and wait until the courtroom is free again."""
        for broadcast in self._planned:
            about = await self.about(broadcast)
            if about["phase"] == "live" and about["state"] != "ended":
                await self.order(broadcast, "end")

            async def over(broadcast: str = broadcast) -> bool:
                return bool((await self.about(broadcast))["phase"] != "live")

            if about["phase"] == "live":
                await until_true(over, f"the end of {broadcast}")

    @asynccontextmanager
    async def more_cameras(self, addresses: Mapping[str, str]) -> AsyncIterator[dict[str, str]]:
        """Have more cameras in the third courtroom as long as the block lasts; ids by name."""
        room = await self.room()
        made = {name: await self._add(room, name, url) for name, url in addresses.items()}
        yield made
        await self.end_all()
        for camera in made.values():
            await self.call("DELETE", f"/cameras/{camera}")

    async def room(self) -> str:
        """Return the third courtroom's id."""
        rooms = (await self.call("GET", "/courtrooms"))["courtrooms"]
        return str(next(one["id"] for one in rooms if one["name"] == ROOM))

    async def _clock(self, room: str) -> str:
        for camera in (await self.call("GET", f"/courtrooms/{room}"))["cameras"]:
            if camera["name"] == CLOCK:
                return str(camera["id"])
        return await self._add(room, CLOCK, self._camera)

    async def _add(self, room: str, name: str, url: str) -> str:
        camera = {"name": name, "name_en": name, "url": url}
        return str((await self.call("POST", f"/courtrooms/{room}/cameras", camera))["id"])
