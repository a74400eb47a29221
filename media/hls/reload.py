"""Delivery directives: whether a playlist request is answered now, later or never (§6.2.5).

Section numbers are those of draft-pantos-hls-rfc8216bis-22.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from media.errors import InvalidReload
from media.hls.window import Edge

# decimal-integer: "a value from 0 to 2^64-1" (§4.2)
_DECIMAL = re.compile(r"[0-9]{1,20}", re.ASCII)
_MAX = 2**64 - 1
WAIT_TARGETS = 3  # "SHOULD return 503 after blocking for three Target Durations" (§6.2.5.2)
_AHEAD = 2


@dataclass(frozen=True, slots=True)
class Directives:
    """What a request asks for: hold until this part of this segment; a delta update.

    ``skip_dates``: one that leaves out older Date Ranges, too.
    """

    msn: int | None = None
    part: int | None = None
    skip: bool = False
    skip_dates: bool = False


def parse(query: Mapping[str, str]) -> Directives:
    """Read the directives of a query; raises ``InvalidReload`` and nothing else.

    What does not begin with ``_HLS_`` is none of our business.
    """
    msn = _number(query, "_HLS_msn")
    part = _number(query, "_HLS_part")
    if part is not None and msn is None:
        # A part alone: "the Server MUST return a Bad Request" (§6.2.5.2).
        raise InvalidReload("_HLS_part without _HLS_msn")
    skip = query.get("_HLS_skip")
    if skip not in {None, "YES", "v2"}:
        raise InvalidReload("_HLS_skip is neither YES nor v2")
    return Directives(msn, part, skip is not None, skip == "v2")


def _number(query: Mapping[str, str], name: str) -> int | None:
    text = query.get(name)
    if text is None:
        return None
    if not _DECIMAL.fullmatch(text) or int(text) > _MAX:
        raise InvalidReload(f"{name} is not a decimal integer")
    return int(text)


def advance_part_limit(part_target: float) -> int:
    """How many parts ahead may be asked for: 3 / target below one second, else 3 (§6.2.5.2)."""
    return math.ceil(3 / part_target) if part_target < 1 else 3


def is_satisfied(directives: Directives, edge: Edge) -> bool:
    """Whether a playlist that reaches to ``edge`` holds what is asked for.

    An old segment is: "the Server MUST deliver the entire Playlist, even if the requested Media
    Segment is no longer in it". Without a part the whole segment is waited for. A part beyond the
    last of a complete segment means part 0 of the next one.
    """
    msn, part = directives.msn, directives.part
    if msn is None or msn < edge.complete:
        return True
    if msn == edge.complete:
        return part is None or part < edge.final or edge.open > 0
    return msn == edge.complete + 1 and part is not None and part < edge.open


def check(directives: Directives, edge: Edge, part_target: float) -> None:
    """Raise ``InvalidReload`` if the request looks too far ahead; ``part_target`` in seconds."""
    msn, part = directives.msn, directives.part
    if msn is None or msn < edge.complete:
        return
    if msn > edge.complete + _AHEAD:
        raise InvalidReload("_HLS_msn is too far ahead")
    if part is None:
        return
    newest = edge.final - 1 if msn == edge.complete else edge.open - 1
    if msn > edge.complete + 1:
        newest = -1
    if part > newest + advance_part_limit(part_target):
        raise InvalidReload("_HLS_part is beyond the Advance Part Limit")
