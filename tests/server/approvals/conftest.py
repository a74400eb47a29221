"""A court that goes by cn-default, with everybody whom an approval needs."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

import pytest

from server.accounts.roles import Role
from server.database import DATABASE
from server.journal.chain import Entry
from server.journal.store import entries
from tests.server.broadcasts.conftest import Hall, furnish
from tests.server.conftest import Service

Headers = dict[str, str]
CHAIN = ("head", "management", "vice")
STAFF = {
    "judge": Role.PRESIDING_JUDGE,
    "applicant": Role.APPLICANT,
    "head": Role.DIVISION_HEAD,
    "management": Role.TRIAL_MANAGEMENT,
    "vice": Role.VICE_PRESIDENT,
    "upper": Role.UPPER_COURT,
}
# An ordinary criminal case in which all is prepared.
PLAIN = dict.fromkeys([f"E-{number:02}" for number in range(1, 30)], "no") | dict.fromkeys(
    ("E-20", "E-21", "E-23", "E-25", "E-26"), "yes"
)


@dataclass
class Chamber:
    """A court with a policy; each person's headers and id by their part."""

    hall: Hall
    hearing: str
    by: dict[str, Headers] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)

    @property
    def service(self) -> Service:
        """The running server."""
        return self.hall.service

    async def call(self, method: str, path: str, who: str, body: object = None) -> Any:  # noqa: ANN401
        """Call the API as somebody; return the response."""
        headers = {
            "technician": self.hall.technician,
            "admin": self.hall.admin,
        }.get(who) or self.by[who]
        url = f"/api/v1{path}"
        return await self.service.client.request(method, url, json=body, headers=headers)

    async def did(self, method: str, path: str, who: str, body: object = None) -> Any:  # noqa: ANN401
        """Call the API; return the JSON of an answer that is no refusal."""
        response = await self.call(method, path, who, body)
        assert response.status < 400, await response.text()
        return await response.json()

    def form(self, **more: Any) -> dict[str, Any]:  # noqa: ANN401
        """Return a form; ``E_02="yes"`` answers a line otherwise (None: not at all)."""
        answers: dict[str, Any] = dict(PLAIN)
        for name in [one for one in more if one.startswith("E_")]:
            answers[name.replace("_", "-")] = more.pop(name)
        return {
            "media": ["video", "audio", "text"],
            "reason": "Of public interest.",
            "answers": {code: {"answer": its} for code, its in answers.items() if its},
        } | more

    async def apply(self, **more: Any) -> Any:  # noqa: ANN401
        """Begin an application."""
        path = f"/hearings/{self.hearing}/applications"
        return await self.did("POST", path, "applicant", self.form(**more))

    async def submit(self, application: Any) -> Any:  # noqa: ANN401
        """Submit it as it was read."""
        path = f"/applications/{application['id']}/submit"
        return await self.did("POST", path, "applicant", {"version": application["version"]})

    async def sign(
        self,
        application: Any,  # noqa: ANN401
        who: str,
        decision: str = "agree",
        opinion: str = "Read.",
    ) -> Any:  # noqa: ANN401
        """Sign a step; return the response."""
        body = {"digest": application["digest"], "decision": decision, "opinion": opinion}
        return await self.call("POST", f"/applications/{application['id']}/signature", who, body)

    async def approved(self, **more: Any) -> Any:  # noqa: ANN401
        """Take an application through the whole chain."""
        application = await self.submit(await self.apply(**more))
        for who in CHAIN:
            response = await self.sign(application, who)
            assert response.status == 200, await response.text()
        return await self.show(application)

    async def show(self, application: Any) -> Any:  # noqa: ANN401
        """Return an application as it stands."""
        return await self.did("GET", f"/applications/{application['id']}", "applicant")

    async def journal(self, about: str = "") -> list[Entry]:
        """Return the entries about an object, or all."""
        async with self.service.app[DATABASE].read() as connection:
            return [one async for one in entries(connection, about)]


@pytest.fixture
async def chamber(service: Service) -> Chamber:
    """A court of cn-default at delay 0, with a planned broadcast of a criminal case."""
    return await seat(await furnish(service))


async def seat(hall: Hall, policy: str = "cn-default", delay_s: float | None = 0) -> Chamber:
    """Let the hall's court choose a policy, and seat everybody."""
    shown = await hall.service.get("/hearings", headers=hall.technician)
    [hearing] = (await shown.json())["hearings"]
    chamber = Chamber(hall, hearing["id"])
    body = {"policy": policy, "delay_s": delay_s}
    await chamber.did("PUT", f"/courts/{hall.court}/policy", "admin", body)

    async def add(part: str, role: Role) -> None:
        chamber.by[part] = await hall.service.token(part, role, hall.court)
        chamber.ids[part] = (await chamber.did("GET", "/me", part))["id"]

    await asyncio.gather(*(add(part, role) for part, role in STAFF.items()))
    judge = {"judge": chamber.ids["judge"], "cause": "盗窃"}
    await chamber.did("PATCH", f"/hearings/{chamber.hearing}", "technician", judge)
    await announce(chamber)
    return chamber


async def announce(chamber: Chamber) -> None:
    """Enter the accused, log that they were told, and publish the notice, late with a reason."""
    hearing = f"/hearings/{chamber.hearing}"
    accused = {"role": "accused", "name": "Zhang"}
    made = await chamber.did("POST", f"{hearing}/participants", "technician", accused)
    told = {"kind": "notified", "value": "letter"}
    await chamber.did("POST", f"/participants/{made['id']}/log", "technician", told)
    late = {"late_reason": "The judge has shortened the time."}
    await chamber.did("POST", f"{hearing}/notice", "technician", late)


async def withdraw_notice(chamber: Chamber) -> None:
    """Withdraw the hearing's notice."""
    path = f"/hearings/{chamber.hearing}/notice"
    notice = (await chamber.did("GET", path, "technician"))["current"]["id"]
    body = {"reason": "The hearing is put off."}
    await chamber.did("POST", f"/notices/{notice}/withdrawal", "technician", body)
