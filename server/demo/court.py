"""Brings the demonstration court into the service, and its hearings on the air."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from server.demo.api import Api, Refused
from server.demo.approval import Approvals
from server.demo.calendar import COURT, POSITIONS, ROOMS, Planned, plan

PARTNER = "演示电视台 Demo TV"
PILOT = "演示：第三法庭尚未适用审批规则。Demo: the third courtroom has no policy yet."
NOT_FOUND = 404
Shown = tuple[dict[str, Any], bool]
"""A broadcast as the API tells it, and whether it was started now."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a hearing on the air shall have: cameras (name in both languages, address), delay."""

    cameras: tuple[tuple[str, str, str], ...]
    delay_s: float


@dataclass(slots=True)
class Memory:
    """What an earlier demonstration in the same data directory has left: it goes on."""

    path: Path
    broadcasts: dict[str, str]
    wishes: dict[str, Any]
    partner_key: str | None = None

    @classmethod
    def read(cls, path: Path) -> Memory:
        """Read it; nothing if there was none."""
        try:
            kept = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return cls(path, {}, {})
        return cls(path, kept["broadcasts"], kept["wishes"], kept["partner_key"])

    def write(self) -> None:
        """Keep it, for this user only: camera addresses and the partner's key are in it."""
        half = self.path.with_suffix(".half")
        descriptor = os.open(half, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            kept = {
                "broadcasts": self.broadcasts,
                "wishes": self.wishes,
                "partner_key": self.partner_key,
            }
            json.dump(kept, file, ensure_ascii=False)
        half.replace(self.path)


class DemoCourt:
    """The demonstration court, through the API."""

    def __init__(self, api: Api, memory: Memory) -> None:
        self._api = api
        self._memory = memory
        self._approvals = Approvals(api)
        self.pilot: dict[str, Any] | None = None  # what runs or ran where no policy holds

    async def set_up(self) -> tuple[str, ...]:
        """Make sure of the court, its rooms and its calendar; return the rooms' ids."""
        found = (await self._api.get("/courts"))["courts"]
        court = next((one["id"] for one in found if one["name"] == COURT["name"]), None)
        if court is None:
            court = (await self._api.post("/courts", dict(COURT)))["id"]
        known = (await self._api.get("/courtrooms", court=court))["courtrooms"]
        by_name = {room["name"]: room["id"] for room in known}
        for name, name_en in ROOMS:
            if name not in by_name:
                room = {"court": court, "name": name, "name_en": name_en}
                by_name[name] = (await self._api.post("/courtrooms", room))["id"]
        rooms = tuple(by_name[name] for name, _ in ROOMS)
        # The policy of the third courtroom is still to come: whoever tries the service needs no
        # approval there as long as the pilot runs.
        await self._approvals.set_up(court, list(rooms[:2]))
        await self._pilot(court)
        return rooms

    async def _pilot(self, court: str) -> None:
        """Order the longest pilot, once; what people do about it later stands."""
        present = await self._api.get(f"/courts/{court}/pilot")
        if present["pilot"] is None:
            body = {"last_day": present["latest_day"], "reason": PILOT}
            present = await self._api.post(f"/courts/{court}/pilot", body)
        self.pilot = present["pilot"]

    async def fill_calendar(self, rooms: Sequence[str]) -> None:
        """Put in the hearings that are not on the air, once."""
        known = {
            hearing["case_number"]
            for when in ("past", "today", "future")
            for hearing in (await self._api.get("/hearings", when=when))["hearings"]
        }
        now = datetime.now(UTC)
        for planned in plan(now.year):
            if planned.on_air or planned.case in known:
                continue
            hearing = await self._add_hearing(planned, rooms[planned.room], now)
            if planned.day >= 0:
                has_video = planned.room < len(ROOMS) - 1
                medium = ["video", "image_text"] if has_video else ["image_text"]
                await self._plan_broadcast(hearing, 30.0, medium)
                await self._approvals.announce(hearing, planned.parties)
                if planned.applied_for:
                    await self._approvals.apply(hearing, medium)

    async def _plan_broadcast(self, hearing: str, delay_s: float, medium: list[str]) -> str:
        body = {"hearing": hearing, "delay_s": delay_s, "medium": medium}
        return str((await self._api.post("/broadcasts", body))["id"])

    async def _add_hearing(self, planned: Planned, room: str, now: datetime) -> str:
        body = {
            "case_number": planned.case,
            "courtroom": room,
            "title": planned.title,
            "title_en": planned.title_en,
            "cause": planned.cause,
            "judge": self._approvals.judge,
            "scheduled_at": planned.scheduled_at(now).isoformat(),
        }
        return str((await self._api.post("/hearings", body))["id"])

    async def set_cameras(self, room: str, wish: Wish) -> None:
        """Give a courtroom exactly the cameras of the wish."""
        present = (await self._api.get(f"/courtrooms/{room}"))["cameras"]
        by_name = {camera["name"]: camera["id"] for camera in present}
        for place, (name, name_en, url) in enumerate(wish.cameras):
            identifier = by_name.pop(name, None)
            if identifier is None:
                camera = {"name": name, "name_en": name_en, "url": url, "place": place}
                await self._api.post(f"/courtrooms/{room}/cameras", camera)
            else:
                await self._api.patch(f"/cameras/{identifier}", {"url": url, "place": place})
        for identifier in by_name.values():
            await self._api.delete(f"/cameras/{identifier}")

    async def on_air(self, planned: Planned, room: str, wish: Wish) -> Shown:
        """Return the broadcast of a hearing on the air, and whether it was started now."""
        name = planned.title
        wanted = json.loads(json.dumps(asdict(wish)))
        running = await self._running(name)
        if running is not None and self._memory.wishes.get(name) == wanted:
            return running, False
        if running is not None:
            await self._api.post(f"/broadcasts/{running['id']}/orders", {"order": "end"})
        elif (other := await self._other_in(planned)) is not None:
            return other, False
        await self.set_cameras(room, wish)
        hearing = await self._add_hearing(planned, room, datetime.now(UTC))
        medium = ["video", "image_text"]
        broadcast = await self._plan_broadcast(hearing, wish.delay_s, medium)
        await self._approvals.announce(hearing, planned.parties)
        await self._approvals.approve(hearing, medium)
        await self._approvals.confirm_cameras(broadcast)
        await self._api.post(f"/broadcasts/{broadcast}/orders", {"order": "start"})
        self._memory.broadcasts[name] = broadcast
        self._memory.wishes[name] = wanted
        self._memory.write()
        return await self._api.get(f"/broadcasts/{broadcast}"), True

    async def _other_in(self, planned: Planned) -> dict[str, Any] | None:
        """Return what else is on the air in the courtroom, which stays there.

        Somebody's own hearing, or one of ours of which the memory was not written in time: a start
        would be refused, again and again.
        """
        name, _ = ROOMS[planned.room]
        live = (await self._api.get("/broadcasts", state="live", lang="zh-CN"))["broadcasts"]
        here = (one for one in live if (one["court"], one["courtroom"]) == (COURT["name"], name))
        return next(here, None)

    async def _running(self, name: str) -> dict[str, Any] | None:
        known = self._memory.broadcasts.get(name)
        if known is None:
            return None
        try:
            found: dict[str, Any] = await self._api.get(f"/broadcasts/{known}")
        except Refused as refusal:
            if refusal.status != NOT_FOUND:
                raise
            return None
        # What is on the air is known a moment after a start only; what was ordered, at once.
        return found if found["phase"] == "live" and found["state"] != "ended" else None

    async def partner_key(self) -> str:
        """Return a media partner's key; the same one in the same data directory."""
        if self._memory.partner_key is None:
            listed = await self._api.get("/partners")
            body = {"name": PARTNER, "contact": "news@example.org"}
            partner = (await self._api.post("/partners", body))["id"]
            terms = {"terms_version": listed["terms_version"]}
            await self._api.patch(f"/partners/{partner}", terms)
            key = await self._api.post(f"/partners/{partner}/keys", {"label": "demo"})
            self._memory.partner_key = key["key"]
            self._memory.write()
        return str(self._memory.partner_key)


def scene_wish(urls: dict[str, str], delay_s: float) -> Wish:
    """Return the wish for the four cameras of the drawn courtroom."""
    cameras = tuple((zh, en, urls[position]) for position, zh, en in POSITIONS)
    return Wish(cameras, delay_s)


def given_wish(urls: Sequence[str], delay_s: float) -> Wish:
    """Return the wish for cameras that were given on the command line."""
    cameras = tuple(
        (f"机位{number}", f"Camera {number}", url) for number, url in enumerate(urls, start=1)
    )
    return Wish(cameras, delay_s)
