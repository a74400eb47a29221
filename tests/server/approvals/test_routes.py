"""Applications through the API: from the door to the last signature."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import inspect, text

from server.accounts.roles import Role
from server.database import DATABASE
from server.journal.chain import first_break
from tests.server.approvals.conftest import CHAIN, Chamber

MARK = "zhuque-7731"


async def refused(response: Any, status: int) -> Any:  # noqa: ANN401
    """Return the problem of a refusal."""
    assert response.status == status, await response.text()
    return await response.json()


async def test_an_application_goes_through_its_chain(chamber: Chamber) -> None:
    application = await chamber.apply()
    assert application["state"] == "draft"
    assert application["policy"]["name"] == "cn-default"
    application = await chamber.submit(application)
    assert application["turn"]["role"] == "division_head"
    for who in CHAIN:
        mine = await chamber.did("GET", "/applications/waiting?mine=true", who)
        assert [one["id"] for one in mine["applications"]] == [application["id"]]
        assert (await chamber.sign(application, who)).status == 200
        mine = await chamber.did("GET", "/applications/waiting?mine=true", who)
        assert mine["applications"] == []
    application = await chamber.show(application)
    assert application["state"] == "agreed"
    assert [one["signer"] for one in application["steps"]] == ["Head", "Management", "Vice"]
    assert {one["digest"] for one in application["steps"]} == {application["digest"]}
    assert all(one["in_time"] for one in application["steps"])
    noted = await chamber.journal(f"application:{application['id']}")
    assert [one.action for one in noted] == ["application.submit", *["application.sign"] * 3]
    assert application["digest"] in noted[-1].details
    assert first_break(await chamber.journal()) is None


async def test_a_state_secret_leaves_nothing_behind(
    chamber: Chamber, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    before = await dump(chamber)
    form = chamber.form(E_01="yes", reason=MARK)
    form["answers"]["E-01"]["note"] = MARK
    path = f"/hearings/{chamber.hearing}/applications"
    problem = await refused(await chamber.call("POST", path, "applicant", form), 422)
    assert problem["errors"][0]["field"] == "answers.E-01"
    assert problem["errors"][0]["code"] == "stop"
    entry = {
        "case_number": "(2026)苏07刑初99号",
        "courtroom": chamber.hall.room,
        "title": MARK,
        "scheduled_at": datetime.now(UTC).isoformat(),
        "state_secret": True,
    }
    await refused(await chamber.call("POST", "/hearings", "technician", entry), 422)
    assert await dump(chamber) == before  # no row of any table, no entry of the journal
    assert MARK not in caplog.text
    assert chamber.hearing not in caplog.text


async def test_the_door_is_asked_before_anything_is_stored(chamber: Chamber) -> None:
    path = f"/hearings/{chamber.hearing}/applications"
    response = await chamber.call("POST", path, "applicant", chamber.form(E_01=None))
    assert (await refused(response, 422))["errors"][0]["code"] == "missing"
    half = await chamber.apply(E_02=None)  # every other line may be answered later
    assert half["findings"]["problems"] == {"E-02": "missing"}


async def test_a_draft_that_turns_out_secret_is_gone(chamber: Chamber) -> None:
    before = await dump(chamber)
    draft = await chamber.apply(reason=MARK)
    body = chamber.form(E_01="yes") | {"version": draft["version"]}
    path = f"/applications/{draft['id']}"
    await refused(await chamber.call("PUT", path, "applicant", body), 422)
    await refused(await chamber.call("GET", path, "applicant"), 404)
    assert await dump(chamber) == before


async def dump(chamber: Chamber) -> dict[str, str]:
    """Return every row of every table as text; but for when somebody was last seen."""
    async with chamber.service.app[DATABASE].read() as connection:
        names = await connection.run_sync(lambda one: inspect(one).get_table_names())
        rows = {name: await connection.execute(text(f'SELECT * FROM "{name}"')) for name in names}  # noqa: S608
        skip = {"tokens", "sessions", "people"}
        return {name: repr(its.all()) for name, its in rows.items() if name not in skip}


async def test_hard_lines_and_missing_reasons_stand_against_it(chamber: Chamber) -> None:
    draft = await chamber.apply(E_02="yes", E_18="yes", E_03=None)
    body = {"version": draft["version"]}
    response = await chamber.call("POST", f"/applications/{draft['id']}/submit", "applicant", body)
    found = {one["field"]: one["code"] for one in (await refused(response, 422))["errors"]}
    assert found == {
        "answers.E-02": "hard",
        "answers.E-18": "reason",
        "answers.E-03": "missing",
    }


async def test_only_this_hearings_judge_writes_the_reasons(chamber: Chamber) -> None:
    draft = await chamber.apply(E_18="yes")
    other = await chamber.service.token("jun", Role.PRESIDING_JUDGE, chamber.hall.court)
    path = f"/applications/{draft['id']}/reasons"
    body = {"version": draft["version"], "reasons": {"E-18": "Order is kept by the bailiffs."}}
    chamber.by["other"] = other
    for who in ("other", "applicant", "admin", "technician"):
        await refused(await chamber.call("PUT", path, who, body), 403)
    unasked = body | {"reasons": {"E-19": "No."}}
    await refused(await chamber.call("PUT", path, "judge", unasked), 422)
    draft = await chamber.did("PUT", path, "judge", body)
    assert draft["reasons"]["E-18"]["by"] == "Judge"
    changed = chamber.form(E_18="yes", E_19="yes") | {"version": draft["version"]}
    draft = await chamber.did("PUT", f"/applications/{draft['id']}", "applicant", changed)
    assert draft["findings"]["unexplained"] == ["E-19"]  # the other reason stands
    body = {"version": draft["version"], "reasons": {"E-19": "No witness is left."}}
    draft = await chamber.did("PUT", path, "judge", body)
    assert (await chamber.submit(draft))["state"] == "submitted"


async def test_a_flagged_case_goes_to_the_upper_court(chamber: Chamber) -> None:
    application = await chamber.submit(await chamber.apply(E_17="yes", E_29="yes"))
    for who in CHAIN:
        assert (await chamber.sign(application, who)).status == 200
    assert (await chamber.show(application))["turn"]["role"] == "upper_court"
    await chamber.sign(application, "upper")
    assert (await chamber.show(application))["state"] == "agreed"


async def test_duties_are_apart(chamber: Chamber) -> None:
    hall = chamber.hall
    roles = [role.value for role in (Role.APPLICANT, Role.DIVISION_HEAD, Role.TRIAL_MANAGEMENT)]
    for name, held in (
        ("applicant", roles),  # who applied holds the step's role, too
        ("operator", [Role.DIVISION_HEAD.value, Role.TECHNICIAN.value]),
        ("twice", [Role.DIVISION_HEAD.value, Role.TRIAL_MANAGEMENT.value]),
    ):
        if name not in chamber.by:
            chamber.by[name] = await chamber.service.token(name, Role.CLERK, hall.court)
            chamber.ids[name] = (await chamber.did("GET", "/me", name))["id"]
        given = {"roles": [{"role": one, "court": hall.court} for one in held]}
        await chamber.did("PATCH", f"/people/{chamber.ids[name]}", "admin", given)
    application = await chamber.submit(await chamber.apply())
    for who in ("applicant", "operator", "admin", "technician", "judge", "management", "vice"):
        assert (await chamber.sign(application, who)).status == 403, who
    assert (await chamber.sign(application, "twice")).status == 200
    assert (await chamber.sign(application, "twice")).status == 403
    assert (await chamber.sign(application, "management")).status == 200
    elsewhere = await chamber.service.token("far", Role.VICE_PRESIDENT, "another")
    chamber.by["far"] = elsewhere
    assert (await chamber.sign(application, "far")).status == 403


async def test_a_returned_application_is_signed_anew(chamber: Chamber) -> None:
    application = await chamber.submit(await chamber.apply())
    await chamber.sign(application, "head")
    assert (await chamber.sign(application, "management", "return", " ")).status == 422
    assert (await chamber.sign(application, "management", "return", "Say more.")).status == 200
    returned = await chamber.show(application)
    assert (returned["state"], returned["turn"]) == ("returned", None)
    changed = chamber.form(reason="Much more.") | {"version": returned["version"]}
    path = f"/applications/{application['id']}"
    again = await chamber.submit(await chamber.did("PUT", path, "applicant", changed))
    assert again["digest"] != application["digest"]
    assert (await chamber.sign(application, "head")).status == 409  # what was read before
    for who in CHAIN:
        assert (await chamber.sign(again, who)).status == 200
    assert [one["round"] for one in (await chamber.show(again))["steps"]] == [1, 1, 2, 2, 2]


async def test_two_at_once_get_a_clear_answer(chamber: Chamber) -> None:
    draft = await chamber.apply()
    path = f"/applications/{draft['id']}"
    body = chamber.form(reason="First.") | {"version": draft["version"]}
    await chamber.did("PUT", path, "applicant", body)
    await refused(await chamber.call("PUT", path, "applicant", body), 409)
    stale = {"version": draft["version"]}
    await refused(await chamber.call("POST", f"{path}/submit", "applicant", stale), 409)
    again = f"/hearings/{chamber.hearing}/applications"
    await refused(await chamber.call("POST", again, "applicant", chamber.form()), 409)


async def test_a_refusal_is_a_record_of_its_own(chamber: Chamber) -> None:
    application = await chamber.submit(await chamber.apply())
    await chamber.sign(application, "head", "refuse", "Not of public interest.")
    refused_one = await chamber.show(application)
    assert refused_one["state"] == "refused"
    assert refused_one["refusal"]["reason"] == "Not of public interest."
    second = await chamber.apply()  # a second try is another application
    assert second["id"] != application["id"]


async def test_that_there_is_no_broadcast_is_applied_for_and_agreed(chamber: Chamber) -> None:
    application = await chamber.approved(kind="no_broadcast", E_02="yes", reason="")
    assert application["state"] == "agreed"
    assert application["refusal"]["codes"] == ["E-02"]
    noted = await chamber.journal(f"application:{application['id']}")
    assert noted[-1].action == "application.no_broadcast"
    await refused(await chamber.hall.order("start"), 409)


async def test_what_is_late_is_told(chamber: Chamber) -> None:
    application = await chamber.submit(await chamber.apply())
    late = await chamber.did("GET", "/applications/waiting?late=true", "head")
    assert late["applications"] == []
    async with chamber.service.app[DATABASE].begin() as connection:
        # As if it had waited for 25 hours; the table itself takes no change.
        unguarded = {
            "sqlite": "DROP TRIGGER submissions_no_update",
            "postgresql": "ALTER TABLE submissions DISABLE TRIGGER USER",
        }
        await connection.execute(text(unguarded[connection.dialect.name]))
        earlier = text("UPDATE submissions SET submitted_at = submitted_at - :us")
        await connection.execute(earlier, {"us": 25 * 3_600_000_000})
    [told] = (await chamber.did("GET", "/applications/waiting?late=true", "head"))["applications"]
    assert told["id"] == application["id"]
    assert told["turn"]["late"] is True
    assert (await chamber.sign(application, "head")).status == 200
    [step] = (await chamber.show(application))["steps"]
    assert step["in_time"] is False
    assert step["took_s"] > 25 * 3600 - 60


async def test_strangers_see_nothing(chamber: Chamber) -> None:
    application = await chamber.apply()
    path = f"/applications/{application['id']}"
    for name, role, court in (
        ("eve", Role.VICE_PRESIDENT, "another"),
        ("cai", Role.CLERK, chamber.hall.court),
    ):
        chamber.by[name] = await chamber.service.token(name, role, court)
        await refused(await chamber.call("GET", path, name), 403)
        await refused(await chamber.call("POST", f"{path}/withdraw", name), 403)
    listed = await chamber.did("GET", "/applications", "eve")
    assert listed["applications"] == []
    await refused(await chamber.call("GET", "/applications/none", "applicant"), 404)


WRONG: tuple[dict[str, Any], ...] = (
    {"media": []},
    {"media": ["video"]},
    {"media": ["smell"]},
    {"kind": "joke"},
    {"reason": "x" * 4001},
    {"answers": {"E-01": "no"}},
    {"answers": {"E-01": {"answer": "no", "note": "x" * 1001}}},
    {"answers": {f"E-{number}": {"answer": "no"} for number in range(101)}},
    {"state": "agreed"},
)


async def test_what_is_no_form_is_refused(chamber: Chamber) -> None:
    path = f"/hearings/{chamber.hearing}/applications"
    for wrong in WRONG:
        response = await chamber.call("POST", path, "applicant", chamber.form() | wrong)
        assert response.status == 422, wrong
