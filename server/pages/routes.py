"""The pages' addresses, templates and built files."""

from __future__ import annotations

from aiohttp import web

from server.pages import (
    account,
    approval_forms,
    approvals,
    calendar,
    complaints,
    console,
    courtrooms,
    embed,
    feeds,
    incidents,
    names,
    notices,
    oembed,
    planning,
    proofs,
    public,
    records,
    releases,
    search,
    static,
    webhooks,
    withdrawals,
)
from server.pages.assets import ASSETS, Assets
from server.pages.rendering import TEMPLATES_KEY, environment, error_page
from server.problems import ERROR_PAGE


def setup(app: web.Application) -> None:
    """Add the pages; they read through the features' services."""
    app[ASSETS] = Assets.read(static.FOLDER)
    app[TEMPLATES_KEY] = environment()
    app[ERROR_PAGE] = error_page
    public.setup(app)
    embed.setup(app)
    oembed.setup(app)
    feeds.setup(app)
    search.setup(app)
    console.setup(app)
    account.setup(app)
    approvals.setup(app)
    approval_forms.setup(app)
    records.setup(app)
    proofs.setup(app)
    incidents.setup(app)
    calendar.setup(app)
    planning.setup(app)
    courtrooms.setup(app)
    notices.setup(app)
    complaints.setup(app)
    releases.setup(app)
    webhooks.setup(app)
    withdrawals.setup(app)
    names.setup(app)
    static.setup(app)
