"""Which sources publishers may come to."""

from __future__ import annotations

from media.feeds.doors import Doors, OfferRefused
from media.feeds.testcard import TestcardSource
from media.session_messages import FeedOffer


class Door:
    """Takes one offer."""

    def __init__(self) -> None:
        self.ended: list[str] = []

    async def offer(self, session: str, sdp: str) -> str:
        if sdp == "bad":
            raise OfferRefused(422, "it is bad")
        return f"answer to {session}"

    def end(self, session: str) -> None:
        self.ended.append(session)

    async def stop(self) -> None:
        self.ended.append("all")


async def test_offers_go_to_their_cameras() -> None:
    doors, door = Doors(), Door()
    doors.add("pushed", door)
    doors.add("pulled", TestcardSource("testcard:", lambda: 0))
    good = await doors.answer(FeedOffer("s1", "pushed", "good"))
    assert (good.session, good.status, good.sdp) == ("s1", 201, "answer to s1")
    bad = await doors.answer(FeedOffer("s2", "pushed", "bad"))
    assert (bad.status, bad.sdp, bad.reason) == (422, "", "it is bad")
    for camera in ("pulled", "unknown"):
        assert (await doors.answer(FeedOffer("s3", camera, "good"))).status == 409
    doors.end("s1")
    await doors.close()
    assert door.ended == ["s1", "all"]
