"""Names of what playlists point at, the same on disk and in addresses.

``<rendition>/init-<version>.mp4``, ``<rendition>/<msn>.m4s`` (segment) and, live only,
``<rendition>/<msn>.<part>.m4s`` (part). Captions end in ``.vtt`` and are on no disk.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from media.errors import UnknownResource

# From a media playlist at /hls/{id}/s/{session}/{rendition}.m3u8 (or /replay/…) to /hls/{id}/.
MEDIA_PREFIX = "../../"
MEDIA_SUFFIX, CAPTIONS_SUFFIX = "m4s", "vtt"
# What shows a hearing can be withdrawn, and must then be gone from every cache within five seconds:
# a cache asks again after this time, and is told that nothing has changed (RFC 9111 §4.3).
ASK_AGAIN_S = 2
_NAME = re.compile(
    r"(?P<rendition>[a-z][a-z0-9]{0,15})/"
    r"(?:(?P<msn>0|[1-9]\d{0,9})(?:\.(?P<part>0|[1-9]\d{0,3}))?\.(?P<suffix>m4s|vtt)|init-(?P<init>[1-9]\d{0,5})\.mp4)",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class ResourceName:
    """A parsed name: an init section, a segment (no part) or a part."""

    rendition: str
    msn: int | None = None
    part: int | None = None
    init: int | None = None
    suffix: str = MEDIA_SUFFIX

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
        return ResourceName(found["rendition"], **numbers, suffix=found["suffix"] or MEDIA_SUFFIX)


@dataclass(frozen=True, slots=True)
class Resource:
    """Bytes to be sent: ``body``, or the whole file ``path``. ``max_age`` in seconds.

    The file may have gone in the meantime: then the answer is 404. ``name`` tells a body from all
    others of its broadcast: what has a name never changes (an entity tag). What an address with
    ``changes`` leads to may be another body later.
    """

    content_type: str
    max_age: int
    body: bytes | None = None
    path: Path | None = None
    name: str = ""
    changes: bool = False


def init_name(version: int) -> str:
    """Name of an init section below its rendition."""
    return f"init-{version}.mp4"


def key_frames_name(rendition: str) -> str:
    """Name of the playlist of a rendition's key frames."""
    return f"{rendition}i"


def segment_name(msn: int, suffix: str = MEDIA_SUFFIX) -> str:
    """Name of a segment below its rendition."""
    return f"{msn}.{suffix}"


def part_name(msn: int, part: int, suffix: str = MEDIA_SUFFIX) -> str:
    """Name of a part below its rendition."""
    return f"{msn}.{part}.{suffix}"
