import asyncio
import base64
import json
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import text

from media.messages import Cut, StreamInfo, Thumbnail
from media.orders import read_orders
from server.accounts.roles import Role
from server.broadcasts import ledger as ledger_module
from server.broadcasts.channels import CHANNELS
from server.broadcasts.service import BROADCASTS
from server.broadcasts.state import State
from server.database import DATABASE
from server.errors import DatabaseUnavailable
from server.journal.chain import first_break
from server.journal.store import entries
from tests.server.broadcasts.conftest import SECRET, Hall, Listen, Worker, furnish
from tests.server.conftest import StartService


async def until(condition: Any, within_s: float = 30.0) -> None:  # noqa: ANN401
    """Wait for what happens in another task."""
    async with asyncio.timeout(within_s):
        while not condition():
            await asyncio.sleep(0.01)


async def taken(response: Any) -> Any:  # noqa: ANN401
    """Return an accepted order."""
    assert response.status == 200, await response.text()
    return await response.json()


async def test_a_hearing_goes_on_the_air_and_off_again(hall: Hall, worker: Worker) -> None:
    del worker
    started = await taken(await hall.order("start"))
    assert (started["sequence"], started["order"], started["state"]) == (1, "start", "live")
    assert datetime.fromisoformat(started["air_time"]) > datetime.fromisoformat(
        started["court_time"]
    )
    assert (await hall.show())["phase"] == "live"

    states = [(await taken(await hall.order(order)))["state"] for order in ("recess", "resume")]
    assert states == ["recess", "live"]
    assert (await taken(await hall.order("dump")))["state"] == "interrupted"
    assert (await taken(await hall.order("resume")))["state"] == "live"
    await taken(await hall.order("end"))

    service = hall.service.app[BROADCASTS]
    async with asyncio.timeout(30):
        while (about := await service.about(hall.broadcast)).state is not State.ENDED:
            await asyncio.sleep(0.01)
    assert about.replay == "public"
    shown = await hall.show()
    assert shown["phase"] == "replay"
    assert shown["replay"].endswith(f"/replay/{hall.broadcast}/master.m3u8")
    assert shown["hls"] is None


async def test_the_emblem_of_a_court_goes_into_its_broadcasts(hall: Hall, worker: Worker) -> None:
    del worker
    place = hall.places.emblem(hall.court)
    place.parent.mkdir()
    place.write_bytes(b"a picture")
    await hall.order("start")
    wanted = hall.places.wanted / f"worker-{hall.broadcast}.json"
    emblem = json.loads(wanted.read_text())["assignment"]["text"]["emblem"]
    assert base64.b64decode(emblem) == b"a picture"


async def test_processes_are_wanted_at_the_start_and_released_after_the_end(
    hall: Hall, worker: Worker
) -> None:
    del worker
    wanted = hall.places.wanted
    assert (await hall.order("start")).status == 200
    names = {path.name for path in wanted.iterdir()}
    assert names == {
        f"recorder-{hall.room}.json",
        f"monitor-{hall.room}.json",
        f"worker-{hall.broadcast}.json",
    }
    recorder = wanted / f"recorder-{hall.room}.json"
    assert recorder.stat().st_mode & 0o777 == 0o600
    assert json.loads(recorder.read_text())["assignment"]["cameras"][0]["url"] == SECRET
    told = (wanted / f"worker-{hall.broadcast}.json").read_text()
    assert SECRET not in told
    assert json.loads(told)["assignment"]["cameras"][0]["url"] == "rtsp:"  # how it sends, no more

    await hall.order("end")
    left = {f"filing-{hall.broadcast}.json"}  # what is done with the record now
    await until(lambda: {path.name for path in wanted.iterdir()} == left)


async def test_a_closed_part_is_closed_in_the_record_when_it_is_open_again(
    hall: Hall, worker: Worker
) -> None:
    del worker
    wanted = hall.places.wanted / f"closing-{hall.broadcast}.json"
    await hall.order("start")
    for expected in (3, 5):
        await hall.order("closed")
        await hall.order("open")
        told = json.loads(wanted.read_text())
        assert (told["module"], told["once"]) == ("media.filing", True)
        assert told["assignment"]["after_order"] == expected
    await hall.order("end")
    await until(lambda: not wanted.exists())


async def test_a_second_start_changes_nothing(hall: Hall, worker: Worker) -> None:
    del worker
    first = await taken(await hall.order("start"))
    second = await taken(await hall.order("start"))
    assert {**second, "accepted_at": ""} == {**first, "accepted_at": ""}
    assert len(read_orders(hall.directory)) == 1


async def test_the_same_key_is_the_same_order(hall: Hall, worker: Worker) -> None:
    del worker
    await hall.order("start")
    first = await taken(await hall.order("recess", key="k1"))
    await hall.order("resume")
    again = await taken(await hall.order("recess", key="k1"))
    assert (again["sequence"], again["state"]) == (first["sequence"], "recess")
    assert [one.order for one in read_orders(hall.directory)] == ["start", "recess", "resume"]
    assert (await hall.order("dump", key="k1")).status == 409


async def test_orders_at_the_wrong_time_are_refused(hall: Hall, worker: Worker) -> None:
    del worker
    for order in ("recess", "resume", "dump", "end"):
        refused = await hall.order(order)
        assert refused.status == 409
        assert (await refused.json())["code"] == "conflict"
    assert (await hall.order("explode")).status == 422


async def test_two_starts_at_once_are_one(hall: Hall, worker: Worker) -> None:
    del worker
    answers = await asyncio.gather(*(hall.order("start") for _ in range(5)))
    assert {answer.status for answer in answers} == {200}
    assert len(read_orders(hall.directory)) == 1


async def test_a_recess_is_ordered_while_a_range_is_cut(hall: Hall, worker: Worker) -> None:
    """The technician cuts what was said a moment ago, the judge orders a recess: both hold."""
    del worker
    judge = await hall.service.token("judy", Role.PRESIDING_JUDGE, hall.court)
    path = f"/broadcasts/{hall.broadcast}/orders"
    await hall.order("start")
    answers = await asyncio.gather(
        hall.order("range_dump", arguments={"seconds": 1}),
        hall.service.post(path, {"order": "recess"}, headers=judge),
    )
    assert {one.status for one in answers} == {200}, [await one.text() for one in answers]
    orders = read_orders(hall.directory)
    assert {one.order for one in orders} == {"start", "range_dump", "recess"}
    assert [one.sequence for one in orders] == [1, 2, 3]
    assert (await hall.show())["state"] == "recess"
    async with hall.service.app[DATABASE].read() as connection:
        noted = [one.action async for one in entries(connection, f"broadcast:{hall.broadcast}")]
    assert set(noted) >= {"broadcast.range_dump", "broadcast.recess"}


async def test_the_judge_may_stop_and_not_start(hall: Hall, worker: Worker) -> None:
    del worker
    judge = await hall.service.token("judy", Role.PRESIDING_JUDGE, hall.court)
    path = f"/broadcasts/{hall.broadcast}/orders"
    assert (await hall.service.post(path, {"order": "start"}, headers=judge)).status == 403
    await hall.order("start")
    assert (await hall.service.post(path, {"order": "dump"}, headers=judge)).status == 200
    assert (await hall.service.post(path, {"order": "resume"}, headers=judge)).status == 403
    clerk = await hall.service.token("carl", Role.CLERK, hall.court)
    assert (await hall.service.post(path, {"order": "dump"}, headers=clerk)).status == 403
    stranger = await hall.service.token("sam", Role.TECHNICIAN, "elsewhere")
    assert (await hall.service.post(path, {"order": "dump"}, headers=stranger)).status == 403
    assert (await hall.service.post(path, {"order": "dump"})).status == 401


async def test_every_order_is_in_the_journal_and_the_journal_holds(
    hall: Hall, worker: Worker
) -> None:
    del worker
    await hall.order("start")
    await hall.order("dump")
    async with hall.service.app[DATABASE].read() as connection:
        found = [one async for one in entries(connection)]
    assert first_break(found) is None
    mine = [one.action for one in found if one.object == f"broadcast:{hall.broadcast}"]
    assert mine == ["broadcast.plan", "broadcast.start", "broadcast.dump"]
    assert SECRET not in str(found)
    with pytest.raises(Exception, match="append-only"):
        async with hall.service.app[DATABASE].begin() as connection:
            await connection.execute(text("UPDATE journal SET person = 'nobody'"))


async def test_a_dump_needs_no_database(
    hall: Hall, worker: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    del worker
    await hall.order("start")
    monkeypatch.setattr(ledger_module, "_PATIENCE_S", 0.1)
    database = hall.service.app[DATABASE]
    connect = database.engine.connect

    def refuse() -> Any:  # noqa: ANN401
        raise ConnectionRefusedError

    monkeypatch.setattr(type(database.engine), "connect", lambda _: refuse())
    with pytest.raises(DatabaseUnavailable):
        async with database.read():
            pass
    dumped = await taken(await hall.order("dump"))
    assert dumped["state"] == "interrupted"
    assert dumped["air_time"] is not None
    assert (await hall.service.app[BROADCASTS].about(hall.broadcast)).state is State.CUT

    monkeypatch.setattr(type(database.engine), "connect", lambda _: connect())
    ledger = hall.service.app[BROADCASTS].ledger
    await until(lambda: ledger.waiting(hall.broadcast) is None)
    async with database.read() as connection:
        found = [one async for one in entries(connection, f"broadcast:{hall.broadcast}")]
    assert found[-1].action == "broadcast.dump"


async def test_a_server_that_starts_again_finds_what_is_on_the_air(
    start_service: StartService, listen: Listen
) -> None:
    before = await start_service()
    hall = await furnish(before)
    worker = Worker()
    await listen(hall.places.socket(f"worker-{hall.broadcast}"), worker)
    await hall.order("start")
    await before.client.close()
    wanted = {path.name for path in hall.places.wanted.iterdir()}
    assert f"worker-{hall.broadcast}.json" in wanted

    after = await start_service()
    channels = after.app[CHANNELS]
    await until(lambda: channels.get(hall.broadcast) is not None)
    worker.said.clear()
    worker.say(StreamInfo(hall.broadcast, (), 320, 6, 2, 0))
    await until(lambda: channels.get(hall.broadcast).connected)
    assert {path.name for path in hall.places.wanted.iterdir()} == wanted


async def test_an_order_that_only_the_log_knows_is_recovered(start_service: StartService) -> None:
    before = await start_service()
    hall = await furnish(before)
    await before.client.close()
    hall.directory.mkdir(parents=True)
    from server.broadcasts.orders import give  # noqa: PLC0415
    from server.broadcasts.state import Order  # noqa: PLC0415

    give(hall.directory, Order.START, "bench", "tom")
    after = await start_service()
    service = after.app[BROADCASTS]
    async with asyncio.timeout(30):
        while (await service.about(hall.broadcast)).state is not State.LIVE:
            await asyncio.sleep(0.01)
    await until(lambda: (hall.places.wanted / f"worker-{hall.broadcast}.json").exists())  # noqa: PLW0108


async def test_a_cut_is_answered_and_takes_the_thumbnail_away(hall: Hall, worker: Worker) -> None:
    await hall.order("start")
    channels = hall.service.app[CHANNELS]
    worker.say(Thumbnail(5_000_000, 1, b"jpeg"))
    await until(lambda: channels.thumbnail(hall.broadcast) == b"jpeg")
    worker.say(Cut(epoch=1, from_us=0, to_us=6_000_000))
    await until(lambda: channels.thumbnail(hall.broadcast) is None)
    await until(lambda: any(one.type == "cut_done" for one in worker.heard))


async def test_a_room_is_on_the_air_with_one_hearing_at_a_time(hall: Hall, worker: Worker) -> None:
    del worker
    await hall.order("start")
    entry = {
        "case_number": "（2026）苏07刑初13号",
        "courtroom": hall.room,
        "title": "另案",
        "scheduled_at": "2026-11-23T15:00:00+08:00",
    }
    hearing = await (await hall.service.post("/hearings", entry, headers=hall.technician)).json()
    other = await (
        await hall.service.post("/broadcasts", {"hearing": hearing["id"]}, headers=hall.technician)
    ).json()
    refused = await hall.service.post(
        f"/broadcasts/{other['id']}/orders", {"order": "start"}, headers=hall.technician
    )
    assert refused.status == 409


async def test_a_text_only_broadcast_needs_no_process(start_service: StartService) -> None:
    hall = await furnish(await start_service(), medium=["image_text"])
    assert (await taken(await hall.order("start")))["state"] == "live"
    assert not hall.places.wanted.exists()
    await hall.order("end")
    assert (await hall.show())["phase"] == "ended"


async def test_two_servers_on_postgresql_and_redis_are_one_service(
    start_service: StartService, listen: Listen, postgres_url: str, redis_url: str
) -> None:
    there = {"database_url": postgres_url, "redis_url": redis_url, "secret": "the same"}
    one, other = await start_service(**there), await start_service(**there)
    hall = await furnish(one)
    worker = Worker()
    await listen(hall.places.socket(f"worker-{hall.broadcast}"), worker)
    following = asyncio.create_task(worker.follow(hall.directory, hall.broadcast))
    await taken(await hall.order("start"))
    await until(lambda: other.app[CHANNELS].get(hall.broadcast) is not None)
    path = f"/broadcasts/{hall.broadcast}/orders"
    await taken(await other.post(path, {"order": "dump"}, headers=hall.technician))
    await taken(await other.post(path, {"order": "end"}, headers=hall.technician))
    service = one.app[BROADCASTS]
    async with asyncio.timeout(30):
        while (await service.about(hall.broadcast)).state is not State.ENDED:
            await asyncio.sleep(0.01)
    following.cancel()
    async with one.app[DATABASE].read() as connection:
        found = [one async for one in entries(connection)]
    assert first_break(found) is None
    actions = [entry.action for entry in found if entry.object == f"broadcast:{hall.broadcast}"]
    assert actions[1:] == ["broadcast.start", "broadcast.dump", "broadcast.end", "broadcast.over"]


async def test_an_end_while_nobody_listened_is_noticed(start_service: StartService) -> None:
    before = await start_service()
    hall = await furnish(before)
    await hall.order("start")
    await hall.order("end")
    await before.client.close()
    memory = {
        "spool": "", "pieces": [], "frame_rate": 25, "size": [1280, 720],
        "rungs": [], "parameter_sets": {}, "ended": True,
    }  # fmt: skip
    (hall.directory / "worker.json").write_text(json.dumps(memory))
    service = (await start_service()).app[BROADCASTS]
    async with asyncio.timeout(30):
        while (await service.about(hall.broadcast)).state is not State.ENDED:
            await asyncio.sleep(0.05)
    left = {f"filing-{hall.broadcast}.json"}
    await until(lambda: {path.name for path in hall.places.wanted.iterdir()} == left)


async def test_an_order_tells_what_it_is_about_and_reaches_back(hall: Hall, worker: Worker) -> None:
    del worker
    await taken(await hall.order("start"))
    mask = await taken(
        await hall.order("mask", arguments={"camera": "2", "x": 0.5, "width": 0.5, "seconds": 3})
    )
    assert mask["arguments"]["camera"] == hall.cameras[1]
    assert (mask["state"], mask["arguments"]["x"]) == ("live", 0.5)
    dump = await taken(await hall.order("range_dump", arguments={"seconds": 20}))
    court, since = (datetime.fromisoformat(dump[name]) for name in ("court_time", "from_time"))
    assert (court - since).total_seconds() == 20
    refused = await hall.order("layout", arguments={"layout": "circle"})
    assert refused.status == 422
    assert (await refused.json())["errors"][0]["field"] == "arguments.layout"
    assert len(read_orders(hall.directory)) == 3


async def test_another_delay_moves_the_report_with_the_picture(hall: Hall, worker: Worker) -> None:
    del worker
    await taken(await hall.order("start"))
    await taken(await hall.order("delay", arguments={"seconds": 600}))
    assert (await hall.show())["delay_s"] == 600
    clerk = await hall.service.token("cai", Role.CLERK, hall.court)
    path = f"/broadcasts/{hall.broadcast}/report/posts"
    body = {"client_key": "k", "role": "clerk", "body": "现在开庭。"}
    response = await hall.service.post(path, body, headers=clerk)
    assert response.status == 201, await response.text()
    assert (await (await hall.service.get(path)).json())["posts"] == []
    await taken(await hall.order("delay", arguments={"seconds": 0}))
    async with asyncio.timeout(30):
        while not (await (await hall.service.get(path)).json())["posts"]:
            await asyncio.sleep(0.02)
