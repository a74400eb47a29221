"""What is known of one viewer by the compiled part that reads the port, and what it has noted.

``ear.h`` declares the same structures. What is noted lies there until somebody wants to know.
"""

from __future__ import annotations

import ctypes
import itertools
from collections.abc import Iterator, Sequence
from typing import Any

from pylibsrtp._binding import ffi  # type: ignore[import-not-found]

from media.feeds.rtcp import ReportBlock
from media.relay.srtp import Unprotector
from media.relay.stun import Pattern

MOST_MEDIA, _MOST_PATTERN = 4, 232
_MOST_PASSWORD = 64  # a block of SHA-1; what is longer is hashed first, and ours are not
_numbers = itertools.count(1)


class _Credit(ctypes.Structure):
    _fields_ = [("left", ctypes.c_double), ("at", ctypes.c_double)]  # type: ignore[mutable-override]


class _Report(ctypes.Structure):
    _fields_ = [  # type: ignore[mutable-override]  # typeshed has a plain attribute
        ("at", ctypes.c_double),
        ("count", ctypes.c_uint32),
        ("ssrc", ctypes.c_uint32),
        ("lost", ctypes.c_int32),
        ("last_report", ctypes.c_uint32),
        ("since_report", ctypes.c_uint32),
        ("unused", ctypes.c_uint32),
    ]


class _Key(ctypes.Structure):
    _fields_ = [  # type: ignore[mutable-override]
        ("inner", ctypes.c_uint32 * 5),
        ("outer", ctypes.c_uint32 * 5),
    ]


class _Consent(ctypes.Structure):
    _fields_ = [  # type: ignore[mutable-override]
        ("due", ctypes.c_double),
        ("sent_at", ctypes.c_double),
        ("given_at", ctypes.c_double),
        ("rtt", ctypes.c_double),
        ("body_bytes", ctypes.c_uint32),
        ("mark", ctypes.c_uint8 * 4),
        ("transaction", ctypes.c_uint8 * 12),
        ("body", ctypes.c_uint8 * _MOST_PATTERN),
    ]


class EarFields(ctypes.Structure):
    """As ``ear.h`` has them."""

    _fields_ = [  # type: ignore[mutable-override]
        ("srtp", ctypes.c_void_p),
        ("number", ctypes.c_uint64),
        ("heard_at", ctypes.c_double),
        ("estimate_at", ctypes.c_double),
        ("estimate", ctypes.c_uint64),
        ("reports", _Report * MOST_MEDIA),
        ("datagrams", _Credit),
        ("checks", _Credit),
        ("news", ctypes.c_uint32),
        ("ignored", ctypes.c_uint32),
        ("media", ctypes.c_uint32),
        ("pattern_bytes", ctypes.c_uint32),
        ("own_key", _Key),
        ("their_key", _Key),
        ("pattern", ctypes.c_uint8 * _MOST_PATTERN),
        ("consent", _Consent),
    ]


def declare(library: ctypes.CDLL) -> None:
    """Say what the library's functions take; raises ``AttributeError`` if it has others."""
    key = (ctypes.c_void_p, ctypes.c_char_p, ctypes.c_uint32, ctypes.c_int)
    library.tingbo_ear_key.argtypes = key
    library.tingbo_ear_end.argtypes = (ctypes.c_void_p,)
    library.tingbo_ear_key.restype = library.tingbo_ear_end.restype = None


class Ear:
    """One viewer's; ``close`` wipes its keys, and then nothing of the viewer's is usual."""

    def __init__(self, library: ctypes.CDLL, unprotector: Unprotector) -> None:
        self._library, self._unprotector = library, unprotector  # whose keys are used in place
        self.fields = EarFields(
            srtp=int(ffi.cast("uintptr_t", unprotector.pointer)), number=next(_numbers)
        )
        self._known: Pattern | None = None
        self._told = 0
        self._counts: list[int] = []
        self._estimated = 0.0

    @property
    def number(self) -> int:
        """Its own; no other ear of this process ever has it."""
        return int(self.fields.number)

    @property
    def heard_at(self) -> float:
        """When the viewer last sent something that only it can have made, 0 if it has not."""
        return float(self.fields.heard_at)

    def know(self, pattern: Pattern | None, password: str) -> None:
        """Answer checks of a pattern that are signed with our password; None: none."""
        if pattern is self._known:
            return
        self._known = pattern
        self.fields.pattern_bytes = 0
        if pattern is None or not pattern.is_request or not self._take_key(password, is_ours=True):
            return
        if 0 < len(pattern.attributes) <= _MOST_PATTERN:
            ctypes.memmove(self.fields.pattern, pattern.attributes, len(pattern.attributes))
            self.fields.pattern_bytes = len(pattern.attributes)

    def _take_key(self, password: str, *, is_ours: bool) -> bool:
        secret = password.encode()
        if len(secret) > _MOST_PASSWORD:
            return False
        self._library.tingbo_ear_key(ctypes.byref(self.fields), secret, len(secret), is_ours)
        return True

    def ask(self, body: bytes, password: str, mark: bytes, due: float) -> None:
        """Ask for consent from ``due`` on, every five seconds: checks of these attributes.

        They are signed with the viewer's password; ``mark`` (4 bytes) begins their transactions.
        """
        consent: Any = self.fields.consent
        consent.due = consent.sent_at = consent.given_at = 0.0
        if len(body) > _MOST_PATTERN or not self._take_key(password, is_ours=False):
            return
        ctypes.memmove(consent.body, body, len(body))
        ctypes.memmove(consent.mark, mark, len(consent.mark))
        consent.body_bytes, consent.due = len(body), due

    def ask_no_more(self) -> None:
        """Leave it to others to ask for consent."""
        self.fields.consent.due = self.fields.consent.sent_at = 0.0

    @property
    def consent(self) -> tuple[float, float]:
        """When consent was last given, 0 if it has not been, and how long that answer took."""
        return float(self.fields.consent.given_at), float(self.fields.consent.rtt)

    def expect(self, ssrcs: Sequence[int]) -> None:
        """Note reports of these streams; ``ValueError`` if they are too many."""
        if len(ssrcs) > MOST_MEDIA:
            raise ValueError("too many media")
        for report, ssrc in zip(self.fields.reports, ssrcs, strict=False):
            report.ssrc = ssrc
        self.fields.media = len(ssrcs)
        self._counts = [0] * len(ssrcs)

    def news(self) -> Iterator[tuple[ReportBlock, float]]:
        """Return the newest report of each stream if it is new, and when it came."""
        if self.fields.news == self._told:
            return
        self._told = self.fields.news
        for at, count in enumerate(self._counts):
            noted: Any = self.fields.reports[at]
            if noted.count != count:
                self._counts[at] = noted.count
                yield (
                    ReportBlock(
                        noted.ssrc, 0, noted.lost, 0, 0, noted.last_report, noted.since_report
                    ),
                    noted.at,
                )

    def estimate(self) -> tuple[int, float] | None:
        """Return what the viewer says that its line carries, in bit/s, and when; None: no news."""
        if self.fields.estimate_at == self._estimated:
            return None
        self._estimated = self.fields.estimate_at
        return int(self.fields.estimate), self._estimated

    def close(self) -> None:
        """Let nothing be left of its keys."""
        self._library.tingbo_ear_end(ctypes.byref(self.fields))
