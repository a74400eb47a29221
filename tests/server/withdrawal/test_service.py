"""One rare name stands wherever a name can stand; withdrawn, no stranger can fetch it any more."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

from aiohttp import FormData
from PIL import Image
from sqlalchemy import update

from server.accounts.model import Posting
from server.accounts.roles import Role
from server.accounts.service import ACCOUNTS
from server.approvals.library import Known
from server.approvals.model import Source
from server.approvals.policy import Policy
from server.approvals.ruling import parse
from server.approvals.service import APPROVALS
from server.broadcasts.tables import broadcasts
from server.database.metadata import from_microseconds
from server.hearings.tables import cases, hearings
from server.reports.model import NewPost, Speaker
from server.reports.service import REPORTS
from server.reports.store import Edit, ReportStore
from tests.media.hls.synthetic_stream import START_US as RECORDED_US
from tests.server.approvals.test_versions import OWN
from tests.server.counted import add_broadcast
from tests.server.pages.test_embed import let_embed
from tests.server.playback.conftest import START_US
from tests.server.withdrawal.conftest import Desk, make_recording
from tests.server.withdrawal.crawling import Seen, look

NAME = "欧阳孤鸿"
WRITTEN = ("欧阳孤鸿", "欧阳　孤鸿", "欧阳\u200b孤鸿")  # as people type it
SAYS = f"证人{NAME}到庭"
TOMORROW = datetime.now(UTC) + timedelta(days=1)
# Where the name is read before: the test is worth nothing if it does not stand there.
SHOWN_AT = {
    "/",
    "/api/v1/broadcasts",
    "/api/v1/broadcasts/b1",
    "/api/v1/broadcasts/b1/report/posts",
    "/api/v1/broadcasts/b2",
    "/api/v1/notices",
    "/broadcasts/b1",
    "/broadcasts/b1/complaint",
    "/broadcasts/b1/corrections",
    "/broadcasts/b2",
    "/embed/b1",
    "/embed/b2",
    "/feeds/hearings.atom",
    "/hls/b1/report/0.vtt",
    "/hls/b1/report/0.0.vtt",
    "/notices",
    "/notices.ics",
    "/replay/b2/report/0.vtt",
    "/sitemap.xml",
}


@dataclass
class Named:
    """The desk, with the name in everything that belongs to ``b1``, ``b2`` and ``b3``."""

    desk: Desk
    technician: dict[str, str]
    person: str
    photo: str = ""
    notices: tuple[str, ...] = ()

    async def post(self, path: str, body: object) -> Any:  # noqa: ANN401
        answer = await self.desk.service.client.post(
            f"/api/v1{path}", json=body, headers=self.technician
        )
        assert answer.status in (200, 201), await answer.text()
        return await answer.json()

    async def seen(self) -> dict[str, Seen]:
        """Return what strangers are answered everywhere."""
        values = {
            "broadcast": ["b1", "b2", "b3"],
            "court": ["sh"],
            "year": ["2026"],
            "notice": list(self.notices),
            "rendition": ["report"],
        }
        client = self.desk.service.client
        values |= {"name": [self.photo, "0.vtt", "0.0.vtt", "1.vtt"]}
        return await look(client, self.embeddable(), values)

    def embeddable(self) -> list[str]:
        """Return where another site's software asks how these are embedded."""
        own = self.desk.service.client.make_url("/broadcasts/")
        return [f"/oembed?url={own}{one}" for one in ("b1", "b2", "b3")]

    async def captioned(self, name: str) -> None:
        """Wait for the captions of what is live to say this: they follow in the background."""
        client = self.desk.service.client
        await (await client.get("/hls/b1/master.m3u8")).read()
        async with asyncio.timeout(20):
            while name not in await (await client.get("/hls/b1/report/0.vtt")).text():
                await asyncio.sleep(0.05)

    async def event(self, path: str, needed: str) -> str:
        """Return what a stream of events tells until there is this word in it."""
        told = ""
        response = await self.desk.service.client.get(path)
        async with asyncio.timeout(20):
            while needed not in told:
                told += (await response.content.readline()).decode()
        response.close()
        return told


async def everywhere(desk: Desk) -> Named:
    """Write the name wherever the court's people can write it."""
    accounts = desk.service.client.app[ACCOUNTS]
    person = await accounts.add_person(
        "tom", NAME, "a long way to the court", [Posting(Role.TECHNICIAN, "sh")], must_change=False
    )
    token = await accounts.issue_token(person.id, "test")
    named = Named(desk, {"Authorization": f"Bearer {token}"}, person.id)
    await make_recording(desk.service)
    await add_broadcast(desk.service.database, "b3", started_at=None, state="planned")
    async with desk.service.database.begin() as connection:
        await connection.execute(
            update(hearings).values(title=SAYS, title_en=SAYS, scheduled_at=TOMORROW)
        )
        await connection.execute(update(cases).values(cause=f"{NAME}案", nature="civil"))
        for one in ("b1", "b2", "b3"):
            number = {"number": f"{NAME} v {one}"}  # as some courts have it
            await connection.execute(
                update(cases).where(cases.c.id == f"case-{one}").values(number)
            )
        await connection.execute(update(broadcasts).values(has_report=True))
    await let_be_found(desk)
    await write_notices(named)
    await write_reports(named)
    return named


async def let_be_found(desk: Desk) -> None:
    """Have a site that may embed, and what is shown under a policy that lets engines list it."""
    app = desk.service.client.app
    await let_embed(app)
    policies = app[APPROVALS].policies
    text = OWN.read_text(encoding="utf-8").replace("[delay]", "search_engines = true\n[delay]")
    known = Known(parse(text, Policy, "own"), Source("own", "1", "d" * 64), text)
    async with desk.service.database.begin() as connection:
        await policies.versions.keep(connection, known, datetime.now(UTC))
        shown = broadcasts.c.id.in_(("b1", "b2"))
        await connection.execute(update(broadcasts).where(shown).values(policy="d" * 64))
        # Without a worker "live" is told to nobody.
        first = update(broadcasts).where(broadcasts.c.id == "b1")
        await connection.execute(first.values(state="recess"))


async def write_notices(named: Named) -> None:
    """Publish a notice for each hearing; one is withdrawn, one hearing is adjourned."""
    ids = []
    for one in ("b1", "b2", "b3"):
        path = f"/hearings/hearing-{one}"
        for number, written in enumerate((NAME, "欧阳 孤鸿")):
            role = "plaintiff" if number else "defendant"
            await named.post(f"{path}/participants", {"role": role, "name": written})
        told = await named.post(f"{path}/notice", {"late_reason": f"{NAME}申请"})
        ids.append(told["current"]["id"])
    await named.post(f"/notices/{ids[1]}/withdrawal", {"reason": f"{NAME}的请求"})
    later = {"until": (TOMORROW + timedelta(days=1)).isoformat()}
    await named.post("/hearings/hearing-b3/adjournment", {"reason": f"{NAME}生病", **later})
    named.notices = tuple(ids)


async def write_reports(named: Named) -> None:
    """Write posts with captions, photos and corrections for what is live and for the replay."""
    client = named.desk.service.client
    picture = BytesIO()
    Image.new("RGB", (16, 16)).save(picture, "JPEG")
    form = FormData()
    form.add_field("file", picture.getvalue(), filename=f"{NAME}.jpg", content_type="image/jpeg")
    form.add_field("alt", SAYS)
    form.add_field("caption", SAYS)
    answer = await client.post(
        "/api/v1/broadcasts/b1/report/photos", data=form, headers=named.desk.clerk
    )
    named.photo = (await answer.json())["name"]
    store, now = ReportStore(named.desk.service.database), datetime.now(UTC)
    for broadcast, since in (("b1", START_US), ("b2", RECORDED_US)):
        for number, written in enumerate(WRITTEN):
            photos = (named.photo,) if broadcast == "b1" and not number else ()
            new = NewPost(f"k{number}", Speaker.WITNESS, written, None, f"我是{written}。", photos)
            at = from_microseconds(since + 200_000 * number)
            made, _ = await store.add(broadcast, new, named.person, at, now)
            edit = Edit(
                "corrected", f"{NAME}更正", named.person, datetime.now(UTC), body=f"{written}说"
            )
            await store.edit(broadcast, made.id, edit)
    await client.app[REPORTS].feeds.ring("b1")


def found_in(seen: dict[str, Seen]) -> set[str]:
    """Return where the name is read, whatever stands between its characters."""
    blank = dict.fromkeys(map(ord, "　\u200b "))
    return {address for address, one in seen.items() if NAME in one.text.translate(blank)}


async def test_a_withdrawn_name_is_nowhere_that_a_stranger_can_look(desk: Desk) -> None:
    named = await everywhere(desk)
    client = desk.service.client
    following = await client.get("/api/v1/broadcasts/b1/report/events")
    await named.captioned(NAME)
    before = await named.seen()
    places = found_in(before)
    assert places >= SHOWN_AT | set(named.embeddable()[:2])
    assert "VideoObject" in before["/broadcasts/b1"].text
    assert {one for one in places if before[one].may_be_kept} == set()
    for broadcast in ("b1", "b2", "b3"):
        await desk.withdrawn(broadcast, kind="name", target=NAME, mark="某甲")
    await named.captioned("某甲")
    after = await named.seen()
    assert found_in(after) == set()
    for address in places & after.keys():  # nor does a cache keep what it has
        tag = before[address].etag
        again = await client.get(address, headers={"If-None-Match": tag} if tag else {})
        assert again.status != 304, address
    for path in ("report/events", "state/events"):
        told = await named.event(f"/api/v1/broadcasts/b1/{path}", "data:")
        assert NAME not in told
    following.close()
