"""The bus between several server processes: Redis publish and subscribe.

Listeners of this process hear at once and without Redis; the others through it. When Redis is
away publishing goes on here, is counted, and everybody is told ``MISSED`` when it is back.
"""

from __future__ import annotations

import asyncio
import json
import uuid
from types import TracebackType
from typing import Any, Self

import structlog
from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import RedisError

from server.bus.contract import Message, Subscription
from server.bus.in_process import Listeners

_log = structlog.stdlib.get_logger(__name__)
_PREFIX = "tingbo:"
_TOPICS = f"{_PREFIX}topic:"
_PUBLISH_S = 1.0
_LONGEST_PAUSE_S = 2.0


class RedisBus:
    """A bus that reaches every server; enter it to start listening."""

    def __init__(self, url: str) -> None:
        self.lost = 0
        self._redis = Redis.from_url(
            url, socket_connect_timeout=_PUBLISH_S, socket_timeout=None, health_check_interval=10
        )
        self._me = uuid.uuid4().hex
        self._listeners = Listeners()
        self._task: asyncio.Task[None] | None = None
        self._heard = asyncio.Event()

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._listen(), name="bus")
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def publish(self, topic: str, message: Message) -> bool:
        """Tell the listeners here, then the other servers'."""
        self._listeners.tell(topic, message)
        text = json.dumps({"from": self._me, "message": message}, separators=(",", ":"))
        try:
            async with asyncio.timeout(_PUBLISH_S):
                await self._redis.publish(_TOPICS + topic, text)
        except (RedisError, OSError, TimeoutError) as problem:
            self.lost += 1
            _log.warning("message not passed on", error=type(problem).__name__, lost=self.lost)
            return False
        return True

    def subscribe(self, topic: str) -> Subscription:
        """Listen to a topic."""
        return self._listeners.add(topic)

    async def is_ready(self) -> bool:
        """Tell whether Redis answers and this process hears it."""
        try:
            async with asyncio.timeout(_PUBLISH_S):
                answer: Any = self._redis.ping()
                return bool(await answer) and self._heard.is_set()
        except (RedisError, OSError, TimeoutError):
            return False

    async def hearing(self) -> None:
        """Wait until this process hears the others."""
        await self._heard.wait()

    async def close(self) -> None:
        """Stop listening and let go of the connections."""
        if self._task:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
        await self._redis.aclose()

    async def _listen(self) -> None:
        pause = 0.1
        while True:
            try:
                async with self._redis.pubsub(ignore_subscribe_messages=False) as channel:
                    await channel.psubscribe(f"{_TOPICS}*")
                    pause = 0.1
                    await self._hear(channel)
            except (RedisError, OSError) as problem:
                self._heard.clear()
                _log.warning("bus lost", error=type(problem).__name__, pause_s=pause)
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE_S)

    async def _hear(self, channel: PubSub) -> None:
        async for raw in channel.listen():
            if raw["type"] == "psubscribe":
                self._heard.set()
                self._listeners.miss()  # whatever was said before was not heard
            elif raw["type"] == "pmessage":
                self._take(raw["channel"].decode().removeprefix(_TOPICS), raw["data"])

    def _take(self, topic: str, data: bytes) -> None:
        try:
            envelope = json.loads(data)
            sender, message = envelope["from"], envelope["message"]
        except (ValueError, TypeError, KeyError):
            _log.warning("unreadable message on the bus")
            return
        if sender != self._me and isinstance(message, dict):
            self._listeners.tell(topic, message)
