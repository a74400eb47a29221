"""The pages of one's own account."""

from server.accounts.roles import Role
from tests.server.conftest import PASSWORD, Service

PAGE = {"Accept": "text/html"}


async def test_the_account_shows_what_is_one_s_own(service: Service) -> None:
    await service.person("tom", Role.TECHNICIAN)
    await service.person("eve", Role.CLERK)
    await service.post("/sign-in", {"name": "eve", "password": PASSWORD})
    signed_in = await service.post("/sign-in", {"name": "tom", "password": PASSWORD})
    assert signed_in.status == 200
    for language, words in (("en", "This session"), ("zh-CN", "本次登录")):
        text = await (
            await service.client.get(f"/console/account?lang={language}", headers=PAGE)
        ).text()
        assert text.count(words) == 1
        assert 'value="order"' in text  # a right that a technician's token may have
        assert 'value="report"' not in text
        assert "data-end=" not in text  # there is no other session


async def test_a_token_opens_no_account(service: Service) -> None:
    headers = PAGE | await service.token("ada", Role.ADMINISTRATOR)
    assert (await service.client.get("/console/account", headers=headers)).status == 403


async def test_an_invitation_opens_for_everybody_and_tells_nothing(service: Service) -> None:
    response = await service.client.get("/console/invitation", headers=PAGE)
    assert response.status == 200
    assert response.headers["Referrer-Policy"] == "same-origin"
    assert 'id="accept-invitation"' in await response.text()
