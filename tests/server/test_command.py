import asyncio
import json
from pathlib import Path

import pytest

from server.accounts.roles import Role
from server.command import main
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
