"""One hearing under each policy, from the application to the end of its replay, in both languages.

The policies are those of the folder: another file is another case, without a line of code. One
whose replays never end is taken as a court's own copy that ends them after thirty days.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import server.approvals
from media.following import Following
from media.interruptions import LEFT_OUT
from media.recording.index import PublicRecording, write_stream
from server.accounts.roles import Role
from server.approvals.library import Library
from server.approvals.policy import Policy
from server.broadcasts.service import BROADCASTS
from server.broadcasts.state import State
from server.places import Places
from server.playback.sources import SOURCES
from server.releases.service import RELEASES
from tests.media.hls.synthetic_stream import START_US, SyntheticStream
from tests.server.approvals.conftest import Chamber, seat, withdraw_notice
from tests.server.broadcasts.conftest import Hall, Listen, Worker, furnish, listen, this_year
from tests.server.conftest import StartService

__all__ = ["listen"]
LIBRARY = Library.read()
POLICIES = Path(server.approvals.__file__).parent / "policies"
SIGNERS = {
    "presiding_judge": "judge",
    "division_head": "head",
    "trial_management": "management",
    "vice_president": "vice",
    "upper_court": "upper",
}
SEGMENT = timedelta(seconds=1.92)
CHINESE = re.compile(r"[\u4e00-\u9fff]+")
ENGLISH = re.compile(r"[A-Za-z]{2,}(?: [A-Za-z]{2,}){2,}")
# What is Chinese in any language: names that have no English, and the way to the other language.
NAMES = re.compile(r"海州市中级人民法院|第一法庭|被告人张某盗窃案|苏07刑初|号|中文|庭播")


def text_of(page: str) -> str:
    """Return what a reader sees of a page."""
    page = re.sub(r"(?s)<(script|style|svg|noscript).*?</\1>", " ", page)
    return " ".join(re.sub(r"(?s)<[^>]*>", " ", page).split())


class Story:
    """A hearing at a court with this policy."""

    def __init__(self, chamber: Chamber, rules: Policy) -> None:
        self.chamber, self.rules = chamber, rules
        self.hall: Hall = chamber.hall
        self.path = f"/broadcasts/{self.hall.broadcast}"
        self._client = chamber.service.client

    async def reads(self, path: str, status: int, chinese: str, english: str) -> None:
        """See that an address answers this, in each language with its words and no others."""
        for language, words, foreign in (("zh-CN", chinese, ENGLISH), ("en", english, CHINESE)):
            headers = {"Accept-Language": language, "Accept": "text/html"}
            response = await self._client.get(path, headers=headers)
            shown = text_of(await response.text())
            assert (response.status, words in shown) == (status, True), (language, shown)
            assert not foreign.search(NAMES.sub("", shown)), (language, shown)

    async def status(self, path: str) -> int:
        return int((await self._client.get(path)).status)

    async def told(self) -> Any:  # noqa: ANN401
        """Return the first of the public's events."""
        async with self._client.get(f"/api/v1{self.path}/state/events") as response:
            async for line in response.content:
                if line.startswith(b"data: {"):
                    return json.loads(line.removeprefix(b"data: "))
        raise AssertionError("nothing was told")

    async def refused(self) -> set[str]:
        """Try to start; return the rules that stand against it, in each language with words."""
        path, codes = f"/api/v1{self.path}/orders", set()
        for language, foreign in (("zh-CN", ENGLISH), ("en", CHINESE)):
            headers = self.hall.technician | {"Accept-Language": language}
            response = await self._client.post(path, json={"order": "start"}, headers=headers)
            problem = await response.json()
            assert response.status == 409, problem
            for one in problem["errors"]:
                assert not foreign.search(one["message"]), one
            codes |= {one["code"] for one in problem["errors"]}
        return codes

    def form(self) -> dict[str, Any]:
        """Answer each question so that nothing stands against a broadcast."""
        asked = LIBRARY.checklist_of(self.rules).rules.asked(self.rules.demands)
        answers = {
            one.code: {"answer": next(word for word, effects in one.effects.items() if not effects)}
            for one in asked
        }
        media = list(self.rules.media)
        return {"media": media, "reason": "Of public interest.", "answers": answers}

    async def approved(self) -> None:
        """Apply, have it returned, write it better, and let every step agree."""
        did, chain = self.chamber.did, [SIGNERS[one.role] for one in self.rules.chain(frozenset())]
        applications = f"/hearings/{self.chamber.hearing}/applications"
        made = await self.chamber.submit(await did("POST", applications, "applicant", self.form()))
        assert (await self.chamber.sign(made, chain[0], "return", "Say more.")).status == 200
        assert "B-01" in await self.refused()
        returned = await self.chamber.show(made)
        again = self.form() | {"reason": "Much more.", "version": returned["version"]}
        path = f"/applications/{made['id']}"
        again = await self.chamber.submit(await did("PUT", path, "applicant", again))
        for who in chain:
            assert (await self.chamber.sign(again, who)).status == 200, who
        assert (await self.chamber.show(again))["state"] == "agreed"

    async def announced(self) -> None:
        """Publish the notice; one that is later than the policy asks needs a reason."""
        await withdraw_notice(self.chamber)
        path = f"/hearings/{self.chamber.hearing}/notice"
        response = await self.chamber.call("POST", path, "technician", {})
        assert (response.status == 409) is (self.rules.notice_days > 0), await response.text()
        if self.rules.notice_days:
            late = {"late_reason": "The judge has shortened the time."}
            await self.chamber.did("POST", path, "technician", late)

    async def ready(self) -> None:
        """Draw the mask that the policy asks for, and confirm the cameras."""
        hindrances = {"B-16"}
        assert await self.refused() == hindrances
        if self.rules.masks == "always":
            mask = {"camera": self.hall.cameras[0], "x": 0, "y": 0, "width": 0.5, "height": 0.5}
            body = {"required": False, "masks": [mask]}
            await self.chamber.did("PUT", f"/courtrooms/{self.hall.room}/masks", "technician", body)
        cameras = {"code": "cameras"}
        await self.chamber.did("POST", f"{self.path}/conditions", "technician", cameras)

    async def ordered(self, order: str, state: str) -> None:
        """Give an order and wait until the public sees it."""
        response = await self.hall.order(order)
        assert response.status == 200, await response.text()
        async with asyncio.timeout(30):
            while (await self.hall.show())["state"] != state:
                await asyncio.sleep(0.01)

    def left_out(self) -> frozenset[str]:
        """Return what a recorder leaves out of the court's record now."""
        recorder = json.loads(
            (self.hall.places.wanted / f"recorder-{self.hall.room}.json").read_text()
        )
        following = Following(
            self.hall.places.data / recorder["assignment"]["followed"],
            lambda: round(datetime.now(UTC).timestamp() * 1_000_000),
        )
        following.look()
        return frozenset(following.left_out)

    async def live(self) -> None:
        """Go on the air; a closed part and a recess, of which nothing is seen."""
        await self.ordered("start", "live")
        await self.reads(self.path, 200, "直播中", "Live")
        viewers = (await self.told())["viewers"]
        assert (viewers is not None) is self.rules.statistics_public
        await self.ordered("closed", "closed")
        assert not self.left_out()
        await self.ordered("open", "live")
        await self.ordered("recess", "recess")
        await self.reads(self.path, 200, "休庭", "In recess")
        assert self.left_out() == LEFT_OUT[self.rules.recess]
        await self.ordered("resume", "live")
        assert not self.left_out()
        worker = json.loads(
            (self.hall.places.wanted / f"worker-{self.hall.broadcast}.json").read_text()
        )["assignment"]
        assert worker["delay_ms"] == self.rules.least_delay_ms(None)
        for chinese, english in worker["text"]["slates"].values():
            assert not ENGLISH.search(chinese)
            assert not CHINESE.search(english)

    async def ended(self) -> None:
        """End; what becomes of the replay is what the policy says."""
        await asyncio.to_thread(self.record)
        assert (await self.hall.order("end")).status == 200
        broadcasts = self.chamber.service.app[BROADCASTS]
        followed = self.hall.places.recess(self.hall.room)
        async with asyncio.timeout(30):
            while (await broadcasts.about(self.hall.broadcast)).state is not State.ENDED:
                await asyncio.sleep(0.01)
            while followed.exists():
                await asyncio.sleep(0.01)
        await self.look_again()

    def record(self) -> None:
        """Record three segments of what the public saw."""
        stream = SyntheticStream()
        write_stream(self.hall.directory, stream.info)
        with PublicRecording(self.hall.directory) as recording:
            for init in stream.inits():
                recording.write_init(init.rendition, init.version, init.payload)
            for _ in range(18):
                for part in stream.parts():
                    recording.write(part)

    async def look_again(self) -> None:
        """Have the server read again at once what it would within a second."""
        await self.chamber.service.app[SOURCES].forget_replay(self.hall.broadcast)

    async def withdrawn(self) -> None:
        """Withdraw a stretch; the public reads that and why, and no more."""
        since = datetime.fromtimestamp(START_US / 1e6, UTC) + SEGMENT
        stretch = {"since": since.isoformat(), "until": (since + SEGMENT / 2).isoformat()}
        body = {"kind": "range", "reason": "personal_data", "note": "Zhang's house", **stretch}
        await self.chamber.did("POST", f"{self.path}/withdrawals", "judge", body)
        await self.reads(f"{self.path}/corrections", 200, "个人信息", "personal data")

    async def released(self) -> None:
        """Let the replay become public as the policy says, without what was withdrawn."""
        replay = f"/replay/{self.hall.broadcast}"
        if self.rules.replay.release in {"after_review", "as_redacted"}:
            assert await self.status(f"{replay}/master.m3u8") == 404
            await self.decided(decision="release")
        assert await self.status(f"{replay}/master.m3u8") == 200
        assert await self.status(f"{replay}/v180/0.m4s") == 200
        assert await self.status(f"{replay}/v180/1.m4s") == 410
        await self.reads(self.path, 200, "已结束", "Ended")
        film = {"off": 404, "licence": 401, "public": 200}[self.rules.replay.downloads]
        assert await self.status(f"{replay}/film.mp4") == film
        year = await (await self.chamber.service.get(f"/statistics/{this_year()}")).json()
        assert year["total"]["hearings"] == 1
        assert year["unpublished"] == int(not self.rules.statistics_public)

    async def decided(self, **what: Any) -> None:  # noqa: ANN401
        """Decide about the replay as somebody who took no part."""
        await self.chamber.did("POST", f"{self.path}/replay-decisions", "reviewer", what)
        await self.look_again()

    async def expired(self) -> None:
        """Let the replay's time be over; of the whole broadcast a tombstone is left at last."""
        releases = self.chamber.service.app[RELEASES]
        about = await self.chamber.service.app[BROADCASTS].about(self.hall.broadcast)
        assert about.replay_until is not None
        until = about.replay_until + timedelta(days=30)
        await self.decided(decision="extend", until=until.isoformat(), remark="For a school.")
        await releases.look(until - timedelta(minutes=1))
        assert (await self.hall.show())["phase"] == "replay"
        await releases.look(until)
        await self.look_again()
        assert (await self.hall.show())["phase"] == "ended"
        assert await self.status(f"/replay/{self.hall.broadcast}/master.m3u8") == 404
        body = {"kind": "broadcast", "reason": "personal_data"}
        await self.chamber.did("POST", f"{self.path}/withdrawals", "judge", body)
        await self.reads(self.path, 410, "个人信息", "personal data")


def with_an_end(rules: Policy, folder: Path) -> Policy:
    """Return the policy, or the court's own copy of it in ``folder`` under which replays end."""
    if rules.replay.lifetime_days is not None:
        return rules
    text = (POLICIES / f"{rules.name}.toml").read_text(encoding="utf-8")
    name = f"{rules.name}-30"
    text = text.replace(f'name = "{rules.name}"', f'name = "{name}"')
    text = text.replace("[replay]\n", "[replay]\nlifetime_days = 30\n")
    (folder / "policies").mkdir(parents=True)
    (folder / "policies" / f"{name}.toml").write_text(text, encoding="utf-8")
    return Library.read(folder).policies[name].rules


@pytest.fixture(params=sorted(LIBRARY.policies))
async def story(
    request: pytest.FixtureRequest,
    start_service: StartService,
    tmp_path: Path,
    listen: Listen,
) -> AsyncIterator[Story]:
    """A court with the policy, its hearing, and a worker of its broadcast."""
    data = tmp_path / "data"
    rules = with_an_end(LIBRARY.policies[request.param].rules, Places(data).rules)
    service = await start_service(data=str(data))
    hall = await furnish(service, delay_s=rules.least_delay_ms(None) / 1000)
    chamber = await seat(hall, rules.name, None)
    chamber.by["reviewer"] = await service.token("rui", Role.TRIAL_MANAGEMENT, hall.court)
    worker = Worker()
    await listen(hall.places.socket(f"worker-{hall.broadcast}"), worker)
    following = asyncio.create_task(worker.follow(hall.directory, hall.broadcast))
    yield Story(chamber, rules)
    following.cancel()


async def test_a_hearing_from_its_application_to_its_end(story: Story) -> None:
    await story.approved()
    await story.announced()
    await story.ready()
    await story.live()
    await story.ended()
    await story.withdrawn()
    await story.released()
    await story.expired()
