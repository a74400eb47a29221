import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from media import read_orders
from server.accounts.roles import Role
from server.command import main
from tests.server.approvals.conftest import Chamber, seat, withdraw_notice
from tests.server.broadcasts.conftest import furnish
from tests.server.conftest import Service


@pytest.fixture
async def reached(service: Service) -> Path:
    """A data directory whose access.json leads to a running service."""
    headers = await service.token("ada", Role.ADMINISTRATOR)
    access = {
        "api": f"http://{service.client.host}:{service.client.port}/api/v1",
        "token": headers["Authorization"].removeprefix("Bearer "),
    }
    (service.data / "run" / "access.json").write_text(json.dumps(access))
    return service.data


async def test_a_refusal_is_told_as_it_came(
    reached: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status = await asyncio.to_thread(main, ["order", "nothing", "start", "--data", str(reached)])
    assert status == 1
    problem = json.loads(capsys.readouterr().err)
    assert (problem["status"], problem["code"]) == (404, "not-found")


async def test_a_year_is_told(reached: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status = await asyncio.to_thread(main, ["stats", "2026", "--json", "--data", str(reached)])
    assert status == 0
    output = capsys.readouterr().out
    assert output.count("\n") == 1
    assert json.loads(output)


def test_a_service_that_does_not_run_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["order", "x", "dump", "--data", str(tmp_path)]) == 2
    assert "no service runs in" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words", [["range-dump"], ["delay"], ["dump", "20"], ["mask", "1", "0", "0", "1", "1", "9"]]
)
def test_an_order_without_what_it_needs_is_not_sent(
    words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["order", "x", *words, "--data", str(tmp_path)]) == 2
    assert "behind it" in capsys.readouterr().err


class Console:
    """The scripts at a court with a policy, in the hands of whoever owns the data directory."""

    def __init__(self, chamber: Chamber, capsys: pytest.CaptureFixture[str]) -> None:
        self._chamber, self._capsys = chamber, capsys

    async def run(self, *words: str) -> Any:  # noqa: ANN401
        """Run a command about the broadcast; return what it printed, its problem when refused."""
        name, *rest = words
        data = str(self._chamber.service.data)
        asked = [name, self._chamber.hall.broadcast, *rest, "--data", data]
        status = await asyncio.to_thread(main, asked)
        printed = self._capsys.readouterr()
        return json.loads((printed.err if status else printed.out).splitlines()[-1])

    async def against(self, *words: str) -> set[str]:
        """Give an order that is refused; return the rules that stand against it."""
        problem = await self.run("order", *words)
        assert problem["code"] == "not-ready", problem
        return {one["code"] for one in problem["errors"]}


@pytest.fixture
async def chamber(service: Service) -> Chamber:
    """A court whose policy asks for 20 s, and whose service the scripts find."""
    chamber = await seat(await furnish(service), delay_s=20)
    speak_as(chamber, chamber.hall.admin)
    return chamber


def speak_as(chamber: Chamber, headers: dict[str, str]) -> None:
    """Let the scripts find the service, with somebody's token."""
    client, data = chamber.service.client, chamber.service.data
    access = {
        "api": f"http://{client.host}:{client.port}/api/v1",
        "token": headers["Authorization"].removeprefix("Bearer "),
    }
    (data / "run" / "access.json").write_text(json.dumps(access))


async def test_no_command_goes_past_a_hard_rule(
    chamber: Chamber, capsys: pytest.CaptureFixture[str]
) -> None:
    console, did = Console(chamber, capsys), chamber.did
    hearing, broadcast = f"/hearings/{chamber.hearing}", f"/broadcasts/{chamber.hall.broadcast}"
    assert await console.against("start") == {"B-01", "B-10", "B-16"}
    early = await console.run("post", "开庭前。")
    assert early["state"] == "held"
    await chamber.approved()
    await did("PATCH", hearing, "technician", {"judge": chamber.ids["head"]})
    await did("PATCH", hearing, "technician", {"judge": chamber.ids["judge"]})
    assert "B-01" in await console.against("start")  # what the change made void stays void
    await chamber.approved()
    await did("PUT", broadcast, "technician", {"delay_s": 30})
    await did("POST", f"{broadcast}/conditions", "technician", {"code": "cameras"})
    await did("PATCH", hearing, "technician", {"title": "王小明作证"})
    witness = {"role": "witness", "name": "王小明", "alias": "证人甲"}
    made = await did("POST", f"{hearing}/participants", "technician", witness)
    assert await console.against("start") == {"B-08", "B-18"}
    renamed = {"title": "王小明再次作证"}
    assert (await chamber.call("PATCH", hearing, "technician", renamed)).status == 422
    await did("PATCH", hearing, "technician", {"title": "证人甲作证"})
    log = f"/participants/{made['id']}/log"
    await did("POST", log, "technician", {"kind": "notified", "value": "letter"})
    await did("POST", log, "technician", {"kind": "consent", "value": "no"})
    assert await console.against("start") == {"B-06"}
    decided = {"code": "objections", "override": True, "reason": "The public interest prevails."}
    await did("POST", f"{broadcast}/conditions", "judge", decided)
    await withdraw_notice(chamber)
    assert await console.against("start") == {"B-07"}
    assert read_orders(chamber.hall.directory) == []


async def test_on_the_air_commands_are_under_the_rules_too(
    chamber: Chamber, capsys: pytest.CaptureFixture[str]
) -> None:
    console, hall = Console(chamber, capsys), chamber.hall
    await chamber.approved()
    path = f"/broadcasts/{hall.broadcast}"
    await chamber.did("PUT", path, "technician", {"delay_s": 30})
    await chamber.did("POST", f"{path}/conditions", "technician", {"code": "cameras"})
    people = f"/hearings/{chamber.hearing}/participants"
    witness = {"role": "witness", "name": "王小明", "alias": "证人甲"}
    made = await chamber.did("POST", people, "technician", witness)
    told = {"kind": "notified", "value": "letter"}
    await chamber.did("POST", f"/participants/{made['id']}/log", "technician", told)
    vice, roles = chamber.ids["vice"], [{"role": "technician", "court": hall.court}]
    await chamber.did("PATCH", f"/people/{vice}", "admin", {"roles": roles})
    speak_as(chamber, chamber.by["vice"])
    assert (await console.run("order", "start"))["code"] == "forbidden"  # who signed it
    speak_as(chamber, hall.admin)
    assert (await console.run("order", "start"))["state"] == "live"
    assert await console.against("delay", "5") == {"B-10"}
    for said in ("王小明到庭。", "身份证号320305198501011234", "电话13812345678"):
        refused = await console.run("post", said)
        assert refused["errors"][0]["field"] == "body", said
    assert (await console.run("order", "closed"))["state"] == "closed"
    held = await console.run("post", "不公开。")
    assert held["state"] == "held"
    assert (await console.run("order", "resume"))["state"] == "closed"  # opens no closed part
    with pytest.raises(SystemExit):
        await console.run("order", "recess", "--ground", "lunch")
    public = await hall.service.get(f"{path}/report/posts")
    assert (await public.json())["posts"] == []
