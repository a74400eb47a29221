import asyncio
from pathlib import Path

from structlog.testing import capture_logs

from media import Message, MessageStream, Subscribe, Thumbnail, serve
from server.broadcasts.connection import Listening


async def test_a_message_that_cannot_be_taken_is_not_the_last_one(tmp_path: Path) -> None:
    taken: asyncio.Queue[Message] = asyncio.Queue()
    falls, lost = [True], list[bool]()

    wishes: list[Message] = []

    async def tell(stream: MessageStream) -> None:
        async for wish in stream:
            wishes.append(wish)
            stream.send(Thumbnail(1, 0, b"jpeg"))

    def take(message: Message) -> None:
        if falls and falls.pop():
            raise LookupError("our own mistake")
        taken.put_nowait(message)

    server = await serve(tmp_path / "worker.sock", tell)
    wish = Subscribe("parts", since=7)
    listening = Listening(tmp_path / "worker.sock", lambda: wish, take, lambda: lost.append(True))
    with capture_logs() as logs:
        listening.start()
        assert await asyncio.wait_for(taken.get(), 20) == Thumbnail(1, 0, b"jpeg")
    assert lost == [True]
    assert wishes == [wish, Subscribe("parts")]  # nobody knows what was lost with the message
    assert [one["event"] for one in logs] == ["message not taken"]
    await listening.stop()
    server.close()
