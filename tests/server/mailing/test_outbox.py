"""Letters wait their turn, are tried again, and are counted when they are lost."""

from __future__ import annotations

import asyncio
import contextlib

from server.mailing.model import Later, Letter, Mailbox, Refused
from server.mailing.outbox import Outbox


def letter(name: str) -> Letter:
    return Letter(Mailbox(name, f"{name}@court.example", "en"), ())


class Server:
    """Answers each letter as it is told to."""

    def __init__(self, answers: dict[str, list[Exception | None]]) -> None:
        self.answers = answers
        self.taken: list[str] = []
        self.settled: list[str] = []
        self.outbox = Outbox(self.deliver, self.settle, waits_s=(0.01, 0.02), most=3)

    def deliver(self, its: Letter) -> None:
        answer = self.answers[its.to.person].pop(0)
        if answer is not None:
            raise answer
        self.taken.append(its.to.person)

    async def settle(self, its: Letter) -> None:
        self.settled.append(its.to.person)

    async def until(self, count: int) -> None:
        """Run until so many letters were sent or failed."""
        running = asyncio.create_task(self.outbox.run())
        async with asyncio.timeout(30):
            while self.outbox.sent + self.outbox.failed < count:
                await asyncio.sleep(0.01)
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running


async def test_one_that_cannot_be_delivered_now_is_tried_again_and_delays_no_other() -> None:
    server = Server({"ada": [Later("away"), None], "ben": [None]})
    for name in ("ada", "ben"):
        assert server.outbox.put(letter(name))
    await server.until(2)
    assert server.taken == ["ben", "ada"]
    assert server.settled == ["ben", "ada"]
    assert (server.outbox.sent, server.outbox.failed) == (2, 0)


async def test_one_that_is_refused_is_done_with_and_one_that_never_goes_is_given_up() -> None:
    server = Server({"ada": [Refused("550")], "ben": [Later("away")] * 3})
    for name in ("ada", "ben"):
        server.outbox.put(letter(name))
    await server.until(2)
    assert server.taken == []
    assert server.settled == ["ada"]  # ben's is written anew when his claim has run out
    assert (server.outbox.failed, server.outbox.waiting) == (2, 0)


async def test_without_room_letters_are_dropped_and_counted() -> None:
    server = Server({})
    kept = [server.outbox.put(letter(str(number))) for number in range(5)]
    assert kept == [True, True, True, False, False]
    assert (server.outbox.waiting, server.outbox.dropped) == (3, 2)
