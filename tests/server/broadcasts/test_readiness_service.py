"""The public notice and the participants' log stand between a broadcast and the air."""

from __future__ import annotations

from typing import Any

from tests.server.approvals.conftest import Chamber, chamber, withdraw_notice
from tests.server.broadcasts.test_readiness import confirm, readiness, ready, start

__all__ = ["chamber"]


async def test_nothing_begins_without_its_notice(chamber: Chamber) -> None:
    await ready(chamber)
    await withdraw_notice(chamber)
    path = f"/hearings/{chamber.hearing}/notice"
    assert (await start(chamber))["B-07"] == "本场庭审尚未发布公告。"
    assert (await chamber.call("POST", path, "technician", {})).status == 409  # it is late
    late = {"late_reason": "Both sides agree."}
    await chamber.did("POST", path, "technician", late)
    accused = {"role": "accused", "name": "Li"}
    people = f"/hearings/{chamber.hearing}/participants"
    made = await chamber.did("POST", people, "technician", accused)
    assert set(await start(chamber)) == {"B-07", "B-08"}  # it does not name him, nor was he told
    told = {"kind": "notified", "value": "in_person"}
    await chamber.did("POST", f"/participants/{made['id']}/log", "technician", told)
    await chamber.did("POST", path, "technician", late)
    assert await start(chamber) == {}


async def test_an_objection_is_decided_by_name_and_reason(chamber: Chamber) -> None:
    await ready(chamber)
    people = f"/hearings/{chamber.hearing}/participants"
    [accused] = (await chamber.did("GET", people, "technician"))["participants"]
    log = f"/participants/{accused['id']}/log"

    async def decide(**more: Any) -> int:  # noqa: ANN401
        return int((await confirm(chamber, "objections", "judge", **more)).status)

    for said in ("yes", "withdrawn"):
        await chamber.did("POST", log, "technician", {"kind": "consent", "value": said})
    assert set(await start(chamber)) == {"B-06"}
    assert await decide() == 409
    assert await decide(override=True, reason="The public interest prevails.") == 200
    assert (await readiness(chamber))["ready"] is True
    # Whoever is against it later is not decided of.
    await chamber.did("POST", log, "technician", {"kind": "consent", "value": "no"})
    assert set(await start(chamber)) == {"B-06"}
