"""WHEP by the checklist: draft-ietf-wish-whep-03 and what it takes from RFC 9725."""

import asyncio
import re
from collections.abc import AsyncIterator

import pytest
from aiohttp import ClientResponse
from limits import RateLimitItemPerMinute

from media import Changed, Offer, StreamEnd
from server.accounts.model import Posting
from server.accounts.roles import Role
from server.accounts.service import ACCOUNTS
from server.partners import PARTNERS
from server.partners.model import TERMS_VERSION, Scope
from server.playback.relays import RELAYS
from server.signalling import MAX_OFFER_BYTES
from tests.server.playback.conftest import TURN_SECRET, Service
from tests.server.playback.relayed import ETAG, FakeRelay, listening
from tests.server.playback.test_routes import is_problem

ADDRESS = "/whep/b1"
SDP = {"Content-Type": "application/sdp"}
FRAGMENT = {"Content-Type": "application/trickle-ice-sdpfrag"}
CANDIDATES = "a=ice-ufrag:x\r\na=candidate:1 1 udp 1 192.0.2.1 1 typ host\r\n"


@pytest.fixture
async def relay(service: Service) -> AsyncIterator[FakeRelay]:
    """Start a relay and wait until the server has found it."""
    async with listening(service.data / "run" / "relay-0.sock") as relay:
        while not service.client.app[RELAYS].connected:
            await asyncio.sleep(0.005)
        yield relay


async def post(
    service: Service, body: str = "v=0\r\n", address: str = ADDRESS, **headers: str
) -> ClientResponse:
    return await service.client.post(address, data=body, headers={**SDP, **headers})


async def opened(service: Service) -> str:
    """Open a session and return its address."""
    response = await post(service)
    assert response.status == 201
    return response.headers["Location"]


async def test_an_offer_opens_a_session_that_can_be_ended(
    service: Service, relay: FakeRelay
) -> None:
    response = await post(service)
    assert response.status == 201
    assert response.headers["Content-Type"] == "application/sdp"
    assert response.headers["Cache-Control"] == "no-store"
    assert await response.text() == "v=0\r\nanswer"
    location = response.headers["Location"]
    assert location.startswith("/whep/b1/")
    assert relay.offers[0].worker_socket.endswith("worker-b1.sock")

    ended = await service.client.delete(location, headers={"If-Match": '"another"'})
    assert ended.status == 200  # the ETag means nothing here
    await relay.until(1)
    assert is_problem(await service.client.delete(location), 404)
    assert is_problem(await service.client.patch(location, data=CANDIDATES, headers=FRAGMENT), 404)


@pytest.mark.usefixtures("relay")
async def test_a_sessions_address_cannot_be_guessed(service: Service) -> None:
    names = {(await opened(service)).rpartition("/")[2] for _ in range(3)}
    # One viewer, whose hash is in each of them; 144 bits that are new each time.
    assert len({name[-24:] for name in names}) == 3
    assert all(re.fullmatch(r"[\w-]{41}", name) for name in names)


@pytest.mark.usefixtures("relay")
async def test_the_answer_names_the_ice_servers(service: Service) -> None:
    response = await post(service)
    stun, turn = response.headers.getall("Link")
    assert stun == '<stun:ice.example>; rel="ice-server"'
    assert re.fullmatch(
        r'<turn:ice\.example\?transport=tcp>; rel="ice-server"; username="\d+:[\w-]{12}"; '
        r'credential="[\w+/]{27}="; credential-type="password"',
        turn,
    )
    assert TURN_SECRET not in str(response.headers)
    again = (await post(service)).headers.getall("Link")[1]
    assert again != turn  # nobody is recognised by them
    preflight = await service.client.options(ADDRESS)
    assert "Link" not in preflight.headers


@pytest.mark.usefixtures("relay")
async def test_pages_of_other_sites_may_read_what_a_player_needs(service: Service) -> None:
    response = await post(
        service, Origin="https://player.example", **{"Sec-Fetch-Site": "cross-site"}
    )
    assert response.status == 201
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    exposed = response.headers["Access-Control-Expose-Headers"]
    assert {"ETag", "Link", "Location", "Retry-After"} <= set(exposed.split(", "))


async def test_candidates_are_passed_on(service: Service, relay: FakeRelay) -> None:
    location = await opened(service)
    headers = {**FRAGMENT, "If-Match": ETAG}
    response = await service.client.patch(location, data=CANDIDATES, headers=headers)
    assert response.status == 204
    assert "ETag" not in response.headers
    (change,) = relay.changes
    assert (change.sdp_fragment, change.if_match) == (CANDIDATES, ETAG)


async def test_a_restart_of_ice_gives_a_fragment_and_a_new_tag(
    service: Service, relay: FakeRelay
) -> None:
    assert (await post(service)).headers["ETag"] == ETAG
    location = await opened(service)
    relay.changed = Changed("", 200, "a=ice-ufrag:ours\r\n", '"ice-2"')
    headers = {**FRAGMENT, "If-Match": "*"}
    response = await service.client.patch(location, data=CANDIDATES, headers=headers)
    assert response.status == 200
    assert response.headers["ETag"] == '"ice-2"'
    assert response.content_type == FRAGMENT["Content-Type"]
    assert await response.text() == "a=ice-ufrag:ours\r\n"
    assert relay.changes[0].if_match == "*"


@pytest.mark.parametrize("status", [400, 404, 412, 422, 428, 503])
async def test_the_relays_verdict_on_a_change_reaches_the_player(
    service: Service, relay: FakeRelay, status: int
) -> None:
    location = await opened(service)
    relay.changed = Changed("", status)
    response = await service.client.patch(location, data=CANDIDATES, headers=FRAGMENT)
    assert is_problem(response, status)
    assert (await service.client.delete(location)).status == 200  # the session is still there


async def test_what_is_no_change_is_refused(service: Service, relay: FakeRelay) -> None:
    location = await opened(service)

    async def patch(data: bytes | str, headers: dict[str, str]) -> ClientResponse:
        return await service.client.patch(location, data=data, headers=headers)

    assert is_problem(await patch(CANDIDATES, SDP), 415)  # there are no counter-offers
    assert is_problem(await patch("x" * (MAX_OFFER_BYTES + 1), FRAGMENT), 413)
    assert is_problem(await patch(b"\xff", FRAGMENT), 400)
    assert is_problem(
        await service.client.patch(location.replace("b1", "b2"), data="", headers=FRAGMENT), 404
    )
    assert relay.changes == []


@pytest.mark.parametrize(
    ("status", "told"), [(400, 400), (406, 422), (409, 409), (422, 422), (503, 503)]
)
async def test_the_relays_refusals_reach_the_player(
    service: Service, relay: FakeRelay, status: int, told: int
) -> None:
    relay.status = status
    response = await post(service)
    assert is_problem(response, told)
    assert ("Retry-After" in response.headers) is (told in (409, 503))
    assert {"Location", "ETag", "Link"}.isdisjoint(response.headers)
    if told in (400, 422):
        assert "because" in (await response.json())["detail"]
    if told == 503:
        assert "已满" in (await response.json())["detail"]


async def test_what_is_no_offer_is_refused(service: Service, relay: FakeRelay) -> None:
    assert is_problem(await service.client.post(ADDRESS, json={}), 415)
    assert is_problem(await post(service, "x" * (MAX_OFFER_BYTES + 1)), 413)
    assert is_problem(await service.client.post(ADDRESS, data=b"\xff\xfe", headers=SDP), 400)
    assert is_problem(await post(service, address="/whep/nowhere"), 404)
    assert relay.offers == []


async def test_what_is_not_live_yet_may_be_asked_for_again(
    service: Service, relay: FakeRelay
) -> None:
    response = await post(service, address="/whep/b2")
    assert is_problem(response, 409)
    assert int(response.headers["Retry-After"]) > 0
    assert relay.offers == []


async def test_no_relay_is_told_as_such(service: Service) -> None:
    response = await post(service)
    assert is_problem(response, 503)
    assert int(response.headers["Retry-After"]) > 0


async def test_players_can_find_out_what_this_is(service: Service) -> None:
    head = await service.client.head(ADDRESS)
    assert head.status == 200
    assert head.headers["Content-Type"] == "application/sdp"
    get = await service.client.get(ADDRESS)
    volatile = {"Content-Length", "Date", "Set-Cookie"}
    assert set(get.headers) - volatile == set(head.headers) - volatile
    options = await service.client.options(
        ADDRESS,
        headers={"Origin": "https://player.example", "Access-Control-Request-Method": "POST"},
    )
    assert options.status == 204
    assert options.headers["Accept-Post"] == "application/sdp"
    assert options.headers["Access-Control-Allow-Origin"] == "*"
    assert "POST" in options.headers["Access-Control-Allow-Methods"]
    allowed = options.headers["Access-Control-Allow-Headers"].split(", ")
    assert {"Authorization", "Content-Type", "If-Match"} <= set(allowed)
    session = await service.client.options(f"{ADDRESS}/x")
    assert {"PATCH", "DELETE"} <= set(session.headers["Access-Control-Allow-Methods"].split(", "))
    assert session.headers["Accept-Patch"] == FRAGMENT["Content-Type"]


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT"])
async def test_other_methods_are_not_taken_by_a_session(service: Service, method: str) -> None:
    response = await service.client.request(method, f"{ADDRESS}/x")
    assert response.status == 405
    assert "DELETE" in response.headers["Allow"]


async def test_sessions_end_with_the_broadcast(service: Service, relay: FakeRelay) -> None:
    await post(service)
    service.on_air.origin.apply(StreamEnd("b1"))
    await relay.until(1)
    assert service.client.app[RELAYS].count("b1") == 0
    assert is_problem(await post(service), 409)


async def bearer(service: Service) -> str:
    """Add a technician; return a token of theirs."""
    accounts = service.client.app[ACCOUNTS]
    posting = Posting(Role.TECHNICIAN, None)
    person = await accounts.add_person("lin", "Lin", "a long way to the court", [posting])
    return f"Bearer {await accounts.issue_token(person.id, 'test')}"


@pytest.mark.usefixtures("relay")
async def test_who_shows_a_token_must_show_a_good_one(service: Service) -> None:
    good, bad = await bearer(service), "Bearer nonsense"
    location = (await post(service, Authorization=good)).headers["Location"]
    assert is_problem(await post(service, Authorization=bad), 401)
    assert is_problem(await service.client.get(ADDRESS, headers={"Authorization": bad}), 401)
    for method in ("PATCH", "DELETE"):
        refused = await service.client.request(method, location, headers={"Authorization": bad})
        assert is_problem(refused, 401)
        assert refused.headers["WWW-Authenticate"].startswith("Bearer")
    # A preflight has no token, and whoever knows a session needs none.
    assert (await service.client.options(location)).status == 204
    changed = await service.client.patch(
        location, data=CANDIDATES, headers={**FRAGMENT, "Authorization": good}
    )
    assert changed.status == 204
    assert (await service.client.delete(location)).status == 200


async def test_a_partners_key_opens_pictures_until_it_is_revoked(
    service: Service, relay: FakeRelay
) -> None:
    partners = service.client.app[PARTNERS]
    partner = await partners.add("Press", "")
    key, text = await partners.add_key(partner.id, "", [Scope.PULL])
    assert is_problem(await post(service, Authorization=f"Bearer {text}"), 403)  # no terms yet
    await partners.accept_terms(partner.id, TERMS_VERSION)
    response = await post(service, Authorization=f"Bearer {text}")
    assert response.status == 201
    assert text not in response.headers["Location"]
    assert (await post(service, address=f"{ADDRESS}?key={text}")).status == 201
    bystander = await opened(service)
    await partners.revoke(partner.id, key.id)
    await relay.until(2)
    assert is_problem(await post(service, Authorization=f"Bearer {text}"), 401)
    assert service.client.app[RELAYS].count("b1") == 1
    assert (await service.client.delete(bystander)).status == 200


async def test_a_flood_of_offers_is_stopped(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.playback.whep.OFFERS_PER_ADDRESS", RateLimitItemPerMinute(2))
    responses = [await post(service) for _ in range(4)]
    assert [one.status for one in responses] == [503, 503, 429, 429]
    assert int(responses[-1].headers["Retry-After"]) > 0


@pytest.mark.usefixtures("relay")
async def test_a_flood_of_changes_is_stopped(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.playback.whep.CHANGES_PER_ADDRESS", RateLimitItemPerMinute(2))
    location = await opened(service)
    statuses = [
        (await service.client.patch(location, data=CANDIDATES, headers=FRAGMENT)).status
        for _ in range(3)
    ]
    assert statuses == [204, 204, 429]


async def test_offers_that_pile_up_are_refused_and_everything_else_is_answered(
    service: Service, relay: FakeRelay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.playback.relay.MOST_WAITING", 8)
    monkeypatch.setattr("server.playback.relay.ANSWER_SECONDS", 60.0)  # nobody gives up his place
    relay.is_silent = True
    offers = [asyncio.create_task(post(service)) for _ in range(60)]
    _, waiting = await asyncio.wait(offers, return_when=asyncio.FIRST_COMPLETED)
    assert (await service.client.get("/healthz")).status == 200
    while len(waiting) > 8:
        _, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    relay.die()
    assert {(await one).status for one in offers} == {503}
    assert len(relay.offers) <= 8


async def test_whoever_goes_before_the_answer_leaves_no_session(
    service: Service, relay: FakeRelay
) -> None:
    relay.is_silent = True
    offer = Offer("s1", "b1", "/run/worker.sock", "v=0")
    asking = asyncio.create_task(service.client.app[RELAYS].offer(offer, "192.0.2.1"))
    while not relay.offers:
        await asyncio.sleep(0)
    asking.cancel()
    await relay.until(1)
    assert relay.closed == ["s1"]


@pytest.mark.parametrize(
    "name", ["monitor-room", "..%2Fmonitor-room", "b1%2F..%2F..%2Frun%2Fmonitor-room", "worker-b1"]
)
async def test_no_address_leads_to_anything_but_a_broadcasts_worker(
    service: Service, relay: FakeRelay, name: str
) -> None:
    response = await post(service, address=f"/whep/{name}")
    assert response.status in (404, 405)
    assert relay.offers == []
