"""Signing in with OpenID Connect: what is sent, and what of the answers is believed [pure].

Authorization code flow with PKCE (OpenID Connect Core 1.0 §3.1, RFC 7636); nothing that comes back
through the browser is believed before its ``state`` is ours, and nothing of the ID token before its
signature (``server.oidc.provider``) and every claim of §3.1.3.7 is checked. Times are Unix seconds.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from server.issuer import is_guarded

# Never "none", and nothing with a shared secret: what both can make proves nothing of who did.
ALGORITHMS: Final = (
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512",
)  # fmt: skip
SKEW_S: Final = 60  # two machines of a court that keep time at all are nearer than this
FLOW_S: Final = 600  # to find the password of the provider, and its second factor
_LONGEST_SUBJECT = 255  # OpenID Connect Core §2
_LONGEST_CODE = 2048
_LONGEST_NAME = 64
LOGOUT_EVENT: Final = "http://schemas.openid.net/event/backchannel-logout"


class Refused(Exception):
    """An answer that is not believed; the text is for the log and holds nothing of the answer."""


@dataclass(frozen=True, slots=True)
class Provider:
    """What a provider tells of itself (OpenID Connect Discovery §3).

    ``with_header``: takes the client's secret as HTTP Basic; ``tells_issuer``: always names itself
    when the browser comes back (RFC 9207 §3).
    """

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    algorithms: tuple[str, ...]
    with_header: bool
    tells_issuer: bool


@dataclass(frozen=True, slots=True)
class Flow:
    """A sign-in that was begun; the browser keeps it encrypted.

    ``person``: who connects their account; empty where somebody signs in. ``then``: the page that
    was wanted. ``proved``: who signed in with the provider and owes us the second factor;
    ``session``: a digest of their session there.
    """

    state: str
    nonce: str
    verifier: str
    began: int
    person: str = ""
    then: str = ""
    proved: str = ""
    session: str = ""


@dataclass(frozen=True, slots=True)
class Logout:
    """That a session at the provider is over, or all of somebody's.

    ``subject`` is empty where it was not told, ``session`` (a digest) where all are meant.
    ``token`` is a digest of the token's own name, by which it is taken once.
    """

    token: str
    subject: str
    session: str


def read_metadata(document: Mapping[str, Any], issuer: str) -> Provider:
    """Return what the document tells; it must be the issuer's own (Discovery §4.3)."""
    if document.get("issuer") != issuer:
        raise Refused("discovery of another issuer")
    plain_here = urlsplit(issuer).scheme == "http"
    names = ("authorization_endpoint", "token_endpoint", "jwks_uri")
    if not all(is_guarded(document.get(name), plain_here=plain_here) for name in names):
        raise Refused("discovery without safe endpoints")
    algorithms = _texts(document, "id_token_signing_alg_values_supported", ["RS256"])
    methods = _texts(document, "token_endpoint_auth_methods_supported", ["client_secret_basic"])
    usable = tuple(one for one in ALGORITHMS if one in algorithms)
    if not usable:
        raise Refused("no algorithm that is taken")
    return Provider(
        issuer=issuer,
        authorization_endpoint=document["authorization_endpoint"],
        token_endpoint=document["token_endpoint"],
        jwks_uri=document["jwks_uri"],
        algorithms=usable,
        with_header="client_secret_post" not in methods or "client_secret_basic" in methods,
        tells_issuer=document.get("authorization_response_iss_parameter_supported") is True,
    )


def _texts(document: Mapping[str, Any], name: str, default: list[str]) -> list[str]:
    found = document.get(name, default)
    if not isinstance(found, list):
        raise Refused("discovery that is none")
    return [one for one in found if isinstance(one, str)]


def challenge_of(verifier: str) -> str:
    """Return the challenge S256 of a verifier (RFC 7636 §4.2)."""
    return urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def authorization_address(
    provider: Provider, client: str, back: str, flow: Flow, *, with_profile: bool
) -> str:
    """Return where the browser goes; ``back`` is the page of ours to which it returns."""
    asked = {
        "response_type": "code",
        "client_id": client,
        "redirect_uri": back,
        "scope": "openid profile" if with_profile else "openid",
        "state": flow.state,
        "nonce": flow.nonce,
        "code_challenge": challenge_of(flow.verifier),
        "code_challenge_method": "S256",
    }
    joint = "&" if urlsplit(provider.authorization_endpoint).query else "?"
    return f"{provider.authorization_endpoint}{joint}{urlencode(asked)}"


def belongs(query: Mapping[str, str], flow: Flow, now: float) -> bool:
    """Tell whether an answer is to this very sign-in, which was begun not long ago."""
    is_ours = hmac.compare_digest(
        query.get("state", "").encode(errors="replace"), flow.state.encode()
    )
    return is_ours and not flow.proved and 0 <= now - flow.began <= FLOW_S


def code_of(query: Mapping[str, str], provider: Provider) -> str:
    """Return the code that the browser brought back, empty if the provider gave none.

    Raises ``Refused`` for the answer of another provider (mix-up, RFC 9207 §2.4).
    """
    told = query.get("iss")
    if told != provider.issuer and (told is not None or provider.tells_issuer):
        raise Refused("answer of another issuer")
    if "error" in query:
        return ""
    code = query.get("code", "")
    if not 0 < len(code) <= _LONGEST_CODE:
        raise Refused("answer without code")
    return code


def check_claims(
    claims: Mapping[str, Any], provider: Provider, client: str, nonce: str, now: float
) -> str:
    """Return the subject whom an ID token vouches for, whose signature is right (Core §3.1.3.7).

    Raises ``Refused`` for a token of another, for another, of another sign-in or time.
    """
    if claims.get("iss") != provider.issuer:
        raise Refused("token of another issuer")
    _check_audience(claims, client)
    given = claims.get("nonce")
    if not isinstance(given, str) or not hmac.compare_digest(given.encode(), nonce.encode()):
        raise Refused("token of another sign-in")
    _check_times(claims, now)
    subject = claims.get("sub")
    if not isinstance(subject, str) or not is_subject(subject):
        raise Refused("token about nobody")
    return subject


def session_of(claims: Mapping[str, Any]) -> str:
    """Return a digest of the session at the provider that a token names, empty if it names none."""
    found = claims.get("sid")
    if found is None:
        return ""
    if not isinstance(found, str) or not found:
        raise Refused("token with a session that is none")
    return hashlib.sha256(found.encode(errors="replace")).hexdigest()


def check_logout(claims: Mapping[str, Any], provider: Provider, client: str, now: float) -> Logout:
    """Return what a logout token tells, whose signature is right (Back-Channel Logout 1.0 §2.6).

    Raises ``Refused`` for a token of another, for another, of another time, and for one that could
    be an ID token: it has no nonce, and says what it is.
    """
    if claims.get("iss") != provider.issuer:
        raise Refused("token of another issuer")
    _meant_for(claims, client)
    _check_times(claims, now)
    events = claims.get("events")
    if not isinstance(events, dict) or not isinstance(events.get(LOGOUT_EVENT), dict):
        raise Refused("token that tells of no logout")
    if "nonce" in claims:
        raise Refused("token of a sign-in")
    subject, session, name = claims.get("sub", ""), session_of(claims), claims.get("jti")
    if subject != "" and not (isinstance(subject, str) and is_subject(subject)):
        raise Refused("token about nobody")
    if not subject and not session:
        raise Refused("token about nobody")
    if not isinstance(name, str) or not name:
        raise Refused("token without a name")
    token = hashlib.sha256(name.encode(errors="replace")).hexdigest()
    return Logout(token, subject, session)


def is_subject(text: str) -> bool:
    """Tell whether this can be the name of somebody at a provider (Core §2: ASCII, 255)."""
    return 0 < len(text) <= _LONGEST_SUBJECT and text.isascii() and text.isprintable()


def name_in(claims: Mapping[str, Any], claim: str) -> str:
    """Return the sign-in name that a claim tells, in the form in which ours are kept, or empty."""
    found = claims.get(claim) if claim else None
    if not isinstance(found, str) or len(found) > _LONGEST_NAME:
        return ""
    return found.strip().casefold()


def _meant_for(claims: Mapping[str, Any], client: str) -> list[Any]:
    """Return for whom a token is; raises ``Refused`` where the client is not among them."""
    audience = claims.get("aud")
    meant = audience if isinstance(audience, list) else [audience]
    if client not in meant:
        raise Refused("token for another")
    return meant


def _check_audience(claims: Mapping[str, Any], client: str) -> None:
    meant = _meant_for(claims, client)
    party = claims.get("azp")
    if party != client and (party is not None or len(meant) > 1):
        raise Refused("token given to another")


def _check_times(claims: Mapping[str, Any], now: float) -> None:
    ends, made, begins = (_seconds(claims, name) for name in ("exp", "iat", "nbf"))
    if ends is None or ends <= now - SKEW_S:
        raise Refused("token that is over")
    if made is None or not now - FLOW_S - SKEW_S <= made <= now + SKEW_S:
        raise Refused("token of another time")
    if begins is not None and begins > now + SKEW_S:
        raise Refused("token of another time")


def _seconds(claims: Mapping[str, Any], name: str) -> float | None:
    found = claims.get(name)
    if found is None:
        return None
    if isinstance(found, bool) or not isinstance(found, int | float):
        raise Refused("token without times")
    return found


def page_of_ours(wanted: str) -> str:
    """Return the page of this site to go to after signing in: an address must not lead elsewhere.

    A browser takes a backslash for a slash, and drops tabs and line ends.
    """
    is_ours = wanted.startswith("/") and not wanted.startswith(("//", "/\\"))
    return (
        wanted if is_ours and wanted.isprintable() and len(wanted) <= _LONGEST_CODE else "/console"
    )
