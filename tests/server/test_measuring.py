import asyncio

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from structlog.testing import capture_logs

from server.measuring import METRICS, Metrics, measured
from tests.server.conftest import StartService


async def test_metrics_are_for_this_machine(start_service: StartService) -> None:
    service = await start_service()
    await service.get("/courts")
    response = await service.client.get("/metrics")
    assert 'tingbo_requests_total{route="/api/v1/courts",status="200"} 1.0' in await response.text()
    forwarded = await service.client.get("/metrics", headers={"X-Forwarded-For": "192.0.2.1"})
    assert forwarded.status == 403


async def test_metrics_can_need_a_token(start_service: StartService) -> None:
    service = await start_service(metrics_token="t0ken")  # noqa: S106
    assert (await service.client.get("/metrics")).status == 403
    headers = {"Authorization": "Bearer t0ken"}
    assert (await service.client.get("/metrics", headers=headers)).status == 200


@pytest.mark.parametrize(
    ("error", "status", "logged"),
    [
        (ConnectionResetError(), "499", 0),
        (asyncio.CancelledError(), "499", 0),
        (ValueError(), "500", 1),
    ],
)
async def test_a_reader_who_leaves_is_no_failure_of_ours(
    error: BaseException, status: str, logged: int
) -> None:
    app = web.Application()
    app[METRICS] = Metrics()

    async def handler(_: web.Request) -> web.StreamResponse:
        raise error

    with capture_logs() as logs, pytest.raises(type(error)):
        await measured(make_mocked_request("GET", "/events", app=app), handler)
    counted = [
        one.labels["status"]
        for metric in app[METRICS].requests.collect()
        for one in metric.samples
        if one.name.endswith("_total")
    ]
    assert counted == [status]
    assert len(logs) == logged
