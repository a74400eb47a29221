"""The demonstration's approvals: invented people who apply and sign, through the API."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterable
from typing import Any

from server.demo.api import Api

POLICY = "cn-at-once"
# Sign-in name, display name, role; each step of the policy's chain is signed by one of them.
PEOPLE = (
    ("demo-judge", "韩某（演示审判长）", "presiding_judge"),
    ("demo-applicant", "陶某（演示申请人）", "applicant"),
    ("demo-division", "魏某（演示审判庭）", "division_head"),
    ("demo-management", "姜某（演示审管办）", "trial_management"),
    ("demo-vice-president", "戚某（演示副院长）", "vice_president"),
)
JUDGE, APPLICANT, *CHAIN = (name for name, _, _ in PEOPLE)
REASON = "社会关注度高，具有法治宣传教育意义。"
OPINION = "同意直播。"
LATE = "演示庭审，缩短公告期。"
# Everything else on the checklist is answered with no: these are ordinary civil cases.
PREPARED = frozenset({"E-20", "E-21", "E-23", "E-25", "E-26"})


class Approvals:
    """Has hearings of the demonstration court approved."""

    def __init__(self, api: Api) -> None:
        self._api = api
        self._court = ""
        self._ids: dict[str, str] = {}
        self._signed_in: dict[str, Api] = {}

    async def set_up(self, court: str, courtrooms: list[str]) -> None:
        """Make sure of the policy in these courtrooms, and of the people."""
        self._court = court
        present = await self._api.get(f"/courts/{court}/policy")
        if present["policy"] is None:
            policy = {"policy": POLICY, "delay_s": 0, "courtrooms": courtrooms}
            await self._api.put(f"/courts/{court}/policy", policy)
        known = {one["name"]: one["id"] for one in (await self._api.get("/people"))["people"]}
        self._ids = {name: known[name] for name, _, _ in PEOPLE if name in known}
        await asyncio.gather(*(self._add(*one) for one in PEOPLE if one[0] not in known))

    async def _add(self, name: str, display_name: str, role: str) -> None:
        roles = [{"role": role, "court": self._court}]
        body = {"name": name, "display_name": display_name, "roles": roles}
        made = await self._api.post("/people", body)
        self._ids[name] = made["id"]
        await self._sign_in(name, made["invitation"])

    @property
    def judge(self) -> str:
        """The person who presides over the demonstration's hearings."""
        return self._ids[JUDGE]

    async def approve(self, hearing: str, medium: list[str]) -> None:
        """Take a hearing through the whole chain."""
        applicant = await self._as(APPLICANT)
        application = await self._submitted(applicant, hearing, medium)
        for name in CHAIN:
            body = {"digest": application["digest"], "decision": "agree", "opinion": OPINION}
            path = f"/applications/{application['id']}/signature"
            await (await self._as(name)).post(path, body)

    async def apply(self, hearing: str, medium: list[str]) -> None:
        """Apply for a hearing and leave it to its chain."""
        await self._submitted(await self._as(APPLICANT), hearing, medium)

    async def announce(self, hearing: str, parties: Iterable[tuple[str, str]]) -> None:
        """Enter the parties, log that they were told, and publish the hearing's notice."""
        for role, name in parties:
            body = {"role": role, "name": name}
            made = await self._api.post(f"/hearings/{hearing}/participants", body)
            told = {"kind": "notified", "value": "letter"}
            await self._api.post(f"/participants/{made['id']}/log", told)
        await self._api.post(f"/hearings/{hearing}/notice", {"late_reason": LATE})

    async def confirm_cameras(self, broadcast: str) -> None:
        """Confirm what the cameras show, as the technician does before a start."""
        await self._api.post(f"/broadcasts/{broadcast}/conditions", {"code": "cameras"})

    async def _submitted(self, applicant: Api, hearing: str, medium: list[str]) -> Any:  # noqa: ANN401
        asked = await applicant.get(f"/courts/{self._court}/checklist")
        answers = {
            one["code"]: {"answer": "yes" if one["code"] in PREPARED else "no"}
            for one in asked["questions"]
        }
        media = [*(["video", "audio"] if "video" in medium else []), "text"]
        form = {"media": media, "reason": REASON, "answers": answers}
        draft = await applicant.post(f"/hearings/{hearing}/applications", form)
        version = {"version": draft["version"]}
        return await applicant.post(f"/applications/{draft['id']}/submit", version)

    async def _as(self, name: str) -> Api:
        if name not in self._signed_in:
            renewed = await self._api.post(f"/people/{self._ids[name]}/invitation", {})
            await self._sign_in(name, renewed["invitation"])
        return self._signed_in[name]

    async def _sign_in(self, name: str, invitation: str) -> None:
        password = secrets.token_urlsafe(24)
        chosen = {"secret": invitation.partition("#")[2], "new_password": password}
        await self._api.post("/invitations/accept", chosen)
        self._signed_in[name] = await self._api.signed_in(name, password)
