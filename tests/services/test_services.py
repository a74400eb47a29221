import asyncpg
import pytest
from playwright.async_api import Page
from redis.asyncio import Redis

from tests import tools
from tests.services.nginx import NginxStart
from tests.services.program import free_port


async def test_redis_is_real_and_empty(redis_url: str) -> None:
    async with Redis.from_url(redis_url) as redis:
        assert await redis.dbsize() == 0
        await redis.set("title", "庭播")
        assert await redis.get("title") == "庭播".encode()


@pytest.mark.parametrize("time", [1, 2])
async def test_each_test_has_a_database_of_its_own(postgres_url: str, time: int) -> None:
    connection = await asyncpg.connect(postgres_url.replace("+asyncpg", ""))
    try:
        await connection.execute("create table hearing (number text)")
        await connection.execute("insert into hearing values ($1)", f"（2026）京01民终{time}号")
        assert await connection.fetchval("select count(*) from hearing") == 1
        assert await connection.fetchval("show server_encoding") == "UTF8"
    finally:
        await connection.close()


def test_nginx_starts_with_a_given_configuration(start_nginx: NginxStart) -> None:
    port = free_port()
    folder = start_nginx(
        f"""
        pid nginx.pid;
        events {{}}
        http {{
            access_log off;
            client_body_temp_path temp; proxy_temp_path temp; fastcgi_temp_path temp;
            uwsgi_temp_path temp; scgi_temp_path temp;
            server {{ listen 127.0.0.1:{port}; return 204; }}
        }}
        """,
        port,
    )
    assert (folder / "nginx.pid").exists()


async def test_chromium_plays_what_players_need(page: Page) -> None:
    supported = "c => MediaSource.isTypeSupported(c)"
    assert await page.evaluate(supported, 'video/mp4; codecs="avc1.42c01f"')
    assert await page.evaluate(supported, 'audio/mp4; codecs="mp4a.40.2"')


def test_a_missing_program_skips(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TINGBO_REQUIRE_TOOLS", raising=False)
    with pytest.raises(pytest.skip.Exception, match="no-such-program is missing"):
        tools.require_tool("no-such-program")


def test_a_missing_program_fails_where_all_must_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TINGBO_REQUIRE_TOOLS", "1")
    with pytest.raises(pytest.fail.Exception, match="no-such-program is missing"):
        tools.require_tool("no-such-program")
