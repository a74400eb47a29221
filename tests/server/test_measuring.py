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
