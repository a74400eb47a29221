"""Numbers about the service itself, and the names that tie its log lines to a request."""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
import time
from collections.abc import Awaitable, Callable

import structlog
from aiohttp import web
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from server.accounts.access import public
from server.errors import Forbidden
from server.request_keys import request_id
from server.security import SETTINGS, client_address

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
_log = structlog.stdlib.get_logger(__name__)
_SLOW_S = 5.0
_GONE = 499  # the reader left before the answer was whole; nothing went wrong here


class Metrics:
    """The process's registry; features register their own numbers on ``registry``.

    ``seen`` counts an answered request. Its numbers are kept by route and status, because finding
    them by their labels would cost more than counting.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "tingbo_requests", "Answered requests", ("route", "status"), registry=self.registry
        )
        self.seconds = Histogram(
            "tingbo_request_seconds", "Time to answer", ("route",), registry=self.registry
        )
        self.open = Gauge("tingbo_open_requests", "Requests being answered", registry=self.registry)
        self._by_label: dict[tuple[str, int], tuple[Counter, Histogram]] = {}

    def seen(self, route: str, status: int, took_s: float) -> None:
        """Count a request; routes and statuses are ours, so that there are few of them."""
        known = self._by_label.get((route, status))
        if known is None:
            known = self.requests.labels(route, str(status)), self.seconds.labels(route)
            self._by_label[route, status] = known
        known[0].inc()
        known[1].observe(took_s)


METRICS = web.AppKey("metrics", Metrics)


@web.middleware
async def measured(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Count and time every request; log those that failed on our side or took long."""
    metrics = request.app[METRICS]
    resource = request.match_info.route.resource
    route = resource.canonical if resource else "unknown"
    began = time.perf_counter()
    status = 500
    with metrics.open.track_inprogress():
        try:
            response = await handler(request)
            status = response.status
        except web.HTTPException as answer:
            status = answer.status
            raise
        except (ConnectionError, asyncio.CancelledError):
            status = _GONE
            raise
        finally:
            took = time.perf_counter() - began
            metrics.seen(route, status, took)
            if status >= 500 or _was_slow(route, status, took):  # noqa: PLR2004
                _log.warning(
                    "request",
                    route=route,
                    method=request.method,
                    status=status,
                    took_ms=round(took * 1000),
                    request_id=request_id(request),
                )
    return response


def _was_slow(route: str, status: int, took: float) -> bool:
    return took > _SLOW_S and status != _GONE and "events" not in route


@public
async def show_metrics(request: web.Request) -> web.Response:
    """Show the numbers to this machine, or to whoever has the token."""
    if not _may_measure(request):
        raise Forbidden
    body = generate_latest(request.app[METRICS].registry)
    return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_LATEST})


def _may_measure(request: web.Request) -> bool:
    token = request.app[SETTINGS].metrics_token
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if token:
        return hmac.compare_digest(token.encode(), given.encode())
    if "X-Forwarded-For" in request.headers:
        return False  # a proxy on this machine speaks for somebody else
    try:
        return ipaddress.ip_address(client_address(request)).is_loopback
    except ValueError:
        return False
