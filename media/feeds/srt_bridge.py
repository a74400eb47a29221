"""The program that speaks SRT for the recorder: an ffmpeg with libsrt, as a process of its own.

It takes the stream out of SRT and gives it on as MPEG-TS through a pipe, decoding nothing. Address,
passphrase and stream id are told through its standard input, as an ``ffconcat`` script: arguments
and environment of a process can be read by others at the machine, its input cannot. Of what it
says, only known words are understood; nothing of it is logged.

``python -m media.feeds.srt_bridge ARGUMENT…`` becomes that program, tied to its parent's life
first: a recorder that is killed must not leave a listener behind that holds its port.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import select
import subprocess
import sys
import threading
import time

from media.errors import FeedUnavailable
from media.feeds import issues
from media.feeds.address import SrtAddress
from media.process import die_with_parent

CONNECT_MS = 3000
WORDS_SECONDS = 30.0  # how long a caller with a wrong passphrase is told of
_PIPE_BYTES = 1024 * 1024  # between bridge and feed; behind it libsrt drops what is late
_F_SETPIPE_SZ = 1031
_END_SECONDS = 1.0
_LINE = 4096
# Senders put a quarter of a second of sound into one packet. A muxer that waits for it, to sort
# both by time, lets pictures out six at a time; the record does not need them sorted.
_WAIT_FOR_SOUND_US = "1"  # 0 is for ever
_ARGUMENTS = (
    "-hide_banner", "-nostats", "-loglevel", "verbose",
    "-f", "concat", "-safe", "0", "-protocol_whitelist", "pipe,srt",
    "-format_whitelist", "concat,mpegts",  # a sender must not have it open anything else
    "-i", "pipe:0", "-map", "0:v:0?", "-map", "0:a:0?", "-c", "copy",
    "-f", "mpegts", "-muxdelay", "0", "-muxpreload", "0",
    "-max_interleave_delta", _WAIT_FOR_SOUND_US,
    "-pes_payload_size", "0", "-flush_packets", "1", "pipe:1",
)  # fmt: skip
_DROPPED = re.compile(r"RCV-DROPPED (\d+) packet")
# Words of libsrt and ffmpeg, the surest first.
_MISSING = "no program that speaks SRT"
_SAID = (
    (_MISSING, issues.NO_BRIDGE),
    ("BADSECRET", issues.UNAUTHORISED),
    ("UNSECURE", issues.UNAUTHORISED),
    ("Incorrect passphrase", issues.UNAUTHORISED),
    ("Protocol not found", issues.NO_BRIDGE),
    ("Unrecognized option", issues.NO_BRIDGE),
    ("REJECT", issues.REFUSED),
    ("Invalid data found", issues.GARBAGE),
    ("failed", issues.UNREACHABLE),
    ("not on whitelist", issues.GARBAGE),  # what came is no transport stream
)


def script(where: SrtAddress) -> str:
    """Return what the program is to open."""
    host = f"[{where.host}]" if ":" in where.host else where.host
    mode = "listener" if where.is_listener else "caller"
    options = {
        "latency": str(where.latency_ms * 1000),
        "connect_timeout": str(CONNECT_MS),
        "analyzeduration": "500000",
        "probesize": "1000000",
        "fpsprobesize": "0",
        "passphrase": where.passphrase,
        "streamid": where.streamid,
        "ipv6only": "0" if where.host == "::" else "",
    }
    lines = ["ffconcat version 1.0", f"file {_quoted(f'srt://{host}:{where.port}?mode={mode}')}"]
    lines += [f"option {name} {_quoted(value)}" for name, value in options.items() if value]
    return "\n".join([*lines, ""])


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "'\\''") + "'"


class Bridge:
    """The running program. Belongs to one thread, but for what it says."""

    def __init__(self, where: SrtAddress) -> None:
        """Start it; raises ``FeedUnavailable``."""
        command = [sys.executable, "-m", "media.feeds.srt_bridge", *_ARGUMENTS]
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own arguments
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
            )
        except OSError:
            raise FeedUnavailable(issues.NO_BRIDGE) from None
        self._said: dict[str, float] = {}
        self._dropped = 0
        with contextlib.suppress(OSError):
            fcntl.fcntl(self._out, _F_SETPIPE_SZ, _PIPE_BYTES)
        self._listener = threading.Thread(target=self._listen, name="srt-words", daemon=True)
        self._listener.start()
        if self._process.stdin is not None:
            with contextlib.suppress(OSError), self._process.stdin as told:
                told.write(script(where).encode())

    @property
    def _out(self) -> int:
        return self._process.stdout.fileno() if self._process.stdout is not None else -1

    @property
    def has_ended(self) -> bool:
        """Whether the program is gone."""
        return self._process.poll() is not None

    @property
    def dropped(self) -> int:
        """How many SRT packets came too late to be used, so far."""
        return self._dropped

    def said(self) -> str:
        """Return the code of the surest trouble it told of lately, or nothing."""
        if self.has_ended:
            self._listener.join(_END_SECONDS)  # its last words
        now = time.monotonic()
        known = [code for _, code in _SAID if now - self._said.get(code, -1e9) < WORDS_SECONDS]
        return known[0] if known else ""

    def receive(self, most: int, until: float) -> bytes:
        """Return what it gives; empty at ``until`` (monotonic, in seconds) or at its end."""
        if not self.wait(until):
            return b""
        data = os.read(self._out, most)
        if not data:  # it is ending
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(_END_SECONDS)
        return data

    def wait(self, until: float) -> bool:
        """Wait until it gives something or ends; False if neither happens in time."""
        left = max(until - time.monotonic(), 0)
        return bool(select.select([self._out], [], [], left)[0])

    def _listen(self) -> None:
        stream = self._process.stderr
        while stream is not None and (line := stream.readline(_LINE)):
            text = line.decode("utf-8", "replace")
            dropped = _DROPPED.search(text)
            if dropped:
                self._dropped += int(dropped[1])
            for word, code in _SAID:
                if word in text:
                    self._said[code] = time.monotonic()
                    break

    def end(self) -> None:
        """End the program: it holds nothing that could be lost."""
        self._process.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_END_SECONDS)
        self._listener.join(_END_SECONDS)
        for stream in (self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()


def main() -> None:
    """Become the program that speaks SRT, without this process's environment."""
    die_with_parent()
    try:
        import imageio_ffmpeg  # noqa: PLC0415 - a fifth of a second that no recorder should wait

        path = imageio_ffmpeg.get_ffmpeg_exe()
        os.execve(path, [path, *sys.argv[1:]], {})  # noqa: S606 - started by ourselves
    except (ImportError, RuntimeError, OSError):
        sys.exit(_MISSING)


if __name__ == "__main__":
    main()
