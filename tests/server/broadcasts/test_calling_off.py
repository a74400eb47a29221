"""A hearing is cancelled or adjourned: calendar, broadcast, approval and notice say the same."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from server.accounts.roles import Role
from tests.server.approvals.conftest import seat
from tests.server.broadcasts.conftest import Hall, furnish, made
from tests.server.conftest import Service

Headers = dict[str, str]
SOON = datetime.now(UTC) + timedelta(days=5)
CASE = "（2026）苏07民初31号"


async def announced(hall: Hall) -> tuple[str, str, str]:
    """Put a hearing into the calendar, plan its broadcast, publish its notice."""
    entry = {
        "case_number": CASE,
        "courtroom": hall.room,
        "title": "甲诉乙",
        "cause": "买卖合同纠纷",
        "scheduled_at": SOON.isoformat(),
    }
    hearing = (await made(hall.service, "/hearings", entry, hall.technician))["id"]
    for role, name in (("plaintiff", "甲某"), ("defendant", "乙某")):
        path = f"/hearings/{hearing}/participants"
        await made(hall.service, path, {"role": role, "name": name}, hall.technician)
    plan = {"hearing": hearing, "medium": ["image_text"], "delay_s": 0}
    broadcast = (await made(hall.service, "/broadcasts", plan, hall.technician))["id"]
    notice = await made(hall.service, f"/hearings/{hearing}/notice", {}, hall.technician)
    return hearing, broadcast, notice["current"]["id"]


async def put_off(hall: Hall, hearing: str, kind: str, by: Headers, **body: Any) -> Any:  # noqa: ANN401
    """Cancel or adjourn; return the response."""
    return await hall.service.post(f"/hearings/{hearing}/{kind}", body, headers=by)


async def page(service: Service, path: str, by: Headers | None = None) -> str:
    """Return a page in English."""
    headers = {"Accept": "text/html", **(by or {})}
    response = await service.client.get(path, params={"lang": "en"}, headers=headers)
    assert response.status == 200
    return await response.text()


async def test_what_is_cancelled_is_told_everywhere_and_never_begins(service: Service) -> None:
    hall = await furnish(service)
    hearing, broadcast, notice = await announced(hall)
    clerk = await service.token("cleo", Role.CLERK, hall.court)
    stranger = await service.token("sam", Role.CLERK, "elsewhere")
    assert (await put_off(hall, hearing, "cancellation", stranger, reason="x")).status == 403
    assert (await put_off(hall, hearing, "cancellation", clerk, reason="")).status == 422
    done = await put_off(hall, hearing, "cancellation", clerk, reason="双方已经和解")
    assert done.status == 200
    assert (await done.json())["cancelled_at"]
    for kind in ("cancellation", "adjournment"):
        assert (await put_off(hall, hearing, kind, clerk, reason="again")).status == 409

    shown = await (await service.get(f"/notices/{notice}")).json()
    assert (shown["state"], shown["change"]["kind"]) == ("published", "cancelled")
    for path in (f"/notices/{notice}", "/notices", f"/console/hearings/{hearing}"):
        text = await page(service, path, hall.technician)
        assert "双方已经和解" in text
        assert "ancelled" in text
    ics = await (await service.client.get("/notices.ics")).text()
    assert "STATUS:CANCELLED" in ics
    assert CASE not in ics

    told = await (await service.get(f"/broadcasts/{broadcast}")).json()
    assert (told["phase"], bool(told["cancelled_at"])) == ("ended", True)
    assert "called off" in await page(service, f"/broadcasts/{broadcast}")
    path, start = f"/broadcasts/{broadcast}/orders", {"order": "start"}
    assert (await service.post(path, start, headers=hall.technician)).status == 409
    later = {"scheduled_at": (SOON + timedelta(days=1)).isoformat()}
    changing = service.client.patch(
        f"/api/v1/hearings/{hearing}", json=later, headers=hall.technician
    )
    assert (await changing).status == 409
    again = await service.post(f"/hearings/{hearing}/notice", {}, headers=hall.technician)
    assert again.status == 409
    year = await (await service.get(f"/statistics?year={SOON.year}")).text()
    assert broadcast not in year


async def test_what_is_adjourned_keeps_its_plan_and_needs_another_notice(service: Service) -> None:
    hall = await furnish(service)
    hearing, broadcast, notice = await announced(hall)
    gone = (datetime.now(UTC) - timedelta(hours=1)).isoformat()
    refused = await put_off(hall, hearing, "adjournment", hall.technician, reason="x", until=gone)
    assert refused.status == 422
    until = (SOON + timedelta(days=7)).replace(microsecond=0)
    done = await put_off(
        hall, hearing, "adjournment", hall.technician, reason="需要鉴定", until=until.isoformat()
    )
    assert (await done.json())["cancelled_at"] is None
    change = (await (await service.get(f"/notices/{notice}")).json())["change"]
    assert (change["kind"], change["reason"]) == ("adjourned", "需要鉴定")
    assert datetime.fromisoformat(change["until"]) == until
    assert "adjourned to" in await page(service, f"/notices/{notice}")
    told = await (await service.get(f"/broadcasts/{broadcast}")).json()
    assert told["phase"] == "upcoming"
    assert datetime.fromisoformat(told["scheduled_at"]) == until
    its = await made(service, f"/hearings/{hearing}/notice", {}, hall.technician)
    assert (its["current"]["change"], its["current"]["moved"]) == (None, False)
    ics = await (await service.client.get("/notices.ics")).text()
    assert "STATUS:CONFIRMED" in ics
    assert "CANCELLED" not in ics


async def test_what_is_on_the_air_is_ended_and_not_called_off(service: Service) -> None:
    hall = await furnish(service, medium=["image_text"])
    hearing = (await (await service.get("/hearings", headers=hall.technician)).json())["hearings"][
        0
    ]["id"]
    assert (await hall.order("start")).status == 200
    refused = await put_off(hall, hearing, "cancellation", hall.technician, reason="x")
    assert refused.status == 409
    assert "on the air" in await refused.text() or "直播" in await refused.text()
    assert (await hall.order("end")).status == 200
    over = await put_off(hall, hearing, "cancellation", hall.technician, reason="x")
    assert over.status == 409


async def test_an_approval_does_not_outlive_its_hearing(service: Service) -> None:
    chamber = await seat(await furnish(service))
    application = await chamber.approved()
    until = (SOON + timedelta(days=2)).isoformat()
    path = f"/hearings/{chamber.hearing}"
    body = {"reason": "法官生病", "until": until}
    await chamber.did("POST", f"{path}/adjournment", "judge", body)
    assert (await chamber.show(application))["state"] == "void"
    again = await chamber.apply()
    await chamber.did("POST", f"{path}/cancellation", "judge", {"reason": "撤诉"})
    shown = await chamber.show(again)
    assert (shown["state"], shown["ended_because"]) == ("void", ["called_off"])
    refused = await chamber.call("POST", f"{path}/applications", "applicant", chamber.form())
    assert refused.status == 409
    entries = [one for one in await chamber.journal() if one.action.startswith("hearing.")]
    assert [one.action for one in entries][-2:] == ["hearing.adjourn", "hearing.cancel"]
    assert json.loads(entries[-1].details)["reason"] == "撤诉"


async def test_it_goes_on_the_air_or_is_cancelled_and_never_both(service: Service) -> None:
    hall = await furnish(service)
    hearing, broadcast, _ = await announced(hall)
    order = {"order": "start", "key": "k"}
    started, cancelled = await asyncio.gather(
        service.post(f"/broadcasts/{broadcast}/orders", order, headers=hall.technician),
        put_off(hall, hearing, "cancellation", hall.technician, reason="双方已经和解"),
    )
    assert sorted((started.status, cancelled.status)) == [200, 409]
    shown = await (await service.get(f"/broadcasts/{broadcast}")).json()
    assert shown["state"] == ("live" if started.status == 200 else "ended")
