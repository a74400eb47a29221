"""Pages of the service in a real browser, watched for what must never happen in them."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import Browser, BrowserContext, Page

from tests.services.chromium import EXPECTED_WITHIN
from tests.story.service import Service

OpenPage = Callable[..., Coroutine[Any, Any, Page]]

_TELL_OF_VIOLATIONS = """
addEventListener("securitypolicyviolation", event =>
  console.error(`content policy: ${event.violatedDirective} ${event.blockedURI}`));
"""
_LOCAL = {"data", "blob", "about"}
# Nobody answers, or a server that has just come back and is not connected to the worker yet.
_OUTAGE = (
    "Failed to load resource: net::ERR_",
    "Failed to load resource: the server responded with a status of 404",
    "Failed to load resource: the server responded with a status of 503",
)


class Pages:
    """All pages of one test."""

    def __init__(self, browser: Browser, service: Service) -> None:
        self._browser, self._service = browser, service
        self._contexts: list[BrowserContext] = []
        self._wrong: list[str] = []

    async def open(
        self,
        path: str = "/",
        *,
        language: str = "zh-CN",
        is_staff: bool = False,
        has_outage: bool = False,
        **options: Any,  # noqa: ANN401  (Playwright's)
    ) -> Page:
        """Open a page in a browser of its own; ``has_outage``: the server will be away."""
        context = await self._browser.new_context(
            locale=language, timezone_id="Asia/Shanghai", **options
        )
        self._contexts.append(context)
        context.set_default_timeout(EXPECTED_WITHIN * 1000)
        await context.add_init_script(_TELL_OF_VIOLATIONS)
        if is_staff:
            await self._sign_in(context)
        page = await context.new_page()
        self._watch(page, has_outage=has_outage)
        await page.goto(f"{self._service.address}{path}")
        return page

    async def close(self) -> list[str]:
        """Close all; return what was wrong."""
        for context in self._contexts:
            await context.close()
        return self._wrong

    async def _sign_in(self, context: BrowserContext) -> None:
        answer = await context.request.post(
            f"{self._service.line['api']}/sign-in",
            data={"name": self._service.user, "password": self._service.password},
        )
        assert answer.ok, await answer.text()

    def _watch(self, page: Page, *, has_outage: bool) -> None:
        ours = urlsplit(self._service.address).netloc

        def asked(url: str) -> None:
            parts = urlsplit(url)
            if parts.scheme not in _LOCAL and parts.netloc != ours:
                self._wrong.append(f"asked a third party: {url}")

        def said(kind: str, text: str, where: str) -> None:
            if kind == "error" and not (has_outage and text.startswith(_OUTAGE)):
                self._wrong.append(f"error in {page.url}: {text} ({where})")

        page.on("request", lambda request: asked(request.url))
        page.on(
            "console",
            lambda message: said(message.type, message.text, message.location.get("url", "")),
        )
        page.on("pageerror", lambda error: self._wrong.append(f"thrown in {page.url}: {error}"))
