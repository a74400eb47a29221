"""The fan-out compiled: ``fanout.c``, built where the machine has a C compiler.

It holds no lock of Python's while it works. Without it ``media.relay.fanout`` does the same.
"""

from __future__ import annotations

import ctypes
import logging
import os
from pathlib import Path
from typing import Literal

from pylibsrtp._binding import ffi, lib  # type: ignore[import-not-found]

from media.relay.fanout import CANNOT_SEGMENT, Fanout, Load, PythonFanout, can_segment, send_singly
from media.relay.gcm import CannotUse, Gcm
from media.relay.library import place
from media.relay.target import Fields

_SIGNATURE = "srtp_err_status_t(*)(struct srtp_ctx_t_ *, void *, int *)"
_MASK = 0xFFFFFFFF
_log = logging.getLogger(__name__)

Way = Literal["native", "python"]


class _Frame(ctypes.Structure):
    _fields_ = [  # type: ignore[mutable-override]  # typeshed has a plain attribute
        ("payloads", ctypes.c_char_p),
        ("offsets", ctypes.POINTER(ctypes.c_uint32)),
        ("first", ctypes.c_uint64),
        ("start", ctypes.c_uint32),
        ("stop", ctypes.c_uint32),
        ("timestamp", ctypes.c_uint32),
        ("marked", ctypes.c_uint32),
        ("step", ctypes.c_uint32),
        ("padded", ctypes.c_uint32),
    ]


class CannotLoad(Exception):
    """There is no compiled fan-out that can be used here."""


class NativeFanout:
    """Hands frames and crowds to the compiled loop."""

    name = "native"

    def __init__(self, *, segments: bool, path: Path | None = None) -> None:
        """Load the library; raises ``CannotLoad``."""
        self.segments = segments
        if ffi.typeof(lib.srtp_protect).cname != _SIGNATURE:
            raise CannotLoad("another libsrtp")
        try:
            path = path or place()
            loaded = ctypes.CDLL(str(path))
            layout = loaded.tingbo_fanout_layout
            self._send = loaded.tingbo_fanout
        except (OSError, AttributeError) as problem:
            raise CannotLoad("not built") from problem
        layout.restype = ctypes.c_uint32
        if layout() != ctypes.sizeof(Fields) << 16 | ctypes.sizeof(_Frame):
            raise CannotLoad("built from another version")
        self._send.argtypes = (
            ctypes.c_void_p,
            ctypes.POINTER(_Frame),
            ctypes.c_uint32,
            ctypes.c_void_p,
            ctypes.c_uint32,
            ctypes.c_uint32,
            ctypes.c_int,
        )
        self._send.restype = ctypes.c_int
        self._protect = int(ffi.cast("uintptr_t", ffi.addressof(lib, "srtp_protect")))
        self._turn = 0
        self.gcm: Gcm | None = None
        try:
            self.gcm = Gcm(path)
        except CannotUse as reason:
            _log.info("AES-GCM by libsrtp: %s", reason)

    def send(self, *loads: Load) -> None:
        """Send to each in turn, beginning with another one each time."""
        rows = loads[0].crowd.rows(*[load.crowd for load in loads[1:]])
        if rows.count:
            self._turn = (self._turn + 1) % rows.count
            told = (_Frame * len(loads))(*map(_told, loads))
            failure = self._send(
                self._protect, told, len(loads), rows.pointers, rows.count, self._turn,
                self.segments,
            )  # fmt: skip
            if failure in CANNOT_SEGMENT and self.segments:
                _log.warning("no segmentation on this route: %s", os.strerror(failure))
                self.segments = False
        for load in loads:
            for target in load.crowd.streams:
                send_singly(target, load)


def _told(load: Load) -> _Frame:
    frame = load.frame
    return _Frame(
        payloads=frame.payloads,
        offsets=frame.native_offsets,
        first=frame.first,
        start=load.places[0],
        stop=load.places[1],
        timestamp=load.timestamp & _MASK,
        marked=frame.count - 1 if frame.is_video else _MASK,
        step=frame.step,
        padded=frame.padded,
    )


def fanout(way: Way | None = None, *, segments: bool | None = None) -> Fanout:
    """Return the best fan-out of this machine, or the one asked for; tells which in the log.

    Raises ``CannotLoad`` if the compiled one is asked for and is not there.
    """
    cuts = can_segment() if segments is None else segments
    chosen: Fanout
    if way == "python":
        chosen = PythonFanout(segments=cuts)
    else:
        try:
            chosen = NativeFanout(segments=cuts)
        except CannotLoad as reason:
            if way == "native":
                raise
            _log.info("the compiled fan-out is not used: %s", reason)
            chosen = PythonFanout(segments=cuts)
    _log.info(
        "fan-out: %s, %s segmentation, AES-GCM by %s",
        chosen.name,
        "with" if cuts else "without",
        "libsrtp" if chosen.gcm is None else "itself",
    )
    return chosen
