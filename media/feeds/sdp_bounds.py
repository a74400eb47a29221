"""How much an SDP offer may say before a parser is let near it; pure.

aiortc's parser takes the square of some lines' number; browsers need far fewer of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

MAX_SDP_BYTES = 64 * 1024
MOST_LINES = 1000
PARSER_ERRORS = (
    ValueError,
    IndexError,
    KeyError,
    AttributeError,
    AssertionError,
    TypeError,
    RecursionError,
    StopIteration,
)
"""What aiortc's parser raises on what is no SDP."""
_MOST_OF = {"m=": 8, "a=rtpmap:": 128, "a=rtcp-fb:": 400, "a=rtcp-fb:*": 16, "a=ssrc": 64}
_MOST_OF_A_TYPE = 3  # a payload type once in each medium


def is_modest(lines: Sequence[str]) -> bool:
    """Whether an offer has no more of anything than a browser could have to say."""
    if len(lines) > MOST_LINES:
        return False
    types = Counter(line.partition(" ")[0] for line in lines if line.startswith("a=rtpmap:"))
    return max(types.values(), default=0) <= _MOST_OF_A_TYPE and all(
        sum(line.startswith(head) for line in lines) <= most for head, most in _MOST_OF.items()
    )
