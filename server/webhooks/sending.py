"""Sends a delivery once, and writes down what follows from the answer."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from server.database import Database
from server.errors import NotFound
from server.journal.store import Deed, note
from server.signing import Signer
from server.webhooks import queue, store
from server.webhooks.calling import Caller
from server.webhooks.model import Delivery, Endpoint, Kind, Off, body_of
from server.webhooks.retrying import Answer, Outcome, is_given_up, outcome
from server.webhooks.signature import signed_headers
from server.webhooks.store import Sealed

PURPOSE: Final = "webhooks"
_log = structlog.stdlib.get_logger(__name__)
IsWithdrawn = Callable[[str], bool]


class Sending:
    """The attempts of one server process; ``base`` is the service's public address.

    ``is_withdrawn`` tells of a broadcast whether it is withdrawn as a whole: nothing is told of it
    then but withdrawals.
    """

    def __init__(
        self,
        database: Database,
        signer: Signer,
        caller: Caller,
        is_withdrawn: IsWithdrawn,
        base: str,
    ) -> None:
        self._database = database
        self._signer = signer
        self._caller = caller
        self._is_withdrawn = is_withdrawn
        self._base = base
        self._calls: set[asyncio.Task[Answer]] = set()
        self.sent = self.failed = self.given_up = 0

    async def send(self, one: Delivery) -> None:
        """Make an attempt; raises ``DatabaseUnavailable``."""
        if not one.event.is_urgent and self._is_withdrawn(one.event.broadcast):
            async with self._database.begin() as connection:
                done = replace(one, standing="superseded", next_at=None)
                await queue.settle(connection, done)
            return
        async with self._database.read() as connection:
            to = await store.sealed(connection, one.endpoint, is_urgent=one.event.is_urgent)
        if to is None:
            return  # removed meanwhile, or its partner was suspended
        answer = await self._answer(one, to)
        if answer is None:
            return
        self._count(one, answer)
        now = datetime.now(UTC)
        async with self._database.begin() as connection:
            await self._write(connection, one, answer, now)

    def cut(self) -> None:
        """End the attempts that wait for an answer; they are as if never made."""
        for call in self._calls:
            call.cancel()

    async def _answer(self, one: Delivery, to: Sealed) -> Answer | None:
        """Return how an attempt went; None if it was cut."""
        call = asyncio.create_task(self._call(one, to), name="webhook-call")
        self._calls.add(call)
        try:
            await asyncio.wait({call})
        finally:
            self._calls.discard(call)
        return None if call.cancelled() else call.result()

    async def _call(self, one: Delivery, to: Sealed) -> Answer:
        now = datetime.now(UTC)
        secrets = [self._signer.unseal(PURPOSE, one.endpoint, to.secret)]
        if to.previous and to.previous_until and to.previous_until > now:
            secrets.append(self._signer.unseal(PURPOSE, one.endpoint, to.previous))
        good = [secret for secret in secrets if secret is not None]
        if not good:  # the server's own secret is another since
            return Answer(None, "secret", 0)
        body = body_of(one.event, self._base)
        headers = signed_headers(good, one.event.id, now, body)
        return await self._caller.call(to.url, headers, body)

    def _count(self, one: Delivery, answer: Answer) -> None:
        self.sent += answer.is_taken
        self.failed += not answer.is_taken
        if not answer.is_taken:
            _log.info(
                "a partner was not told",
                endpoint=one.endpoint,
                message=one.event.id,
                status=answer.status,
                problem=answer.problem,
                attempts=one.attempts + 1,
            )

    async def _write(
        self, connection: AsyncConnection, one: Delivery, answer: Answer, now: datetime
    ) -> None:
        attempts = one.attempts + 1
        follows = outcome(answer, attempts, now, random.random(), is_urgent=one.event.is_urgent)  # noqa: S311  (jitter)
        if one.event.kind is Kind.TEST and follows.standing == "waiting":
            follows = Outcome("failed")  # who tests looks at the answer, and tests again
        self.given_up += follows.standing == "failed"
        done = replace(
            one,
            standing=follows.standing,
            attempts=attempts,
            next_at=follows.next_at,
            last_at=now,
            last_status=answer.status,
            last_problem=answer.problem,
            took_ms=answer.took_ms,
        )
        if await queue.settle(connection, done):
            await _judge(connection, one, answer, now)


async def _judge(connection: AsyncConnection, one: Delivery, answer: Answer, now: datetime) -> None:
    """Remember since when an endpoint fails, and switch it off for good reason."""
    try:
        endpoint = await store.by_id(connection, one.endpoint)
    except NotFound:
        return
    if answer.is_taken:
        if endpoint.failing_since is not None:
            await store.change(connection, endpoint.id, {"failing_since": None})
            await queue.hurry(connection, endpoint.id, now)
        return
    if one.event.kind is Kind.TEST or endpoint.disabled_at is not None:
        return
    if answer.is_gone:
        await _switch_off(connection, endpoint, "gone", now)
    elif endpoint.failing_since is None:
        await store.change(connection, endpoint.id, {"failing_since": now})
    elif is_given_up(endpoint.failing_since, now):
        await _switch_off(connection, endpoint, "failing", now)


async def _switch_off(
    connection: AsyncConnection, endpoint: Endpoint, why: Off, now: datetime
) -> None:
    await store.change(connection, endpoint.id, {"disabled_at": now, "disabled_why": why})
    details: dict[str, object] = {"endpoint": endpoint.id, "why": why}
    await note(connection, Deed("webhook.disable", f"partner:{endpoint.partner}", "", details), now)
    _log.warning("a partner's endpoint is switched off", endpoint=endpoint.id, why=why)
