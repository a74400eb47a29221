"""The page of a partner's webhooks shows what became of messages, and no secret."""

from server.accounts.roles import Role
from tests.server.webhooks.conftest import Office, Receiver, office, receiver

__all__ = ["office", "receiver"]
PAGE = {"Accept": "text/html"}


async def test_the_page_tells_how_messages_were_answered(
    office: Office, receiver: Receiver
) -> None:
    made = await office.add(f"{receiver.url}?token=abc")
    await office.call("POST", f"{office.path}/{made['id']}/test", status=202)
    await office.settled(made["id"], 2)  # the test, and what is on the air
    address = f"/console/partners/{office.partner}/webhooks"
    client = office.service.client
    page = await (await client.get(address, headers=PAGE | office.manager)).text()
    for shown in (receiver.url, "webhook.test", "broadcast.live", "已送达", "204 · "):
        assert shown in page
    for secret in (made["secret"], "token=abc"):
        assert secret not in page
    await office.call("PATCH", f"{office.path}/{made['id']}", {"enabled": False})
    off = await client.get(f"{address}?lang=en", headers=PAGE | office.manager)
    assert "Switched off by hand" in await off.text()

    partners = await client.get("/console/partners", headers=PAGE | office.manager)
    assert address in await partners.text()
    stranger = await office.service.token("pat", Role.PARTNER_MANAGER, "berlin")
    assert (await client.get(address, headers=PAGE | stranger)).status == 404
