from typing import Any

from server.database import DATABASE
from server.journal.store import entries
from server.webhooks.model import MOST_ENDPOINTS
from tests.server.webhooks.conftest import Office, Receiver


async def test_an_endpoint_is_added_changed_tried_and_removed(
    office: Office, receiver: Receiver
) -> None:
    made = await office.add(f"{receiver.url}?token=abc", events=["broadcast.ended"])
    its = f"{office.path}/{made['id']}"
    shown = await office.call("GET", office.path)
    assert made["secret"] not in str(shown)
    assert "token=abc" not in str(shown) + str(made)
    assert shown["webhooks"][0]["url"] == f"{receiver.url}?…"

    test = await office.call("POST", f"{its}/test", status=202)
    await receiver.until(1)
    assert receiver.ids() == [test["id"]]
    [told] = receiver.verified(made["secret"])
    assert (told["type"], set(told["data"])) == ("webhook.test", {"sequence"})
    [delivery] = await office.settled(made["id"], 1)
    assert (delivery["state"], delivery["status"], delivery["attempts"]) == ("delivered", 204, 1)

    again = f"{its}/deliveries/{test['id']}/resend"
    assert (await office.call("POST", again, status=202))["state"] == "waiting"
    await receiver.until(2)
    assert receiver.ids() == [test["id"]] * 2
    assert receiver.got[0][1] == receiver.got[1][1]

    renewed = await office.call("POST", f"{its}/secret")
    assert renewed["secret"] != made["secret"]
    await office.call("POST", f"{its}/test", status=202)
    await receiver.until(3)
    receiver.got = receiver.got[2:]
    assert receiver.verified(made["secret"]) == receiver.verified(renewed["secret"])


async def test_deeds_are_in_the_journal_without_passwords(
    office: Office, receiver: Receiver
) -> None:
    made = await office.add(f"{receiver.url}?token=abc")
    its = f"{office.path}/{made['id']}"
    changed = await office.call("PATCH", its, {"events": ["replay.released"], "enabled": False})
    assert (changed["events"], changed["disabled_why"]) == (["replay.released"], "by_hand")
    assert (await office.call("PATCH", its, {"enabled": True}))["enabled"]
    await office.call("POST", f"{its}/test", status=202)
    await office.call("DELETE", its, status=204)
    assert (await office.call("GET", office.path))["webhooks"] == []
    await office.call("POST", f"{its}/test", status=404)

    async with office.service.app[DATABASE].read() as connection:
        noted = [one async for one in entries(connection, f"partner:{office.partner}")]
    deeds = [one.action for one in noted if one.action.startswith("webhook.")]
    acts = ["add", "change", "disable", "enable", "test", "remove"]
    assert deeds == [f"webhook.{act}" for act in acts]
    assert not [one for one in noted if "token=abc" in one.details]


SENSELESS: list[dict[str, Any]] = [
    {},
    {"url": "https://10.0.0.1/"},
    {"url": "ftp://partner.example/"},
    {"url": "https://partner.example/", "events": []},
    {"url": "https://partner.example/", "events": ["everything"]},
    {"url": "https://partner.example/", "events": ["webhook.test"]},
    {"url": "https://partner.example/", "secret": "mine"},
]


async def test_an_endpoint_that_makes_no_sense_is_not_added(office: Office) -> None:
    for body in SENSELESS:
        await office.call("POST", office.path, body, 422)
    for _ in range(MOST_ENDPOINTS):
        await office.add("https://partner.example/")
    await office.call("POST", office.path, {"url": "https://partner.example/"}, 409)
