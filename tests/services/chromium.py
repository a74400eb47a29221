"""A real browser: Debian's Chromium, headless, driven by Playwright."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from tests.tools import require_tool

EXPECTED_WITHIN = 60.0
"""Seconds; five of them, which is usual, are little for a page on a slow and busy machine."""
expect.set_options(timeout=EXPECTED_WITHIN * 1000)
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# As long as Playwright waits for everything else: its five seconds here are for fast machines.
expect.set_options(timeout=30_000)


@asynccontextmanager
async def browsing() -> AsyncIterator[Browser]:
    """Start a browser that asks nobody but loopback for anything."""
    program = require_tool("chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        yield browser
        await browser.close()


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """Have a browser as long as the test lasts."""
    async with browsing() as browser:
        yield browser


@pytest.fixture
async def page(browser: Browser) -> AsyncIterator[Page]:
    """Open an empty page in a context of its own (no cookies, no cache)."""
    context = await browser.new_context(locale="zh-CN", timezone_id="Asia/Shanghai")
    context.set_default_timeout(EXPECTED_WITHIN * 1000)
    yield await context.new_page()
    await context.close()
