import asyncio
import socket
from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientTimeout, web

from server.destinations import read_networks
from server.webhooks.calling import Caller
from tests.server.webhooks.conftest import Receiver

HERE = read_networks("127.0.0.0/8 ::1")


@pytest.fixture
async def caller() -> AsyncIterator[Caller]:
    one = Caller(HERE, ClientTimeout(total=60))
    yield one
    await one.close()


@pytest.fixture
async def impatient() -> AsyncIterator[Caller]:
    one = Caller(HERE, ClientTimeout(total=0.5))
    yield one
    await one.close()


async def test_a_message_arrives_as_it_was_signed(caller: Caller, receiver: Receiver) -> None:
    answer = await caller.call(receiver.url, {"webhook-id": "evt_1"}, b'{"a":1}')
    assert answer.is_taken
    [(headers, body)] = receiver.got
    assert (headers["webhook-id"], headers["Content-Type"]) == ("evt_1", "application/json")
    assert body == b'{"a":1}'


async def forever(request: web.Request) -> web.StreamResponse:
    response = web.StreamResponse(status=200)
    await response.prepare(request)
    while True:
        await response.write(b"x" * 65536)


async def silent(_: web.Request) -> web.StreamResponse:
    await asyncio.sleep(30)
    return web.Response()


async def elsewhere(request: web.Request) -> web.StreamResponse:
    return web.Response(status=307, headers={"Location": str(request.url / "elsewhere")})


async def later(_: web.Request) -> web.StreamResponse:
    return web.Response(status=429, headers={"Retry-After": "120"})


async def shouting(_: web.Request) -> web.StreamResponse:
    return web.Response(headers={f"X-{number}": "x" * 8000 for number in range(200)})


async def test_who_does_not_answer_is_waited_for_so_long(
    impatient: Caller, receiver: Receiver
) -> None:
    receiver.reply = silent
    answer = await impatient.call(receiver.url, {}, b"{}")
    assert (answer.status, answer.problem) == (None, "timeout")


async def test_answers_of_every_kind_do_no_harm(caller: Caller, receiver: Receiver) -> None:
    for reply, status, problem, wait in (
        (forever, 200, "", ""),
        (elsewhere, 307, "status", ""),
        (later, 429, "status", "120"),
        (shouting, None, "connection", ""),
    ):
        receiver.reply = reply
        answer = await caller.call(receiver.url, {}, b"{}")
        assert (answer.status, answer.problem) == (status, problem), reply.__name__
        assert answer.retry_after == wait
    assert len(receiver.got) == 4  # nobody was followed anywhere


async def test_what_is_no_http_and_what_is_not_there(caller: Caller) -> None:
    async def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-OpenSSH_9.6\r\n" * 10)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(talk, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        answer = await caller.call(f"http://127.0.0.1:{port}/", {}, b"{}")
        assert (answer.status, answer.problem) == (None, "connection")
        answer = await caller.call(f"https://127.0.0.1:{port}/", {}, b"{}")
        assert answer.problem in ("tls", "connection")
    with socket.socket() as deaf:  # it has the port, and listens to nobody
        deaf.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{deaf.getsockname()[1]}/"
        answer = await caller.call(address, {}, b"{}")
    assert (answer.status, answer.problem) == (None, "connection")


async def test_no_name_and_no_number_leads_into_the_court_s_networks(receiver: Receiver) -> None:
    port = receiver.url.split(":")[2]
    strict = Caller((), ClientTimeout(total=5))
    try:
        for host in ("localhost", "127.0.0.1", "[::1]", "[::ffff:127.0.0.1]"):
            answer = await strict.call(f"http://{host}:{port}", {}, b"{}")
            assert (answer.status, answer.problem) == (None, "address"), host
        for host in ("127.1", "2130706433", "0x7f000001", "..", "x" * 70 + ".example"):
            answer = await strict.call(f"http://{host}:{port}", {}, b"{}")
            assert answer.status is None, host
    finally:
        await strict.close()
    assert receiver.got == []


async def test_a_name_on_a_network_that_is_permitted_is_told(
    caller: Caller, receiver: Receiver
) -> None:
    url = receiver.url.replace("127.0.0.1", "localhost")
    answer = await caller.call(url, {}, b"{}")
    assert answer.is_taken or answer.problem == "connection"  # where localhost is ::1 alone
    assert socket.gethostbyname("localhost") != "127.0.0.1" or len(receiver.got) == 1
