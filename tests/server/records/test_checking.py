"""Checks share a disk that records: only so many run at once."""

from __future__ import annotations

import pytest

from media.spool.places import RECORD_SHEET
from server.records import checking
from tests.server.broadcasts.conftest import Hall, furnish
from tests.server.conftest import Service


@pytest.fixture
async def hall(service: Service) -> Hall:
    """A broadcast that has a sheet."""
    hall = await furnish(service)
    hall.directory.mkdir(parents=True)
    (hall.directory / RECORD_SHEET).write_bytes(b"")
    return hall


async def test_only_so_many_records_are_checked_at_once(
    hall: Hall, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checking, "MOST_AT_ONCE", 0)
    path = f"/broadcasts/{hall.broadcast}/record/check"
    response = await hall.service.post(path, {}, headers=hall.technician)
    assert response.status == 429
    assert response.headers["Retry-After"] == "60"
