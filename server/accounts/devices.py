"""A browser in two words, so that people recognise their own sessions [pure].

Only these words are kept and never what the browser sent, which is long, anybody's text, and tells
more of a person's machine than is needed.
"""

from __future__ import annotations

_LONGEST = 512  # a longer one is no browser's
# The first that is found: Edge and Opera call themselves Chrome too, and everybody says Safari.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("MicroMessenger/", "WeChat"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
    ("Python/", "Python"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iOS"),
    ("iPad", "iPadOS"),
    ("HarmonyOS", "HarmonyOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)


def device_words(user_agent: str) -> str:
    """Return e.g. ``Firefox, Windows`` for a ``User-Agent``; empty if it tells nothing."""
    told = user_agent[:_LONGEST]
    found = (
        next((word for sign, word in known if sign in told), "") for known in (_BROWSERS, _SYSTEMS)
    )
    return ", ".join(word for word in found if word)
