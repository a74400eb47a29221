"""Names of what playlists point at, the same on disk and in addresses.

``<rendition>/init-<version>.mp4``, ``<rendition>/<msn>.m4s`` (segment) and, live only,
``<rendition>/<msn>.<part>.m4s`` (part).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from media.errors import UnknownResource

# From a media playlist at /hls/{id}/s/{session}/{rendition}.m3u8 (or /replay/…) to /hls/{id}/.
MEDIA_PREFIX = "../../"
_NAME = re.compile(
    r"(?P<rendition>[a-z][a-z0-9]{0,15})/"
    r"(?:(?P<msn>0|[1-9]\d{0,9})(?:\.(?P<part>0|[1-9]\d{0,3}))?\.m4s|init-(?P<init>[1-9]\d{0,5})\.mp4)",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class ResourceName:
    """A parsed name: an init section, a segment (no part) or a part."""

    rendition: str
    msn: int | None = None
    part: int | None = None
    init: int | None = None

    @staticmethod
    @lru_cache(4096)  # the newest parts are asked for by everybody
    def parse(name: str) -> ResourceName:
        """Take a name apart; raises ``UnknownResource`` for any other text."""
        found = _NAME.fullmatch(name)
        if not found:
            raise UnknownResource("no such name")
        numbers = {
            key: int(found[key]) for key in ("msn", "part", "init") if found[key] is not None
        }
        return ResourceName(found["rendition"], **numbers)


@dataclass(frozen=True, slots=True)
class Resource:
    """Bytes to be sent: ``body``, or the whole file ``path``. ``max_age`` in seconds.

    The file may have gone in the meantime: then the answer is 404. ``name`` tells a body from all
    others of its broadcast: what has a name never changes (an entity tag).
    """

    content_type: str
    max_age: int
    body: bytes | None = None
    path: Path | None = None
    name: str = ""


def init_name(version: int) -> str:
    """Name of an init section below its rendition."""
    return f"init-{version}.mp4"


def segment_name(msn: int) -> str:
    """Name of a segment below its rendition."""
    return f"{msn}.m4s"


def part_name(msn: int, part: int) -> str:
    """Name of a part below its rendition."""
    return f"{msn}.{part}.m4s"
