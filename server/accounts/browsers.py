"""Browsers that somebody has signed in with before (OWASP: "device cookies").

Whoever guesses passwords comes without such a cookie, so what holds them back need not hold back
those who come with one. The cookie opens nothing: name, password and code are asked all the same.
It names the browser, with a signature for each of the last people who signed in with it.
"""

from __future__ import annotations

import re

from server.identity import ID_PATTERN, new_id
from server.signing import Signer

_PURPOSE = "browser"
_MOST_PEOPLE = 8
_COOKIE = re.compile(rf"({ID_PATTERN})((?:\.[\w-]{{22}}){{0,{_MOST_PEOPLE}}})")


def familiar_browser(signer: Signer, cookie: str, name: str) -> str:
    """Return the browser's id if this person has signed in with it before, else nothing."""
    browser, signatures = _read(cookie)
    for one in signatures:
        if signer.is_signed(_PURPOSE, f"{browser}:{name}", one):
            return browser
    return ""


def browser_cookie(signer: Signer, cookie: str, name: str) -> str:
    """Return the cookie after this person has signed in with the browser."""
    browser, signatures = _read(cookie)
    browser = browser or new_id()
    mine = signer.sign(_PURPOSE, f"{browser}:{name}")
    others = [one for one in signatures if one != mine]
    return ".".join([browser, mine, *others[: _MOST_PEOPLE - 1]])


def _read(cookie: str) -> tuple[str, list[str]]:
    found = _COOKIE.fullmatch(cookie)
    return (found[1], found[2].split(".")[1:]) if found else ("", [])
