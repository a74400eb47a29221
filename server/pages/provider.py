"""What pages show of the provider of identities, where one is set."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from aiohttp import web

from server.oidc.model import page_of_ours
from server.oidc.routes import BEGIN_PAGE
from server.oidc.service import OIDC
from server.oidc.store import ProviderAccount
from server.pages.words import WORDS, word
from server.request_keys import LANGUAGE

_ASKS_CODE = "code"


@dataclass(frozen=True, slots=True)
class ProviderView:
    """The provider. ``problem``: why a sign-in came to nothing, in the reader's words."""

    label: str
    address: str
    problem: str
    asks_code: bool
    account: ProviderAccount | None = None


@dataclass(frozen=True, slots=True)
class ConnectedView:
    """The provider as administrators see it: everybody's account there, by person.

    ``tells_names``: a first sign-in under the person's name can connect an account.
    """

    label: str
    tells_names: bool
    accounts: dict[str, ProviderAccount]


async def connected_view(request: web.Request) -> ConnectedView | None:
    """Return who is connected with the provider; None: none is set."""
    oidc = request.app.get(OIDC)
    if oidc is None:
        return None
    return ConnectedView(oidc.label, bool(oidc.name_claim), await oidc.accounts())


async def provider_view(request: web.Request, person: str = "") -> ProviderView | None:
    """Return what is shown of the provider, with the person's account there; None: none is set."""
    oidc = request.app.get(OIDC)
    if oidc is None:
        return None
    told = request.query.get("provider", "")
    name = f"provider_{told}"
    then = page_of_ours(request.query.get("next", ""))
    return ProviderView(
        oidc.label,
        f"{BEGIN_PAGE}?next={quote(then, safe='/')}",
        word(request[LANGUAGE], name) if name in WORDS else "",
        told == _ASKS_CODE,
        await oidc.account(person) if person else None,
    )
