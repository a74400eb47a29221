"""Who may look at a camera, and how that is proved: both sides of Basic and Digest; pure.

Sources: RFC 7616 §3.4 (Digest with MD5 and SHA-256, with and without qop), RFC 7617 (Basic); RFC
2617 §3.2.2.1 for cameras that know no qop.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
from collections.abc import Iterator
from dataclasses import dataclass

from media.feeds.rtsp_message import Request

# From the strongest to the weakest; what a camera offers beyond these is not spoken.
_HASHES = {"SHA-256": "sha256", "MD5": "md5"}
_PAIR = re.compile(r'([\w-]+)\s*=\s*(?:"([^"]*)"|([^\s,]*))')
# How often in a row a camera may call a fresh nonce too old before it is taken at its word no more.
_MOST_STALE = 2
_NEXT_SCHEME = re.compile(r",\s*(?=(?:basic|digest)\s)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Challenge:
    """One way in which a camera lets itself be proved to; ``algorithm`` is empty for Basic."""

    scheme: str
    algorithm: str
    realm: str
    nonce: str
    opaque: str | None
    has_qop: bool
    is_stale: bool = False  # the name and the password were right, the nonce was too old


def challenges(header: str) -> Iterator[Challenge]:
    """Yield what a WWW-Authenticate header offers (several of them: a line each)."""
    for line in header.split("\n"):
        for offer in _NEXT_SCHEME.split(line):
            scheme, _, told = offer.strip().partition(" ")
            pairs = _pairs(told)
            if scheme.lower() == "basic":
                yield Challenge("basic", "", pairs.get("realm", ""), "", None, has_qop=False)
            elif scheme.lower() == "digest" and "nonce" in pairs:
                yield Challenge(
                    "digest",
                    (pairs.get("algorithm") or "MD5").upper(),  # never none, which is Basic's
                    pairs.get("realm", ""),
                    pairs["nonce"],
                    pairs.get("opaque"),
                    has_qop="auth" in re.split(r"[\s,]+", pairs.get("qop", "")),
                    is_stale=pairs.get("stale", "").lower() == "true",
                )


def _pairs(told: str) -> dict[str, str]:
    return {name.lower(): quoted or plain for name, quoted, plain in _PAIR.findall(told)}


class Proof:
    """A client's side: proves one name and password to one camera, again when asked again."""

    def __init__(self, user: str, password: str) -> None:
        self._user, self._password = user, password
        self._challenge: Challenge | None = None
        self._count = self._stale = 0

    def take(self, header: str) -> bool:
        """Take what a 401 asks for; False if it cannot be answered or the answer was wrong.

        Most cameras ask with a new nonce each time. Who answered one with a wrong password would
        answer all of them, thousands in a second, and many a camera locks out who is wrong five
        times: a new nonce is answered if the one before had been good for something.
        """
        strength = [*_HASHES, ""]
        offers = [one for one in challenges(header) if one.algorithm in strength]
        best = min(offers, key=lambda one: strength.index(one.algorithm), default=None)
        if best is None or not self._user or best == self._challenge or self._is_wrong(best):
            return False
        self._challenge, self._count = best, 0
        return True

    def _is_wrong(self, asked: Challenge) -> bool:
        """Whether the first answer to a challenge was refused, as now another one is asked."""
        if self._challenge is None or self._count > 1:
            self._stale = 0
            return False
        self._stale += 1
        return not asked.is_stale or self._stale > _MOST_STALE

    def header(self, method: str, uri: str, own_nonce: str) -> dict[str, str]:
        """Return the header that proves it; none before anything was asked."""
        asked = self._challenge
        if asked is None:
            return {}
        self._count += 1
        if not asked.algorithm:
            known = base64.b64encode(f"{self._user}:{self._password}".encode()).decode()
            return {"Authorization": f"Basic {known}"}
        count = f"{self._count:08x}"
        qop = ("auth", count, own_nonce) if asked.has_qop else None
        response = _response(asked, (self._user, self._password), (method, uri), qop)
        told = {"username": self._user, "realm": asked.realm, "nonce": asked.nonce, "uri": uri}
        told["response"] = response
        if asked.opaque is not None:
            told["opaque"] = asked.opaque
        if qop is not None:
            told["cnonce"] = own_nonce
        quoted = [f'{name}="{_escaped(value)}"' for name, value in told.items()]
        if asked.algorithm != "MD5":  # old cameras stumble over it
            quoted.append(f"algorithm={asked.algorithm}")
        if qop is not None:
            quoted.append(f"qop=auth, nc={count}")
        return {"Authorization": "Digest " + ", ".join(quoted)}


def _escaped(value: str) -> str:
    """Return a value that can neither end its quotes nor its line."""
    return re.sub(r'[\x00-\x1f"\x7f]', "", value)


def _response(
    asked: Challenge,
    who: tuple[str, str],
    what: tuple[str, str],
    qop: tuple[str, str, str] | None,
) -> str:
    def digest(*parts: str) -> str:
        name = _HASHES[asked.algorithm]
        return hashlib.new(name, ":".join(parts).encode(), usedforsecurity=False).hexdigest()

    secret, request = digest(who[0], asked.realm, who[1]), digest(*what)
    if qop is None:
        return digest(secret, asked.nonce, request)
    return digest(secret, asked.nonce, qop[1], qop[2], qop[0], request)


@dataclass(frozen=True, slots=True)
class Credentials:
    """A camera's side: who may look; ``scheme`` is ``basic``, ``MD5`` or ``SHA-256``."""

    user: str
    password: str
    realm: str = "camera"
    scheme: str = "MD5"

    def challenge(self, nonce: str) -> dict[str, str]:
        """Return the header that asks for a proof."""
        if self.scheme == "basic":
            return {"WWW-Authenticate": f'Basic realm="{self.realm}"'}
        told = f'Digest realm="{self.realm}", nonce="{nonce}"'
        if self.scheme != "MD5":
            told += f', algorithm={self.scheme}, qop="auth"'
        return {"WWW-Authenticate": told}

    def is_proved(self, request: Request, nonce: str) -> bool:
        """Whether the request carries the right answer to ``nonce``."""
        kind, _, told = request.headers.get("authorization", "").partition(" ")
        if self.scheme == "basic":
            known = base64.b64encode(f"{self.user}:{self.password}".encode())
            return kind.lower() == "basic" and hmac.compare_digest(known, told.strip().encode())
        pairs = _pairs(told)
        if kind.lower() != "digest" or pairs.get("nonce") != nonce:
            return False
        if pairs.get("username") != self.user:
            return False
        asked = Challenge("digest", self.scheme, self.realm, nonce, None, has_qop="qop" in pairs)
        told_qop = pairs.get("qop", ""), pairs.get("nc", ""), pairs.get("cnonce", "")
        qop = told_qop if asked.has_qop else None
        what = request.method, pairs.get("uri", "")
        right = _response(asked, (self.user, self.password), what, qop)
        return hmac.compare_digest(right.encode(), pairs.get("response", "").encode())
