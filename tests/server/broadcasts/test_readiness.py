"""No broadcast starts against a hard rule of its court: through the API, the command, the database.

The policy is cn-default; a court without one, while a pilot runs, is in all the other tests.
"""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from media import read_orders
from server.broadcasts.service import BROADCASTS
from server.command import main
from server.database import DATABASE
from tests.server.approvals.conftest import CHAIN, Chamber, chamber, seat, withdraw_notice
from tests.server.broadcasts.conftest import furnish
from tests.server.conftest import Service

__all__ = ["chamber"]


async def start(chamber: Chamber) -> dict[str, str]:
    """Try to start as the technician; return the rules that stood against it, none if it began."""
    response = await chamber.hall.order("start")
    records = read_orders(chamber.hall.directory)
    if response.status == 200:
        assert [one.order for one in records] == ["start"]
        return {}
    assert response.status == 409, await response.text()
    problem = await response.json()
    assert problem["code"] == "not-ready"
    assert records == []  # nothing is in the log: no worker could take it into force
    return {one["code"]: one["message"] for one in problem["errors"]}


async def confirm(chamber: Chamber, code: str, who: str = "technician", **more: Any) -> Any:  # noqa: ANN401
    path = f"/broadcasts/{chamber.hall.broadcast}/conditions"
    return await chamber.call("POST", path, who, {"code": code, **more})


async def readiness(chamber: Chamber) -> Any:  # noqa: ANN401
    path = f"/broadcasts/{chamber.hall.broadcast}/readiness"
    return await chamber.did("GET", path, "technician")


async def ready(chamber: Chamber, **form: Any) -> Any:  # noqa: ANN401
    """Let the hearing be approved and its cameras confirmed."""
    application = await chamber.approved(**form)
    assert (await confirm(chamber, "cameras")).status == 200
    return application


async def execute(chamber: Chamber, statement: str) -> None:
    """Write into the database past the service; something must have come of it."""
    async with chamber.service.app[DATABASE].begin() as connection:
        assert (await connection.execute(text(statement))).rowcount


async def test_what_is_approved_and_confirmed_begins(chamber: Chamber) -> None:
    assert set(await start(chamber)) == {"B-01", "B-16"}
    application = await chamber.submit(await chamber.apply())
    for who in CHAIN:
        assert "B-01" in await start(chamber)  # half a chain is none
        assert (await chamber.sign(application, who)).status == 200
    assert set(await start(chamber)) == {"B-16"}
    assert (await confirm(chamber, "cameras")).status == 200
    assert (await readiness(chamber))["ready"] is True
    assert await start(chamber) == {}
    noted = [one.action for one in await chamber.journal(f"application:{application['id']}")]
    assert noted[-1] == "application.confirm"


async def test_the_command_is_refused_as_everybody(
    chamber: Chamber, capsys: pytest.CaptureFixture[str]
) -> None:
    # scripts/order speaks with the administrator's token, which may give every order.
    client, data = chamber.service.client, chamber.service.data
    token = chamber.hall.admin["Authorization"].removeprefix("Bearer ")
    access = {"api": f"http://{client.host}:{client.port}/api/v1", "token": token}
    (data / "run" / "access.json").write_text(json.dumps(access))
    command = ["order", chamber.hall.broadcast, "start", "--data", str(data)]
    assert await asyncio.to_thread(main, command) == 1
    problem = json.loads(capsys.readouterr().err.splitlines()[-1])
    assert problem["code"] == "not-ready"
    assert read_orders(chamber.hall.directory) == []


async def test_another_hearing_than_the_approved_is_not_approved(chamber: Chamber) -> None:
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    for name, value in (
        ("judge", chamber.ids["head"]),
        ("courtroom", await another_room(chamber)),
        ("scheduled_at", tomorrow.isoformat()),
        ("nature", "civil"),
        ("cause", "诈骗"),
    ):
        application = await chamber.approved()
        path = f"/hearings/{chamber.hearing}"
        await chamber.did("PATCH", path, "technician", {name: value})
        shown = await chamber.show(application)
        assert (shown["state"], shown["ended_because"]) == ("void", [name])
        assert "B-01" in await start(chamber)
        noted = await chamber.journal(f"application:{application['id']}")
        assert noted[-1].action == "application.void"


async def another_room(chamber: Chamber) -> str:
    body = {"court": chamber.hall.court, "name": "第二法庭"}
    return str((await chamber.did("POST", "/courtrooms", "admin", body))["id"])


async def test_other_media_than_the_approved_are_not_approved(chamber: Chamber) -> None:
    application = await ready(chamber)
    path = f"/broadcasts/{chamber.hall.broadcast}"
    await chamber.did("PUT", path, "technician", {"medium": ["image_text"], "delay_s": 0})
    assert (await chamber.show(application))["ended_because"] == ["media"]
    assert "B-01" in await start(chamber)


TAMPERING = {
    "courtroom": ("UPDATE hearings SET courtroom = '{room}'", "courtroom", "B-04"),
    "time": ("UPDATE hearings SET scheduled_at = scheduled_at + 1", "scheduled_at", "B-04"),
    "nature": ("UPDATE cases SET nature = 'civil'", "nature", "B-04"),
    "judge": ("UPDATE hearings SET judge = 'somebody'", "judge", "B-04"),
    "number": ("UPDATE cases SET number = '(2026)1'", "case_number", "B-04"),
    "answers": ("UPDATE applications SET answers = '{}'", "form", "B-02"),
    "reason": ("UPDATE applications SET reason = 'Another.'", "form", "B-02"),
    "media": ("""UPDATE applications SET media = '["text"]'""", "form", "B-02"),
    "medium": ("UPDATE broadcasts SET has_report = false", "media", "B-04"),
}


async def test_a_change_in_the_database_makes_it_void(chamber: Chamber) -> None:
    room = await another_room(chamber)
    for name, (statement, code, rule) in TAMPERING.items():
        application = await chamber.approved()
        await execute(chamber, statement.replace("{room}", room))
        assert rule in await start(chamber), name
        shown = await chamber.show(application)
        assert (shown["state"], shown["ended_because"]) == ("void", [code])
        assert "B-01" in await start(chamber)  # and stays so


async def test_a_state_in_the_database_is_no_approval(chamber: Chamber) -> None:
    application = await chamber.submit(await chamber.apply())
    await chamber.sign(application, "head")
    await execute(chamber, "UPDATE applications SET state = 'agreed'")
    assert "B-02" in await start(chamber)
    assert (await chamber.show(application))["ended_because"] == ["chain"]
    await execute(chamber, "UPDATE broadcasts SET state = 'live'")
    # As a server that has just started, which remembers no state of its own.
    chamber.service.app[BROADCASTS].forget(chamber.hall.broadcast)
    response = await chamber.hall.order("start")
    assert read_orders(chamber.hall.directory) == [], await response.text()


async def test_signatures_can_be_neither_changed_nor_forged(chamber: Chamber) -> None:
    application = await chamber.submit(await chamber.apply())
    await chamber.sign(application, "head")
    for statement in (
        "UPDATE approval_steps SET decision = 'agree'",
        "DELETE FROM approval_steps",
        "UPDATE submissions SET text = ''",
        "DELETE FROM submissions",
        forged(application, 1, "head", chamber),  # the step is signed
        forged(application, 2, "head", chamber),  # nobody signs two
        forged(application, 2, "applicant", chamber),  # nor the applicant any
        forged(application, 2, "vice", chamber, applicant="head"),
    ):
        with pytest.raises(DBAPIError):
            await execute(chamber, statement)
    for number, who in ((2, "management"), (3, "vice")):
        await execute(chamber, forged(application, number, who, chamber))
    await execute(chamber, "UPDATE applications SET state = 'agreed'")
    assert "B-02" in await start(chamber)  # they do not stand in the journal
    assert (await chamber.show(application))["ended_because"] == ["journal"]


def forged(
    application: Any,  # noqa: ANN401
    number: int,
    signer: str,
    chamber: Chamber,
    applicant: str = "applicant",
) -> str:
    """Return a signature's row as a forger would write it."""
    role = ("division_head", "trial_management", "vice_president")[number - 1]
    return (
        "INSERT INTO approval_steps VALUES ("  # noqa: S608
        f"'{application['id']}', 1, {number}, '{role}', 'agree', '', "
        f"'{chamber.ids[applicant]}', '{chamber.ids[signer]}', 1, 0, 2, "
        f"'{application['digest']}')"
    )


async def test_the_delay_is_at_least_the_policys(service: Service) -> None:
    chamber = await seat(await furnish(service), delay_s=20)
    await ready(chamber)
    assert (await start(chamber))["B-10"] == "延时不得少于 20 秒。"
    path = f"/broadcasts/{chamber.hall.broadcast}"
    await chamber.did("PUT", path, "technician", {"delay_s": 30})
    assert await start(chamber) == {}
    shorter = await chamber.hall.order("delay", arguments={"seconds": 5})
    assert shorter.status == 409
    assert (await shorter.json())["errors"][0]["code"] == "B-10"
    assert (await chamber.hall.order("delay", arguments={"seconds": 25})).status == 200


async def test_a_screen_in_the_picture_is_masked_first(chamber: Chamber) -> None:
    await ready(chamber, E_22="yes")
    assert set(await start(chamber)) == {"B-16"}
    mask = {"camera": chamber.hall.cameras[0], "x": 0, "y": 0, "width": 0.2, "height": 0.2}
    other = {"masks": [mask | {"layout": "quad"}]}
    room = f"/courtrooms/{chamber.hall.room}/masks"
    await chamber.did("PUT", room, "technician", other)
    assert set(await start(chamber)) == {"B-16"}  # the broadcast's layout is another
    await chamber.did("PUT", room, "technician", {"masks": [mask]})
    await execute(chamber, "DELETE FROM mask_templates")
    assert set(await start(chamber)) == {"B-16"}
    await chamber.did("PUT", room, "technician", {"masks": [mask]})
    assert await start(chamber) == {}
    wanted = chamber.service.data / "run" / "wanted" / f"worker-{chamber.hall.broadcast}.json"
    assert '"masks_required": true' in json.dumps(json.loads(wanted.read_text()))


async def test_cameras_are_confirmed_as_they_are_now(chamber: Chamber) -> None:
    await ready(chamber)
    path = f"/broadcasts/{chamber.hall.broadcast}"
    one = {"delay_s": 0, "cameras": chamber.hall.cameras[:1]}
    await chamber.did("PUT", path, "technician", one)
    assert set(await start(chamber)) == {"B-16"}
    await confirm(chamber, "cameras")
    gone = await chamber.call("DELETE", f"/cameras/{chamber.hall.cameras[0]}", "technician")
    assert gone.status == 204
    assert set(await start(chamber)) == {"B-16"}


async def test_a_soft_rule_is_gone_past_by_name_and_reason_only(chamber: Chamber) -> None:
    await ready(chamber, E_20="no", E_21="no", E_23="no")
    await withdraw_notice(chamber)
    shown = await readiness(chamber)
    assert {one["code"]: one["soft"] for one in shown["hindrances"]} == {
        "E-20": False,
        "E-21": True,
        "E-23": True,
    }
    assert (await confirm(chamber, "E-20", override=True, reason="No time.")).status == 403
    assert (await confirm(chamber, "E-21", override=True)).status == 422
    assert (await confirm(chamber, "E-21")).status == 409  # the notice says it, or nobody does
    assert (await confirm(chamber, "E-99")).status == 422
    assert (await confirm(chamber, "E-21", "vice", override=True, reason="x")).status == 403
    assert (await confirm(chamber, "E-20")).status == 200
    assert (await confirm(chamber, "E-23")).status == 200
    urgent = "Urgent: the judge has shortened the notice."
    assert (await confirm(chamber, "E-21", "judge", override=True, reason=urgent)).status == 200
    assert await start(chamber) == {}
    [noted] = [one for one in await chamber.journal() if one.action == "application.override"]
    assert noted.person == chamber.ids["judge"]
    assert urgent in noted.details


async def test_who_is_on_the_air_stays_there(chamber: Chamber) -> None:
    application = await ready(chamber)
    assert await start(chamber) == {}
    room = {"courtroom": await another_room(chamber)}
    moved = await chamber.call("PATCH", f"/hearings/{chamber.hearing}", "technician", room)
    assert moved.status == 409
    replanned = {"delay_s": 0, "medium": ["image_text"]}
    path = f"/broadcasts/{chamber.hall.broadcast}"
    assert (await chamber.call("PUT", path, "technician", replanned)).status == 409
    withdrawn = f"/applications/{application['id']}/withdraw"
    await chamber.did("POST", withdrawn, "applicant")
    assert (await chamber.hall.order("start")).status == 200  # it holds already
    assert (await chamber.hall.order("recess")).status == 200


async def test_who_signed_does_not_operate_afterwards(chamber: Chamber) -> None:
    await ready(chamber)
    roles = [{"role": "technician", "court": chamber.hall.court}]
    await chamber.did("PATCH", f"/people/{chamber.ids['vice']}", "admin", {"roles": roles})
    path = f"/broadcasts/{chamber.hall.broadcast}/orders"
    assert (await chamber.call("POST", path, "vice", {"order": "start"})).status == 403
    assert await start(chamber) == {}


async def test_a_court_does_not_lose_its_policy(chamber: Chamber) -> None:
    with pytest.raises(DBAPIError):
        await execute(chamber, "DELETE FROM court_policies")
    assert "B-01" in await start(chamber)


async def test_a_policy_whose_file_is_gone_lets_nothing_begin(chamber: Chamber) -> None:
    await ready(chamber)
    await execute(chamber, "UPDATE court_policies SET policy = 'gone'")
    assert (await chamber.hall.order("start")).status == 503
    chosen = {"policy": "us-wi", "delay_s": 0}
    await chamber.did("PUT", f"/courts/{chamber.hall.court}/policy", "admin", chosen)
    assert "B-03" in await start(chamber)  # the steps were those of another chain


async def test_the_same_hearing_under_each_profile(chamber: Chamber) -> None:
    path, court = f"/broadcasts/{chamber.hall.broadcast}", chamber.hall.court
    mask = {"camera": chamber.hall.cameras[0], "x": 0, "y": 0, "width": 0.2, "height": 0.2}
    await withdraw_notice(chamber)
    for policy, delay_s, against in (
        ("uk-crown-sentencing", 10, {"B-10", "B-16"}),
        ("icc", 1800, {"B-10"}),
        ("in-high-court", 600, {"B-10"}),
        ("us-wi", 30, {"B-07", "B-10"}),
    ):
        chosen = {"policy": policy}
        await chamber.did("PUT", f"/courts/{court}/policy", "admin", chosen)
        asked = (await chamber.did("GET", f"/courts/{court}/checklist", "applicant"))["questions"]
        yes = {"G-09", "G-12", "G-13"}
        answers = {one["code"]: {"answer": "yes" if one["code"] in yes else "no"} for one in asked}
        applied = await chamber.submit(await chamber.apply(answers=answers))
        assert (await chamber.sign(applied, "vice")).status == 403
        assert (await chamber.sign(applied, "judge")).status == 200
        await confirm(chamber, "cameras")
        assert set(await start(chamber)) == against, policy
        await chamber.did("PUT", path, "technician", {"delay_s": delay_s})
        room = f"/courtrooms/{chamber.hall.room}/masks"
        await chamber.did("PUT", room, "technician", {"masks": [mask]})
        if "B-07" in against:
            why = {"override": True, "reason": "The judge has waived it."}
            assert (await confirm(chamber, "G-10", "judge", **why)).status == 200
        assert (await readiness(chamber))["ready"] is True, policy
        await chamber.did("PUT", room, "technician", {"masks": []})
        await chamber.did("PUT", path, "technician", {"delay_s": 0})
        await chamber.did("POST", f"/applications/{applied['id']}/withdraw", "applicant")


async def test_a_replay_that_was_ruled_out_is_not_shown(chamber: Chamber) -> None:
    for answer, may in (("no", False), ("yes", True)):
        application = await chamber.approved(E_26=answer)
        service = chamber.service.app[BROADCASTS]
        about = await service.about(chamber.hall.broadcast)
        plan = await service.readiness.replay_plan(about, datetime.now(UTC))
        assert (plan.state != "none") is may
        await chamber.did("POST", f"/applications/{application['id']}/withdraw", "applicant")


async def test_a_plan_in_other_media_than_approved_is_refused(chamber: Chamber) -> None:
    hearing = {
        "case_number": "(2026)苏07民初5号",
        "courtroom": chamber.hall.room,
        "title": "甲诉乙",
        "scheduled_at": datetime.now(UTC).isoformat(),
        "judge": chamber.ids["judge"],
    }
    unknown = await chamber.call("POST", "/hearings", "technician", hearing | {"judge": "nobody"})
    assert unknown.status == 422
    chamber.hearing = (await chamber.did("POST", "/hearings", "technician", hearing))["id"]
    await chamber.approved()
    plan = {"hearing": chamber.hearing, "medium": ["image_text"]}
    assert (await chamber.call("POST", "/broadcasts", "technician", plan)).status == 409
    plan["medium"] = ["video", "image_text"]
    await chamber.did("POST", "/broadcasts", "technician", plan)
