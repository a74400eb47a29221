"""A visitor checks a file in Chromium, which is never sent anywhere."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.async_api import Page, Request

from tests.server.broadcasts.conftest import Hall
from tests.server.conftest import service, start_service, unhurried
from tests.server.proofs.test_routes import PUBLISHED, at, copied, keep_up, over
from tests.server.records.conftest import filed, film

__all__ = ["filed", "film", "service", "start_service", "unhurried"]
pytestmark = [pytest.mark.browser, pytest.mark.media, pytest.mark.slow]


async def test_a_visitor_checks_files(filed: Hall, page: Page, tmp_path: Path) -> None:
    await over(filed)
    await keep_up(filed)
    film = await copied(filed, filed.technician, from_time=at(1), to_time=at(2))
    await keep_up(filed, in_days=1)
    sent: list[Request] = []
    page.on("request", lambda one: sent.append(one) if one.method != "GET" else None)
    await page.goto(str(filed.service.client.make_url(f"/broadcasts/{filed.broadcast}/proof")))
    for name, data, words in (
        ("film.mp4", film, "与法院提供的录像副本逐字节一致"),
        ("0.m4s", PUBLISHED, "公开录像中的 v1/0.m4s"),
        ("changed.mp4", film[:-1] + bytes([film[-1] ^ 1]), "有改动"),
        ("other.m4s", b"something else", "不是法院就本次庭审公开或提供的文件"),
    ):
        path = tmp_path / name
        path.write_bytes(data)
        await page.set_input_files("#check-file", path)
        await page.locator("#check-words", has_text=words).wait_for()
        await page.locator("#check-file:enabled").wait_for()
    assert not sent
