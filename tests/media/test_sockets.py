"""Processes talk over Unix sockets; a slow or hostile peer harms only itself."""

import asyncio
import contextlib
import socket
import stat
from pathlib import Path

import pytest

from media.errors import MalformedMessage
from media.messages import Frame, Message, Part, Subscribe, Thumbnail
from media.sockets import MessageStream, connect, connect_directly, serve

PART = Part("v720", 0, 0, 0, 0, 28800, True, False, False, False, 1, 0, b"x" * 100_000)


async def test_a_subscriber_hears_what_is_told_in_order(tmp_path: Path) -> None:
    async def tell(stream: MessageStream) -> None:
        async for message in stream:
            assert message == Subscribe("parts")
            stream.send(PART)
            stream.send(Thumbnail(1, 0, b"jpeg"))
            return

    path = tmp_path / "worker.sock"
    server = await serve(path, tell)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    client = await connect(path)
    client.send(Subscribe("parts"))
    heard: list[Message] = [message async for message in client]
    assert heard == [PART, Thumbnail(1, 0, b"jpeg")]
    await client.close()
    server.close()


async def test_a_peer_that_does_not_read_is_dropped_and_the_teller_never_waits(
    tmp_path: Path,
) -> None:
    outcome: asyncio.Future[tuple[bool, int]] = asyncio.get_running_loop().create_future()

    async def tell(stream: MessageStream) -> None:
        for _ in range(10_000):
            if not stream.send(PART):
                break
            await asyncio.sleep(0)
        outcome.set_result((stream.overflowed, stream.held_bytes))

    server = await serve(tmp_path / "worker.sock", tell)
    reader, writer = await asyncio.open_unix_connection(tmp_path / "worker.sock")
    assert await asyncio.wait_for(outcome, 20) == (True, 0)
    writer.close()
    server.close()
    del reader


async def test_a_peer_that_talks_nonsense_is_dropped_and_others_are_served(tmp_path: Path) -> None:
    async def tell(stream: MessageStream) -> None:
        async for _ in stream:
            stream.send(Thumbnail(1, 0, b"jpeg"))

    server = await serve(tmp_path / "worker.sock", tell)
    reader, writer = await asyncio.open_unix_connection(tmp_path / "worker.sock")
    writer.write(b"GET / HTTP/1.1\r\n\r\n" * 100)
    with contextlib.suppress(ConnectionError):
        assert await asyncio.wait_for(reader.read(), 5) == b""
    writer.close()
    good = await connect(tmp_path / "worker.sock")
    good.send(Subscribe("parts"))
    async for message in good:
        assert message == Thumbnail(1, 0, b"jpeg")
        break
    await good.close()
    server.close()


async def test_who_hears_directly_gets_the_same_in_order(tmp_path: Path) -> None:
    async def tell(stream: MessageStream) -> None:
        async for message in stream:
            assert message == Subscribe("frames")
            for at in range(50):
                stream.send(Frame("v720", at, at, True, 1, b"x" * 20_000))
            return

    server = await serve(tmp_path / "worker.sock", tell)
    heard: list[Message] = []
    client = await connect_directly(tmp_path / "worker.sock", heard.append)
    assert client.send(Subscribe("frames"))
    await asyncio.wait_for(client.ended(), 20)
    assert [message.pts for message in heard if isinstance(message, Frame)] == list(range(50))
    assert not client.send(Subscribe("frames"))
    client.close()
    server.close()


async def test_nonsense_ends_what_is_heard_directly(tmp_path: Path) -> None:
    async def talk(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"GET / HTTP/1.1\r\n\r\n" * 100)
        writer.close()

    server = await asyncio.start_unix_server(talk, tmp_path / "worker.sock")
    client = await connect_directly(tmp_path / "worker.sock", lambda _: None)
    with pytest.raises(MalformedMessage):
        await asyncio.wait_for(client.ended(), 20)
    server.close()


async def test_a_peer_that_reads_nothing_of_what_it_is_told_directly_is_dropped(
    tmp_path: Path,
) -> None:
    with socket.socket(socket.AF_UNIX) as deaf:
        deaf.bind(str(tmp_path / "worker.sock"))
        deaf.listen()
        client = await connect_directly(tmp_path / "worker.sock", lambda _: None)
        told = 0
        while client.send(PART):
            told += 1
            assert told < 1_000
        assert told > 200
        await client.ended()
