import asyncio
from typing import Any

from aiohttp import web

from media import append_order
from server.accounts.roles import Role
from server.bus import InProcessBus
from server.database import DATABASE
from server.errors import DatabaseUnavailable
from server.notices.service import NOTICES
from server.webhooks.deriving import Deriving
from server.webhooks.duty import Duty
from server.webhooks.model import Delivery
from server.webhooks.routes import DUTY
from tests.server.conftest import StartService
from tests.server.counted import add_broadcast
from tests.server.webhooks.conftest import Office, Receiver

NAME = "王小明"


async def _did(office: Office, path: str, body: dict[str, Any], by: dict[str, str]) -> Any:  # noqa: ANN401
    response = await office.service.post(path, body, headers=by)
    assert response.status in (200, 201), await response.text()
    return await response.json()


async def _corrected(office: Office) -> str:
    """Write a post that names somebody, and correct it; return its id."""
    clerk = await office.service.token("cleo", Role.CLERK, "sh")
    append_order(office.service.data / "broadcasts" / "b1", "start", 1, "start", "tom")
    post = {"client_key": "1", "role": "clerk", "speaker": "", "body": f"{NAME}到庭。"}
    written = str((await _did(office, "/broadcasts/b1/report/posts", post, clerk))["id"])
    edited = await office.service.client.patch(
        f"/api/v1/broadcasts/b1/report/posts/{written}",
        json={"body": "证人到庭。", "reason": f"{NAME} is a minor"},
        headers=clerk,
    )
    assert edited.status == 200
    return written


async def test_a_partner_is_told_what_was_withdrawn_and_no_name(
    office: Office, receiver: Receiver
) -> None:
    judge = await office.service.token("jin", Role.PRESIDING_JUDGE, "sh")
    made = await office.add(receiver.url)
    live = await receiver.until_told("broadcast.live")
    assert live["data"]["page"] == "https://court.example/broadcasts/b1"
    written = await _corrected(office)
    assert (await receiver.until_told("report.corrected"))["data"]["post"] == written

    order = {"kind": "name", "reason": "minor", "target": NAME, "note": f"{NAME}'s parents asked"}
    withdrawal = await _did(office, "/broadcasts/b1/withdrawals", order, judge)
    told = await receiver.until_told("content.withdrawn")
    assert told["data"] | {"kind": "name", "reason": "minor"} == told["data"]
    assert told["data"]["withdrawal"] == withdrawal["id"]
    because = {"note": f"{NAME} is of age"}
    await _did(office, f"/withdrawals/{withdrawal['id']}/restore", because, judge)
    await receiver.until_told("content.restored")

    listed = await office.settled(made["id"], 4)
    assert {one["state"] for one in listed} == {"delivered"}
    everything = str(listed) + "".join(body.decode() for _, body in receiver.got)
    for text in (NAME, "b1号", "庭审"):  # nor the case's number or title
        assert text not in everything
    numbers = await (await office.service.client.get("/metrics")).text()
    assert "tingbo_webhooks_sent 4.0" in numbers
    for name in ("waiting", "oldest_seconds", "off", "failed_attempts", "given_up", "dropped"):
        assert f"tingbo_webhooks_{name} " in numbers
    receiver.verified(made["secret"])
    sequences = [one["data"]["sequence"] for one in receiver.told()]
    assert sequences == sorted(sequences)


async def test_after_the_whole_is_withdrawn_nothing_else_is_told_of_it(
    office: Office, receiver: Receiver
) -> None:
    judge = await office.service.token("jin", Role.PRESIDING_JUDGE, "sh")
    free = asyncio.Event()

    async def hang(request: web.Request) -> web.StreamResponse:
        if b"content.withdrawn" not in await request.read():
            await free.wait()
            return web.Response(status=503)
        return web.Response()

    receiver.reply = hang
    made = await office.add(receiver.url)
    await receiver.until_told("broadcast.live")  # and is not answered
    whole = {"kind": "broadcast", "reason": "secret"}
    answer = await office.service.post("/broadcasts/b1/withdrawals", whole, headers=judge)
    assert answer.status == 201
    told = await receiver.until_told("content.withdrawn")  # past what hangs
    assert (told["data"]["kind"], told["data"]["reason"]) == ("broadcast", "secret")
    free.set()
    [_, live] = await office.settled(made["id"], 2)
    assert live["state"] == "superseded"
    again = f"{office.path}/{made['id']}/deliveries/{live['id']}/resend"
    await office.call("POST", again, status=202)
    [withdrawn, live] = await office.settled(made["id"], 2)
    assert (withdrawn["state"], live["state"]) == ("delivered", "superseded")
    assert [one["type"] for one in receiver.told()] == ["broadcast.live", "content.withdrawn"]


async def test_a_partner_of_another_court_and_one_that_is_suspended(
    office: Office, receiver: Receiver
) -> None:
    service = office.service
    await add_broadcast(service.app[DATABASE], "b2", court="berlin", has_video=False)
    judge = await service.token("jin", Role.PRESIDING_JUDGE)
    await office.add(receiver.url)
    suspended = {"suspended": True}
    await office.call("PATCH", f"/partners/{office.partner}", suspended)
    for broadcast in ("b2", "b1"):
        order = {"kind": "broadcast", "reason": "order"}
        path = f"/broadcasts/{broadcast}/withdrawals"
        assert (await service.post(path, order, headers=judge)).status == 201
    told = await receiver.until_told("content.withdrawn")
    assert told["data"]["broadcast"] == "b1"
    kinds = [(one["type"], one["data"]["broadcast"]) for one in receiver.told()]
    assert ("content.withdrawn", "b2") not in kinds


async def test_what_a_server_had_in_hand_when_it_fell_is_sent_by_another(
    office: Office, receiver: Receiver, start_service: StartService
) -> None:
    async def hang(_: web.Request) -> web.StreamResponse:
        await asyncio.sleep(30)
        return web.Response()

    receiver.reply = hang
    made = await office.add(receiver.url)
    await receiver.until(1)
    assert office.service.app[DUTY].is_mine
    other = await start_service(
        data=str(office.service.data), webhook_networks="127.0.0.0/8", webhook_http="true"
    )
    assert not other.app[DUTY].is_mine
    await other.app[DUTY].look()
    assert not other.app[DUTY].is_mine  # one at a time
    await office.service.client.close()
    receiver.reply = None
    other.app[DUTY].wake()
    await receiver.until(2)
    assert len(set(receiver.ids())) == 1  # the same message, under the same id
    assert [one["type"] for one in receiver.verified(made["secret"])] == ["broadcast.live"] * 2


class _Forgetful:
    """Sends, and cannot write down that it did."""

    def __init__(self) -> None:
        self.sent: list[Delivery] = []

    async def send(self, one: Delivery) -> None:
        self.sent.append(one)
        raise DatabaseUnavailable

    def cut(self) -> None:
        """Nothing waits."""


async def test_what_cannot_be_written_down_is_not_sent_again_and_again(office: Office) -> None:
    app = office.service.app
    app[DUTY].stop()
    await office.add("https://partner.example/")
    sender = _Forgetful()
    deriving = Deriving(app[DATABASE], app[NOTICES], lambda _: "live")
    duty = Duty(app[DATABASE], InProcessBus(), deriving, sender, ())
    for _ in range(3):
        await duty.look()
        await asyncio.sleep(0)
    assert [one.event.kind.value for one in sender.sent] == ["broadcast.live"]
