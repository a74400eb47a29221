"""Signing in with a provider that runs as a process of its own."""

import time
from base64 import b32decode
from collections.abc import AsyncIterator, Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit, urlunsplit

import pytest
from aiohttp import ClientResponse, CookieJar
from aiohttp.test_utils import TestClient
from structlog.testing import capture_logs

from server.accounts.roles import Role
from server.accounts.totp import hotp, step_at
from server.oidc import provider as asking
from server.oidc.model import LOGOUT_EVENT, challenge_of
from server.oidc.service import OIDC
from tests.server.conftest import PASSWORD, Service, StartService
from tests.services.oidc_provider import NAME_CLAIM, let_in, provider_on, signed
from tests.services.program import free_port

BEGIN = "/console/sign-in/provider"
MINE = "/me/provider-account"


async def with_provider(start_service: StartService, issuer: str, **settings: str) -> Service:
    """Start a server to which the provider is known."""
    known = {"oidc_issuer": issuer, "oidc_client_id": "tingbo", "oidc_client_secret": "s?:/ ecret"}
    return await start_service(public_url="https://court.example", **known, **settings)


@pytest.fixture
async def service(start_service: StartService, oidc_provider: str) -> Service:
    """A server to which the provider is known, with names."""
    return await with_provider(start_service, oidc_provider, oidc_name_claim=NAME_CLAIM)


async def begin(service: Service, query: str = "") -> str:
    """Ask to be sent to the provider; return where."""
    response = await service.client.get(f"{BEGIN}{query}", allow_redirects=False)
    assert response.status == 303
    return response.headers["Location"]


async def come_back(service: Service, address: str) -> str:
    """Follow the provider's way back; return the page to which it leads."""
    its = urlsplit(address)
    assert f"{its.scheme}://{its.netloc}{its.path}" == f"https://court.example{BEGIN}/back"
    response = await service.client.get(f"{its.path}?{its.query}", allow_redirects=False)
    assert response.status == 303, await response.text()
    return response.headers["Location"]


async def sign_in(service: Service, subject: str, query: str = "") -> str:
    """Sign in with the provider; return the page to which it leads."""
    return await come_back(service, await let_in(await begin(service, query), subject))


def problem(page: str) -> str:
    """Return what the page to which it led will say."""
    return parse_qs(urlsplit(page).query).get("provider", [""])[0]


def changed(address: str, change: Mapping[str, str]) -> str:
    """Return an address with another value in its query."""
    its = urlsplit(address)
    query = its.query
    for old, new in change.items():
        assert old in query
        query = query.replace(old, new)
    return urlunsplit((*its[:3], query, ""))


async def me(service: Service) -> ClientResponse:
    """Ask who is signed in."""
    return await service.get("/me")


async def enter(service: Service, name: str, **more: str) -> Any:  # noqa: ANN401
    """Sign in with name and password."""
    response = await service.post("/sign-in", {"name": name, "password": PASSWORD, **more})
    assert response.status == 200, await response.text()
    return await response.json()


async def leave(service: Service) -> None:
    """Sign out here."""
    assert (await service.post("/sign-out")).status == 204
    assert (await me(service)).status == 401


async def connect(service: Service, name: str, subject: str) -> str:
    """Sign in, connect one's account and sign out; return the page to which that led."""
    await enter(service, name)
    begun = await service.post(MINE, {"password": PASSWORD})
    assert begun.status == 200, await begun.text()
    page = await come_back(service, await let_in((await begun.json())["address"], subject))
    await leave(service)
    return page


async def with_factor(service: Service, name: str) -> list[str]:
    """Set up a second factor and sign out; return its recovery codes."""
    await enter(service, name)
    begun = await (await service.post("/me/second-factor", {"password": PASSWORD})).json()
    secret = b32decode(begun["secret"] + "=" * (-len(begun["secret"]) % 8))
    code = {"code": hotp(secret, step_at(time.time()))}
    confirmed = await service.post("/me/second-factor/confirm", code)
    await leave(service)
    return list((await confirmed.json())["codes"])


async def test_who_has_connected_their_account_signs_in_with_it(service: Service) -> None:
    await service.person("ada", Role.CLERK)
    auditor = await service.token("olga", Role.AUDITOR)
    assert await connect(service, "ada", "sub-own") == "/console/account"
    assert await sign_in(service, "sub-own", "?next=/console/calendar?day=1") == (
        "/console/calendar?day=1"
    )
    assert (await (await me(service)).json())["name"] == "ada"
    shown = await (await service.get(MINE)).json()
    assert shown["subject"] == "sub-own"
    account = await service.client.get("/console/account", headers={"Accept": "text/html"})
    assert "sub-own" in await account.text()
    assert shown["used_at"] is not None
    await leave(service)
    entries = (await (await service.get("/journal", headers=auditor)).json())["entries"]
    assert "person.provider_connected" in [one["action"] for one in entries]

    await sign_in(service, "sub-own")
    assert (await service.client.delete(f"/api/v1{MINE}")).status == 204
    await leave(service)
    assert problem(await sign_in(service, "sub-own")) == "nobody"


async def test_whom_nobody_has_connected_gets_nothing(service: Service) -> None:
    await service.person("ada", Role.CLERK)
    page = await sign_in(service, "sub-ada")  # whose name there is that of an account here
    assert problem(page) == "nobody"
    assert (await me(service)).status == 401
    shown = await service.client.get(page, headers={"Accept-Language": "en"})
    assert "not connected with a person here" in await shown.text()


async def test_an_administrator_lets_the_first_sign_in_connect(service: Service) -> None:
    ada = await service.person("ada", Role.CLERK, "east")
    admin = await service.token("root", Role.ADMINISTRATOR)
    its = f"/people/{ada.id}/provider-account"
    expected = await service.put(its, {}, headers=admin)
    assert (await expected.json())["expected_until"] is not None
    assert problem(await sign_in(service, "sub-nobody")) == "nobody"
    assert await sign_in(service, "sub-ada") == "/console"
    assert (await (await me(service)).json())["name"] == "ada"
    await leave(service)
    # From now on it is this account, and no other of the same name.
    assert problem(await sign_in(service, "sub-ada-too")) == "nobody"
    west = await service.token("wes", Role.ADMINISTRATOR, "west")
    for refused in (
        await service.put(its, {"subject": "sub-evil"}, headers=west),
        await service.client.delete(f"/api/v1{its}", headers=west),
    ):
        assert refused.status == 403
    assert (await service.put("/people/x/provider-account", {}, headers=admin)).status == 404
    for wrong in ("", "é", "x" * 256, 3):
        assert (await service.put(its, {"subject": wrong}, headers=admin)).status == 422

    assert (await service.client.delete(f"/api/v1{its}", headers=admin)).status == 204
    assert problem(await sign_in(service, "sub-ada")) == "nobody"
    assert (await service.put(its, {"subject": "sub-x"}, headers=admin)).status == 200
    page = await service.client.get("/console/people", headers=admin | {"Accept": "text/html"})
    assert "sub-x" in await page.text()
    assert await sign_in(service, "sub-x") == "/console"


async def test_nobody_connects_what_is_anothers_or_with_a_wrong_password(
    service: Service,
) -> None:
    for name in ("ada", "ben"):
        await service.person(name, Role.CLERK)
    await connect(service, "ada", "sub-own")
    assert problem(await connect(service, "ben", "sub-own")) == "taken"
    await enter(service, "ben")
    assert (await service.post(MINE, {"password": "guessed, and wrong"})).status == 422
    begun = await (await service.post(MINE, {"password": PASSWORD})).json()
    back = await let_in(begun["address"], "sub-ben")
    await leave(service)
    assert problem(await come_back(service, back)) == "too-late"  # nobody is there any more


async def test_the_second_factor_is_asked_for_all_the_same(service: Service) -> None:
    await service.person("ada", Role.CLERK)
    await connect(service, "ada", "sub-own")
    codes = await with_factor(service, "ada")

    page = await sign_in(service, "sub-own", "?next=/console/calendar")
    assert problem(page) == "code"
    assert (await me(service)).status == 401
    form = await (await service.client.get(page)).text()
    assert 'id="provider-code"' in form
    refused = await service.post("/sign-in/provider", {"code": "000000"})
    assert (refused.status, (await refused.json())["code"]) == (401, "code-needed")
    entered = await service.post("/sign-in/provider", {"code": codes[0]})
    assert (await entered.json())["name"] == "ada"
    assert (await me(service)).status == 200
    await leave(service)
    again = await service.post("/sign-in/provider", {"code": codes[1]})
    assert again.status == 401  # a way leads here once


async def test_an_answer_that_is_not_to_this_sign_in_opens_nothing(service: Service) -> None:
    await service.person("ada", Role.CLERK)
    await connect(service, "ada", "sub-own")
    address = await begin(service)
    asked = {name: value[0] for name, value in parse_qs(urlsplit(address).query).items()}
    assert asked["code_challenge_method"] == "S256"
    flow = service.app[OIDC].flow_of(
        service.client.session.cookie_jar.filter_cookies(service.client.make_url("/"))[
            "tingbo_provider"
        ].value
    )
    assert asked["code_challenge"] == challenge_of(flow.verifier)
    assert flow.verifier not in address

    stranger = await let_in(address, "sub-own")
    for change, why in (
        ({asked["state"]: "other"}, "too-late"),
        ({"state=": "iss=https%3A%2F%2Fevil.example&state="}, "not-trusted"),
    ):
        assert problem(await come_back(service, changed(stranger, change))) == why
        assert problem(await come_back(service, stranger)) == "too-late"  # forgotten
        stranger = await let_in(address := await begin(service), "sub-own")
        asked = {name: value[0] for name, value in parse_qs(urlsplit(address).query).items()}
    for change in ({asked["nonce"]: "other"}, {"client_id=tingbo": "client_id=another"}):
        back = await let_in(changed(address, change), "sub-own")
        assert problem(await come_back(service, back)) == "not-trusted"
        address = await begin(service)
        asked = {name: value[0] for name, value in parse_qs(urlsplit(address).query).items()}
    assert (await me(service)).status == 401


async def test_the_provider_lies_about_the_time_goes_away_and_changes_its_keys(
    start_service: StartService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(asking, "KEYS_AGAIN_S", 0.0)
    port = free_port()
    with provider_on(port, "--token-max-age=-3600") as issuer:
        service = await with_provider(start_service, issuer)
        ada = await service.person("ada", Role.CLERK)
        admin = await service.token("root", Role.ADMINISTRATOR)
        its = f"/people/{ada.id}/provider-account"
        assert (await service.put(its, {"subject": "sub-own"}, headers=admin)).status == 200
        with capture_logs() as log:
            assert problem(await sign_in(service, "sub-own")) == "not-trusted"
        assert "token that is over" in [one.get("why") for one in log]
        back = await let_in(await begin(service), "sub-own")
    page = await come_back(service, back)
    assert problem(page) == "away"
    words = await service.client.get(page, headers={"Accept-Language": "en"})
    assert "does not answer" in await words.text()
    assert (await me(service)).status == 401
    await enter(service, "ada")  # the password opens the desk all the same
    await leave(service)
    with provider_on(port):
        assert await sign_in(service, "sub-own") == "/console"
        assert (await me(service)).status == 200


@pytest.mark.parametrize("wanted", ["//evil.example", "https://evil.example", "/\\evil", "/%0d"])
async def test_no_address_leads_elsewhere(service: Service, wanted: str) -> None:
    await service.person("ada", Role.CLERK)
    admin = await service.token("root", Role.ADMINISTRATOR)
    ada = (await (await service.get("/people", headers=admin)).json())["people"][0]["id"]
    await service.put(f"/people/{ada}/provider-account", {"subject": "sub-own"}, headers=admin)
    assert await sign_in(service, "sub-own", f"?next={wanted}") == "/console"


async def test_without_a_provider_there_is_no_button(start_service: StartService) -> None:
    service = await start_service()
    assert BEGIN not in await (await service.client.get("/console/sign-in")).text()
    assert (await service.client.get(BEGIN)).status == 404
    await service.person("ada", Role.CLERK)
    await enter(service, "ada")
    assert (await service.get(MINE)).status == 404


async def test_the_button_bears_the_providers_name(
    start_service: StartService, oidc_provider: str
) -> None:
    service = await with_provider(start_service, oidc_provider, oidc_label="统一认证")
    page = await (await service.client.get("/console/sign-in?next=/console/people")).text()
    assert f"{BEGIN}?next=/console/people" in page
    assert "统一认证" in page
    hostile = await service.client.get("/console/sign-in?provider=<script>&next=%22%3E")
    assert "<script>" not in await hostile.text()


class Browser:
    """Somebody's browser, beside that of the service's client."""

    def __init__(self, service: Service) -> None:
        jar = CookieJar(unsafe=True)
        client: TestClient[Any, Any] = TestClient(service.client.server, cookie_jar=jar)
        self.service = Service(client, service.data, service.settings)

    async def is_in(self) -> bool:
        """Whether somebody is signed in here."""
        return (await me(self.service)).status == 200


@pytest.fixture
async def browsers(service: Service) -> AsyncIterator[tuple[Browser, Browser, Browser]]:
    """Two browsers of Ada's by the provider, in one session there each, and one by password."""
    ada = await service.person("ada", Role.CLERK)
    admin = await service.token("root", Role.ADMINISTRATOR)
    its = f"/people/{ada.id}/provider-account"
    first, second, by_password = (Browser(service) for _ in range(3))
    for browser, subject in ((first, "sub-first"), (second, "sub-second")):
        assert (await service.put(its, {"subject": subject}, headers=admin)).status == 200
        assert await sign_in(browser.service, subject) == "/console"
    await enter(by_password.service, "ada")
    yield first, second, by_password
    for browser in (first, second, by_password):
        await browser.service.client.session.close()


async def tell(service: Service, token: str, **more: Any) -> ClientResponse:  # noqa: ANN401
    """Say as the provider that somebody has logged out there."""
    path, form = "/console/sign-in/provider/logout", {"logout_token": token}
    return await service.client.post(path, data=form, **more)


def logout(issuer: str, name: str, **change: Any) -> dict[str, Any]:  # noqa: ANN401
    """Return what a logout token claims."""
    now = int(time.time())
    told = {"iss": issuer, "aud": "tingbo", "iat": now, "exp": now + 120, "jti": name}
    return told | {"events": {LOGOUT_EVENT: {}}} | change


async def test_a_session_that_is_over_at_the_provider_is_over_here(
    service: Service, oidc_provider: str, browsers: tuple[Browser, Browser, Browser]
) -> None:
    first, second, by_password = browsers
    forged = await signed(oidc_provider, logout(oidc_provider, "a", sid="session-1"))
    for wrong in (f"{forged[:-8]}AAAAAAAA", "", "x" * 20_000):
        assert (await tell(service, wrong)).status == 400
    other = await signed(oidc_provider, logout(oidc_provider, "b", sid="session-1", aud="other"))
    refused = await tell(service, other)
    assert (refused.status, (await refused.json())["error"]) == (400, "invalid_request")
    assert await first.is_in()

    token = await signed(oidc_provider, logout(oidc_provider, "c", sid="session-1"))
    taken = await tell(service, token, headers={"Origin": oidc_provider})
    assert (taken.status, taken.headers["Cache-Control"]) == (200, "no-store")
    assert [await one.is_in() for one in browsers] == [False, True, True]
    assert (await tell(service, token)).status == 400  # once

    # All of the account's, which does not take what the password opened.
    token = await signed(oidc_provider, logout(oidc_provider, "d", sub="sub-second"))
    assert (await tell(service, token)).status == 200
    assert not await second.is_in()
    assert await by_password.is_in()
    nobody = await signed(oidc_provider, logout(oidc_provider, "e", sub="sub-nobody"))
    assert (await tell(service, nobody)).status == 200


async def test_a_session_that_owed_the_second_factor_is_over_with_the_provider_s_too(
    service: Service, oidc_provider: str
) -> None:
    await service.person("ada", Role.CLERK)
    await connect(service, "ada", "sub-first")
    codes = await with_factor(service, "ada")
    other = Browser(service)
    for browser in (service, other.service):
        assert problem(await sign_in(browser, "sub-first")) == "code"
    assert (await service.post("/sign-in/provider", {"code": codes[0]})).status == 200
    token = await signed(oidc_provider, logout(oidc_provider, "g", sid="session-1"))
    assert (await tell(service, token)).status == 200
    assert (await me(service)).status == 401
    late = await other.service.post("/sign-in/provider", {"code": codes[1]})
    assert late.status == 401
    assert not await other.is_in()
    await other.service.client.session.close()


async def test_who_is_logged_out_on_the_way_here_does_not_get_in(
    service: Service, oidc_provider: str
) -> None:
    await service.person("ada", Role.CLERK)
    await connect(service, "ada", "sub-first")
    back = await let_in(await begin(service), "sub-first")
    token = await signed(oidc_provider, logout(oidc_provider, "f", sid="session-1"))
    assert (await tell(service, token)).status == 200
    assert problem(await come_back(service, back)) == "too-late"
    assert (await me(service)).status == 401
