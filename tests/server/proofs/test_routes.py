"""What a stranger is told of a record, and what somebody else's verifier makes of it.

One hearing is really recorded, sealed, filed and copied for all of it.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import update

from media.proof import check, days
from server.accounts.roles import Role
from server.broadcasts.tables import broadcasts
from server.database import DATABASE
from server.proofs.service import PROOFS
from tests.media.export.test_remux import SECOND
from tests.media.spool.recorded import T0
from tests.server.broadcasts.conftest import Hall, furnish
from tests.server.conftest import Service
from tests.server.proofs import stranger
from tests.server.records.conftest import filed, film, finish, make_wanted

__all__ = ["filed", "film"]
pytestmark = pytest.mark.media
PUBLISHED = b"what the public saw"


async def stand(hall: Hall, **values: object) -> None:
    """Have the database say something else of the broadcast."""
    async with hall.service.app[DATABASE].begin() as connection:
        await connection.execute(update(broadcasts).values(**values))


async def over(hall: Hall) -> None:
    """Have the hearing be over and its replay be public."""
    await finish(hall)
    await stand(hall, started_at=datetime.now(UTC) - timedelta(hours=1), replay="public")


async def keep_up(hall: Hall, *, in_days: int = 0) -> None:
    """Look now, or at noon of a later day at the court: a day is not over in its first minutes."""
    now = datetime.now(ZoneInfo("Asia/Shanghai"))
    noon = datetime.combine(now.date() + timedelta(days=in_days), time(12), now.tzinfo)
    await hall.service.app[PROOFS].keep_up(noon if in_days else now)


async def asked(hall: Hall, path: str) -> Any:  # noqa: ANN401
    response = await hall.service.client.get(path)
    assert response.status == 200, await response.text()
    return await response.json()


def proof_of(hall: Hall) -> str:
    return f"/api/v1/broadcasts/{hall.broadcast}/proof"


def at(seconds: float) -> str:
    return datetime.fromtimestamp(T0 / SECOND + seconds, UTC).isoformat()


async def copied(hall: Hall, by: dict[str, str], **wish: object) -> bytes:
    """Have a copy made and fetch its first film."""
    base = f"/broadcasts/{hall.broadcast}/exports"
    made = await (await hall.service.post(base, wish, headers=by)).json()
    await asyncio.to_thread(make_wanted, hall, "export")
    path = f"{base}/{made['id']}"
    films = (await (await hall.service.get(path, headers=by)).json())["films"]
    response = await hall.service.get(f"{path}/{films[0]['name']}", headers=by)
    return await response.read()


async def test_nothing_is_told_before_the_end_nor_of_what_is_not_public(filed: Hall) -> None:
    client, path = filed.service.client, proof_of(filed)
    await keep_up(filed)
    assert (await client.get(path)).status == 404  # still on the air, as far as is known
    await finish(filed)
    await keep_up(filed)
    await stand(filed, started_at=None)
    assert (await client.get(path)).status == 404  # never began
    await over(filed)
    proof = await asked(filed, path)
    assert [one["reason"] for one in proof["record"]["sheet"]["interruptions"]]
    assert proof["record"]["day"] is None  # the day is not over
    told = json.dumps(proof)
    for secret in (str(filed.places.data), "rtsp://"):
        assert secret not in told
    assert not re.search(r"\btom\b", told, re.IGNORECASE)  # an id may have these letters
    await stand(filed, replay="none")
    hidden = await asked(filed, path)
    assert hidden["public"] is None or hidden["public"]["list"] == ""
    assert (await client.get(f"{path}/files")).status == 404


async def test_a_verifier_of_somebody_else_finds_a_real_record_genuine(
    filed: Hall, tmp_path: Path
) -> None:
    await over(filed)
    await keep_up(filed)
    copy = await copied(filed, filed.technician, from_time=at(1), to_time=at(2))
    await keep_up(filed, in_days=3)
    proof = await asked(filed, proof_of(filed))
    pem = (await asked(filed, "/api/v1/record-keys"))["keys"][0]["pem"].encode()
    listing = await (await filed.service.client.get(proof["public"]["list"])).read()
    day = stranger.check_day(pem, proof["record"]["signed"].encode(), proof["record"]["day"])
    assert stranger.check_file(pem, proof, listing, copy) == "copy"
    assert stranger.check_file(pem, proof, listing, PUBLISHED) == "v1/0.m4s"
    with pytest.raises(stranger.Lie):
        stranger.check_file(pem, proof, listing, copy[:-1])
    roots = await asked(filed, f"/api/v1/courts/{filed.court}/daily-roots")
    chain = [one["signed"] for one in roots["days"]]
    stranger.check_chain(pem, chain)
    assert roots["days"][0]["day"] == day
    assert len(chain) == 3  # days without a record, too
    with pytest.raises(stranger.Lie):
        stranger.check_chain(pem, [chain[0], chain[2]])

    # The project's own commands say the same, from saved files.
    def saved(name: str, data: bytes) -> str:
        (tmp_path / name).write_bytes(data)
        return str(tmp_path / name)

    key = ["--key", saved("court.pem", pem)]
    document = saved("proof.json", json.dumps(proof).encode())
    files = ["--list", saved("files.txt", listing)]
    pieces = await (await filed.service.client.get(proof["copies"][0]["pieces"])).read()
    whole = [*files, "--pieces", saved("pieces", pieces), *key]
    for name, data, status in (
        ("film.mp4", copy, 0),
        ("0.m4s", PUBLISHED, 0),
        ("changed.mp4", bytes([copy[0] ^ 1]) + copy[1:], 1),
        ("1.m4s", b"something else", 1),
    ):
        assert check.main([saved(name, data), document, *whole]) == status, name
    assert days.main([saved("days.json", json.dumps(roots).encode()), *key]) == 0
    del roots["days"][1]
    assert days.main([saved("days.json", json.dumps(roots).encode()), *key]) == 1


async def test_of_a_copy_with_closed_parts_not_even_a_digest_is_public(filed: Hall) -> None:
    await over(filed)
    await keep_up(filed)
    judge = await filed.service.token("jin", Role.PRESIDING_JUDGE, filed.court)
    film = await copied(filed, judge, closed=True)
    assert len(film) > 1000
    told = await asked(filed, proof_of(filed))
    assert told["copies"] == []
    assert hashlib.sha256(film).hexdigest() not in json.dumps(told)


async def test_a_court_without_records_has_no_days(service: Service) -> None:
    hall = await furnish(service)
    await keep_up(hall, in_days=3)
    assert (await asked(hall, f"/api/v1/courts/{hall.court}/daily-roots"))["days"] == []
    wrong = await service.get("/courts/nowhere/daily-roots")
    assert wrong.status == 404
    for query in ("after=yesterday", "limit=0", "limit=100000", "x=1"):
        response = await service.get(f"/courts/{hall.court}/daily-roots?{query}")
        assert response.status == 422
    [key] = (await asked(hall, "/api/v1/record-keys"))["keys"]
    assert key["is_present"]
