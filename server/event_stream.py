"""Server-sent events (HTML Living Standard §9.2) for any handler."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from server.request_keys import PERSON

_SILENCE_S = 15.0
_SEND_S = 20.0

# Each open stream with the id of the person who reads it, empty for the public.
Streams = dict["asyncio.Task[Any]", str]
STREAMS: web.AppKey[Streams] = web.AppKey("streams", dict)


@dataclass(frozen=True, slots=True)
class Event:
    """One event; ``data`` is sent as JSON, ``id`` comes back as ``Last-Event-ID``."""

    name: str
    data: Any
    id: str = ""

    def encode(self) -> bytes:
        """Return the event as it goes to the reader; JSON has no line breaks of its own."""
        head = f"id: {self.id}\n" if self.id else ""
        text = json.dumps(self.data, ensure_ascii=False, separators=(",", ":"))
        return f"{head}event: {self.name}\ndata: {text}\n\n".encode()


async def stream_events(
    request: web.Request, events: AsyncGenerator[Event], retry_ms: int = 2000
) -> web.StreamResponse:
    """Send events until there are no more, the reader goes or is too slow, or the server stops.

    A comment every 15 s of silence keeps proxies from closing the connection. The source is not
    cancelled by the silence: its next item is awaited in a task of its own.
    """
    response = web.StreamResponse(
        headers={
            "Content-Type": "text/event-stream; charset=utf-8",
            "Cache-Control": "no-store",
            "X-Accel-Buffering": "no",
        }
    )
    await response.prepare(request)
    person = request.get(PERSON)
    with _counted(request.app[STREAMS], person.id if person else ""):
        try:
            await _send(response, f"retry: {retry_ms}\n\n".encode())
            async for event in _or_silence(events):
                await _send(response, event.encode() if event else b": still here\n\n")
        except (ConnectionError, TimeoutError):
            pass  # the reader is gone or far too slow; it will come back
        finally:
            await events.aclose()
    return response


async def _or_silence(events: AsyncGenerator[Event]) -> AsyncGenerator[Event | None]:
    """Yield events, and None after each ``_SILENCE_S`` without one."""
    following: asyncio.Task[Event] | None = None
    try:
        while True:
            following = following or asyncio.create_task(_next(events))
            done, _ = await asyncio.wait({following}, timeout=_SILENCE_S)
            if done:
                event, following = following.result(), None
                yield event
            else:
                yield None
    except StopStream:
        return
    finally:
        if following is not None and not following.done():
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)


class StopStream(Exception):
    """There are no more events (a task cannot raise ``StopAsyncIteration``)."""


async def _next(events: AsyncGenerator[Event]) -> Event:
    try:
        return await anext(events)
    except StopAsyncIteration:
        raise StopStream from None


@contextlib.contextmanager
def _counted(streams: Streams, person: str) -> Iterator[None]:
    task = asyncio.current_task()
    if task is not None:
        streams[task] = person
    try:
        yield
    finally:
        if task is not None:
            streams.pop(task, None)


async def _send(response: web.StreamResponse, data: bytes) -> None:
    async with asyncio.timeout(_SEND_S):
        await response.write(data)


async def end_streams(app: web.Application) -> None:
    """End all event streams, which would otherwise hold up the server's stop (``on_shutdown``)."""
    for task in list(app[STREAMS].keys()):
        task.cancel()


def end_streams_of(app: web.Application, person: str) -> None:
    """End a person's event streams; whoever still may read comes back at once by itself."""
    for task in [task for task, reader in app[STREAMS].items() if reader == person]:
        task.cancel()
