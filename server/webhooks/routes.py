"""Webhooks over HTTP, for those who manage partners; and the duty of telling them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import structlog
from aiohttp import web
from prometheus_client import Gauge

from server.accounts.access import person_of, requires
from server.accounts.roles import Permission
from server.bodies import answer_json, read_json, read_query
from server.broadcasts.channels import CHANNELS, Channels
from server.broadcasts.console import public_state
from server.broadcasts.model import Broadcast
from server.broadcasts.service import TOPIC as BROADCASTS_TOPIC
from server.bus import BUS
from server.database import DATABASE
from server.destinations import read_networks
from server.measuring import METRICS
from server.notices.service import NOTICES
from server.openapi import PREFIX, Operation, describe
from server.partners.routes import managed_partner
from server.security import SETTINGS
from server.signing import SIGNER
from server.webhooks.calling import Caller
from server.webhooks.deriving import Deriving
from server.webhooks.duty import Duty
from server.webhooks.requests import (
    Before,
    DeliveryList,
    DeliveryShown,
    NewWebhook,
    TestSent,
    WebhookChange,
    WebhookList,
    WebhookMade,
    WebhookShown,
    delivery_view,
    webhook_fields,
)
from server.webhooks.sending import Sending
from server.webhooks.service import WEBHOOKS, Destinations, Webhooks
from server.withdrawn import REGISTER
from server.withdrawn.register import TOPIC as WITHDRAWALS_TOPIC

DUTY = web.AppKey("webhook_duty", Duty)
_OF = f"{PREFIX}/partners/{{partner}}/webhooks"
_ONE = f"{_OF}/{{webhook}}"
_log = structlog.stdlib.get_logger(__name__)


async def _partner(request: web.Request) -> str:
    """Return the id of the partner whom the request names, for those who manage it."""
    return (await managed_partner(request))[0].id


def _made(fields: dict[str, object], secret: str, status: int) -> web.Response:
    made = WebhookMade.model_validate({**fields, "secret": secret})
    response = answer_json(made, status=status)
    response.headers["Cache-Control"] = "no-store"
    return response


@describe(Operation("List a partner's webhooks", answer=WebhookList, problems=(404,)))
@requires(Permission.PARTNERS)
async def list_webhooks(request: web.Request) -> web.Response:
    """List endpoints."""
    found = await request.app[WEBHOOKS].of_partner(await _partner(request))
    every = [WebhookShown.model_validate(webhook_fields(one)) for one in found]
    return answer_json(WebhookList(webhooks=every))


@describe(
    Operation("Add a webhook", body=NewWebhook, answer=WebhookMade, status=201, problems=(404, 409))
)
@requires(Permission.PARTNERS)
async def add_webhook(request: web.Request) -> web.Response:
    """Add an endpoint; the answer is the only place where its secret is ever shown."""
    given, partner = await read_json(request, NewWebhook), await _partner(request)
    made, secret = await request.app[WEBHOOKS].add(
        partner, given.url, given.events, person_of(request).id
    )
    return _made(webhook_fields(made), secret, 201)


@describe(Operation("Change a webhook", body=WebhookChange, answer=WebhookShown, problems=(404,)))
@requires(Permission.PARTNERS)
async def change_webhook(request: web.Request) -> web.Response:
    """Change an endpoint, switch it off or on."""
    given, partner = await read_json(request, WebhookChange), await _partner(request)
    after = await request.app[WEBHOOKS].change(
        partner,
        request.match_info["webhook"],
        person_of(request).id,
        url=given.url,
        kinds=given.events,
        enabled=given.enabled,
    )
    return answer_json(WebhookShown.model_validate(webhook_fields(after)))


@describe(Operation("Remove a webhook", status=204, problems=(404,)))
@requires(Permission.PARTNERS)
async def remove_webhook(request: web.Request) -> web.Response:
    """Remove an endpoint."""
    partner = await _partner(request)
    await request.app[WEBHOOKS].remove(
        partner, request.match_info["webhook"], person_of(request).id
    )
    return web.Response(status=204)


@describe(Operation("Make a webhook's new secret", answer=WebhookMade, problems=(404,)))
@requires(Permission.PARTNERS)
async def renew_secret(request: web.Request) -> web.Response:
    """Make a new secret; for a day messages are signed with both."""
    partner = await _partner(request)
    after, secret = await request.app[WEBHOOKS].renew(
        partner, request.match_info["webhook"], person_of(request).id
    )
    return _made(webhook_fields(after), secret, 200)


@describe(Operation("Send a test to a webhook", answer=TestSent, status=202, problems=(404, 409)))
@requires(Permission.PARTNERS)
async def send_test(request: web.Request) -> web.Response:
    """Send a test."""
    partner = await _partner(request)
    sent = await request.app[WEBHOOKS].test(
        partner, request.match_info["webhook"], person_of(request).id
    )
    return answer_json(TestSent(id=sent.id), status=202)


@describe(Operation("What a webhook was told", query=Before, answer=DeliveryList, problems=(404,)))
@requires(Permission.PARTNERS)
async def list_deliveries(request: web.Request) -> web.Response:
    """List deliveries."""
    asked, partner = read_query(request, Before), await _partner(request)
    found = await request.app[WEBHOOKS].deliveries(
        partner, request.match_info["webhook"], asked.before
    )
    return answer_json(DeliveryList(deliveries=[delivery_view(one) for one in found]))


@describe(Operation("Send a message again", answer=DeliveryShown, status=202, problems=(404, 409)))
@requires(Permission.PARTNERS)
async def resend(request: web.Request) -> web.Response:
    """Send a message again."""
    partner, places = await _partner(request), request.match_info
    again = await request.app[WEBHOOKS].resend(
        partner, places["webhook"], places["delivery"], person_of(request).id
    )
    return answer_json(delivery_view(again), status=202)


def air_of(channels: Channels, about: Broadcast) -> str | None:
    """Return what the public sees of a broadcast on the air; None while this server cannot know."""
    channel = channels.get(about.id)
    if about.has_video and (channel is None or not channel.is_playable or not channel.air):
        return None
    return public_state(about, channel)


async def _telling(app: web.Application) -> AsyncIterator[None]:
    settings, database, register = app[SETTINGS], app[DATABASE], app[REGISTER]
    permitted = read_networks(settings.webhook_networks)
    destinations = Destinations(permitted, settings.webhook_http)
    app[WEBHOOKS] = Webhooks(database, app[BUS], app[SIGNER], destinations)
    caller = Caller(permitted)
    sending = Sending(
        database,
        app[SIGNER],
        caller,
        lambda broadcast: register.of(broadcast).whole is not None,
        settings.public_url,
    )
    channels = app[CHANNELS]
    deriving = Deriving(database, app[NOTICES], lambda about: air_of(channels, about))
    topics = (WITHDRAWALS_TOPIC, BROADCASTS_TOPIC)
    duty = app[DUTY] = Duty(database, app[BUS], deriving, sending, topics)
    _measure(app, duty, deriving, sending)
    telling = asyncio.create_task(duty.run(), name="webhooks")
    listening = asyncio.create_task(duty.listen(), name="webhook-bells")
    for task in (telling, listening):
        task.add_done_callback(_tell_of_failure)
    yield
    listening.cancel()
    duty.stop()
    await asyncio.gather(telling, listening, return_exceptions=True)
    await caller.close()


def _tell_of_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (problem := task.exception()):
        _log.critical(f"{task.get_name()} failed", exc_info=problem)


def _measure(app: web.Application, duty: Duty, deriving: Deriving, sending: Sending) -> None:
    def oldest() -> float:
        at = duty.waiting.oldest_at
        return (datetime.now(UTC) - at).total_seconds() if at else 0.0

    for name, text, value in (
        ("tingbo_webhooks_waiting", "Messages that wait for partners", lambda: duty.waiting.count),
        ("tingbo_webhooks_oldest_seconds", "How long the oldest has waited", oldest),
        ("tingbo_webhooks_off", "Endpoints that are given up", lambda: duty.waiting.off),
        ("tingbo_webhooks_sent", "Messages that partners took", lambda: sending.sent),
        ("tingbo_webhooks_failed_attempts", "Attempts that failed", lambda: sending.failed),
        ("tingbo_webhooks_given_up", "Messages that were given up", lambda: sending.given_up),
        ("tingbo_webhooks_dropped", "Messages without room", lambda: deriving.dropped),
    ):
        Gauge(name, text, registry=app[METRICS].registry).set_function(value)


def setup(app: web.Application) -> None:
    """Add the routes and the duty; needs partners, broadcasts, notices and withdrawals."""
    app.cleanup_ctx.append(_telling)
    app.router.add_get(_OF, list_webhooks)
    app.router.add_post(_OF, add_webhook)
    app.router.add_patch(_ONE, change_webhook)
    app.router.add_delete(_ONE, remove_webhook)
    app.router.add_post(f"{_ONE}/secret", renew_secret)
    app.router.add_post(f"{_ONE}/test", send_test)
    app.router.add_get(f"{_ONE}/deliveries", list_deliveries)
    app.router.add_post(f"{_ONE}/deliveries/{{delivery}}/resend", resend)
