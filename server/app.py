"""The web application: middlewares, resources and features, wired together."""

from __future__ import annotations

from collections.abc import AsyncIterator
from importlib.metadata import PackageNotFoundError, version

from aiohttp import web

from server import audience
from server.accounts import routes as accounts
from server.accounts.service import ACCOUNTS, AccountService
from server.approvals import routes as approvals
from server.blobs import BLOBS, FolderBlobs
from server.broadcasts import routes as broadcasts
from server.bus import BUS, InProcessBus
from server.complaints import routes as complaints
from server.courts import routes as courts
from server.database import DATABASE, Database
from server.database.migrate import upgrade
from server.embeds import routes as embeds
from server.event_stream import STREAMS, end_streams
from server.health import healthy, ready
from server.hearings import routes as hearings
from server.incidents import routes as incidents
from server.mailing import routes as mailing
from server.measuring import METRICS, Metrics, measured, show_metrics
from server.notices import routes as notices
from server.oidc import routes as oidc
from server.openapi import PREFIX, VERSION, show_document
from server.pages import routes as pages
from server.partners import routes as partners
from server.places import Places
from server.playback import routes as playback
from server.problems import problems
from server.processes import PROCESSES
from server.proofs import routes as proofs
from server.reader import language, person
from server.records import routes as records
from server.releases import routes as releases
from server.reports import routes as reports
from server.security import SETTINGS, add_headers, readable, same_origin
from server.settings import Settings
from server.signing import SIGNER, Signer, load_secret
from server.statistics import routes as statistics
from server.straight import straight
from server.wanted import Processes
from server.webhooks import routes as webhooks
from server.withdrawal import routes as withdrawal
from server.withdrawn import register as withdrawn

PLACES = web.AppKey("places", Places)
# Each feature's setup(app) adds its routes and its resources (cleanup_ctx), in this order: a
# feature may use what those before it have put on the application.
FEATURES = (
    accounts,
    oidc,
    courts,
    hearings,
    approvals,
    withdrawn,
    notices,
    broadcasts,
    audience,
    partners,
    embeds,
    playback,
    reports,
    releases,
    withdrawal,
    complaints,
    proofs,
    records,
    incidents,
    statistics,
    mailing,
    webhooks,
    pages,
)


def make_app(settings: Settings) -> web.Application:
    """Return the application; resources open when it starts and close when it ends."""
    app = web.Application(
        middlewares=[measured, straight, language, problems, readable, same_origin, person],
        client_max_size=settings.max_body_bytes,
    )
    app[SETTINGS] = settings
    app[PLACES] = Places(settings.data)
    app[VERSION] = _version()
    app[METRICS] = Metrics()
    app[STREAMS] = {}
    app[PROCESSES] = Processes(settings.data)
    app[BLOBS] = FolderBlobs(app[PLACES].blobs)
    app[SIGNER] = Signer(load_secret(app[PLACES].secret, settings.secret))
    app.on_response_prepare.append(add_headers)
    app.on_shutdown.append(end_streams)
    app.cleanup_ctx.append(_database)
    app.cleanup_ctx.append(_bus)
    app.router.add_get("/healthz", healthy)
    app.router.add_get("/readyz", ready)
    app.router.add_get("/metrics", show_metrics)
    app.router.add_get(f"{PREFIX}/openapi.json", show_document)
    for feature in FEATURES:
        feature.setup(app)
    return app


async def _database(app: web.Application) -> AsyncIterator[None]:
    settings = app[SETTINGS]
    database = Database(settings.database())
    try:
        await upgrade(database)
        app[DATABASE] = database
        app[ACCOUNTS] = AccountService(database, app[SIGNER], settings.session_hours)
        yield
    finally:
        await database.close()


async def _bus(app: web.Application) -> AsyncIterator[None]:
    url = app[SETTINGS].redis_url
    if not url:
        app[BUS] = InProcessBus()
        yield
        return
    from server.bus.redis import RedisBus  # noqa: PLC0415  (150 ms that most starts do not need)

    async with RedisBus(url) as bus:
        app[BUS] = bus
        yield


def _version() -> str:
    try:
        return version("tingbo")
    except PackageNotFoundError:  # run from a checkout
        return "0.1.0"
