"""A viewer's session as the server sees it: what it may change, and what is told of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from media.relay.answer import agree
from media.relay.candidates import read_fragment
from media.relay.dtls import Identity
from media.relay.native import fanout
from media.relay.offer import read_offer
from media.relay.programme import Programme
from media.relay.viewer import Place, Viewer
from media.session_messages import Change, SessionFigures
from tests.media.relay.connecting import listening
from tests.media.relay.handmade import Handmade

CANDIDATE = "a=candidate:1 1 udp 2130706431 127.0.0.1 5000 typ host\r\n"
NEW = f"a=ice-ufrag:abcd\r\na=ice-pwd:{'n' * 24}\r\n"


class Watched:
    """A viewer that was answered, and the news of it."""

    def __init__(self, viewer: Viewer, far: Handmade) -> None:
        self.viewer, self.far = viewer, far
        self.news: asyncio.Queue[SessionFigures] = asyncio.Queue()

    def change(self, fragment: str, if_match: str) -> tuple[int, str, str]:
        told = self.viewer.change(Change("s1", fragment, if_match))
        return told.status, told.fragment, told.etag


@pytest.fixture
async def watched(tmp_path: Path) -> AsyncIterator[Watched]:
    async with listening() as room:
        programme = Programme("b1", str(tmp_path / "nobody.sock"), fanout())
        far = Handmade()
        wishes = read_offer(far.offer())
        agreed = wishes, agree(wishes, "1f", 1, (1, 2, 3))
        place = Place(room.port, Identity())
        told: list[Watched] = []
        loop = asyncio.get_running_loop()

        def changed(viewer: Viewer) -> None:
            told[0].news.put_nowait(viewer.figures(loop.time() + 1.5))

        viewer = Viewer("s1", programme, place, agreed, changed, loop.time())
        far.take_answer(viewer.answer())
        told.append(Watched(viewer, far))
        yield told[0]
        viewer.connection.close()
        far.close()
        await programme.close()


async def test_candidates_are_taken_under_the_sessions_tag_only(watched: Watched) -> None:
    assert watched.change(CANDIDATE, "") == (428, "", "")
    assert watched.change(CANDIDATE, '"another"') == (412, "", "")
    assert watched.change(CANDIDATE, watched.viewer.tag) == (204, "", "")
    assert watched.change("nonsense", watched.viewer.tag) == (400, "", "")


async def test_a_restart_gives_new_credentials_and_a_new_tag(watched: Watched) -> None:
    before, old = watched.viewer.tag, watched.viewer.connection.local
    assert watched.change(CANDIDATE, "*") == (400, "", "")
    status, fragment, tag = watched.change(NEW + CANDIDATE, "*")
    assert (status, tag) == (200, watched.viewer.tag)
    assert tag != before
    ours = read_fragment(fragment)
    assert ours.credentials not in {None, old}
    assert ours.candidates
    assert watched.change(CANDIDATE, before)[0] == 412


async def test_figures_tell_of_a_session_from_its_beginning_to_its_end(watched: Watched) -> None:
    assert watched.viewer.figures(0.0) == SessionFigures("s1", "b1", "connecting")
    await watched.far.by_udp()
    async with asyncio.timeout(30):
        watched.far.check()
        await watched.far.shake_hands()
        connected = await watched.news.get()
        assert (connected.state, connected.transport) == ("connected", "udp")
        assert connected.silent_s > 1
        watched.viewer.connection.close()
        closed = await watched.news.get()
    assert (closed.state, closed.bit_rate) == ("closed", 0)
    assert not watched.viewer.programme.seats
