"""How the machine's own clock stands: to the court's clock, and to the time of the world.

The court clock takes the machine's once and then runs on by itself (``media.clock``), so that
nothing steps within a hearing. What is stamped with it is right only if the machine's clock was.
"""

from __future__ import annotations

import ctypes
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

_TIME_ERROR = 5  # <sys/timex.h>: the clock is not synchronised
_TIMEX_BYTES = (
    512  # struct timex has 208 bytes on 64 bit; its first field, modes, 0: change nothing
)


@dataclass(frozen=True, slots=True)
class MachineClock:
    """``off_us`` is how far it is before the court's clock; ``is_kept``: a time server keeps it.

    ``is_kept`` is None where the system does not tell.
    """

    off_us: int
    is_kept: bool | None


@cache
def _adjtimex() -> Callable[..., int] | None:
    """Return the C library's function; None where there is none (it is Linux's)."""
    try:
        return ctypes.CDLL(None, use_errno=True).adjtimex
    except (OSError, AttributeError):
        return None


def is_kept() -> bool | None:
    """Return whether the kernel holds the clock to be synchronised; None if it does not tell."""
    asked = _adjtimex()
    if asked is None:
        return None
    state = asked(ctypes.create_string_buffer(_TIMEX_BYTES))
    return None if state < 0 else state != _TIME_ERROR


def machine_clock(court_us: int) -> MachineClock:
    """Return how the clock stands at court time ``court_us``, which must be now."""
    return MachineClock(time.time_ns() // 1000 - court_us, is_kept())
