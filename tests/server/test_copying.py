"""``scripts/export`` against a running service."""

from __future__ import annotations

import asyncio
import hashlib
import json
from pathlib import Path

import pytest

from server.accounts.roles import Role
from server.copying import main
from server.records.folder import ExportFolder
from server.records.model import Export
from tests.server.broadcasts.conftest import Hall, furnish
from tests.server.conftest import Service


@pytest.fixture
async def hall(service: Service) -> Hall:
    hall = await furnish(service)
    headers = await service.token("root", Role.ADMINISTRATOR)
    access = {
        "api": f"http://{service.client.host}:{service.client.port}/api/v1",
        "token": headers["Authorization"].removeprefix("Bearer "),
    }
    (service.data / "run" / "access.json").write_text(json.dumps(access))
    return hall


async def test_a_refusal_is_told_as_it_came(hall: Hall, capsys: pytest.CaptureFixture[str]) -> None:
    command = [hall.broadcast, "--data", str(hall.service.data)]
    assert await asyncio.to_thread(main, command) == 1
    assert json.loads(capsys.readouterr().err)["code"] == "conflict"


async def test_films_are_fetched_and_compared(
    hall: Hall, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = ExportFolder(hall.places.exports)
    export = Export("made", hall.broadcast, "x", 1, 2, 3, ("judge",), closed=False)
    place = await asyncio.to_thread(folder.begin, export)
    (place / "judge.mp4").write_bytes(b"a film")
    digest = "6ffdb7b37f7ea95b4e6a2ff2a2b8ac0ae2a1ffbf3a6f3a0f7d1e7be9d6e0a5c5"
    film = {"name": "judge.mp4", "camera": "judge", "zero_us": 2, "bytes": 6, "sha256": digest}
    progress = {"state": "done", "done": 1.0, "files": [film], "damaged": 0}
    monkeypatch.setattr("server.copying.begin", lambda *_: {"id": "made"})
    command = [hall.broadcast, "--data", str(hall.service.data), "--out", str(tmp_path / "out")]
    (place / "progress.json").write_text(json.dumps(progress))
    assert await asyncio.to_thread(main, command) == 2
    assert "did not arrive whole" in capsys.readouterr().err
    assert not list((tmp_path / "out").iterdir())

    film["sha256"] = hashlib.sha256(b"a film").hexdigest()
    (place / "progress.json").write_text(json.dumps(progress))
    assert await asyncio.to_thread(main, command) == 0
    told = json.loads(capsys.readouterr().out)
    assert Path(told["films"][0]["path"]).read_bytes() == b"a film"


def test_a_service_that_does_not_run_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["x", "--data", str(tmp_path)]) == 2
    assert "no service runs in" in capsys.readouterr().err
