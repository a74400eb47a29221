"""The relay's one port: UDP sockets and TCP listeners of the same number at each address.

All viewers share it. A datagram is told apart by its first byte (RFC 7983) and by whom it comes
from; strangers are heard only if their check names one of our user name fragments, which nobody
can guess. Whatever else arrives costs a look into a dictionary and is counted.
"""

from __future__ import annotations

import contextlib
import errno
import os
import socket
from collections import Counter
from collections.abc import Sequence
from functools import partial
from typing import Protocol

from media.relay import stun
from media.relay.candidates import LocalCandidate, local_priority
from media.relay.drain import Drain, datagrams
from media.relay.dtls import HANDSHAKE
from media.relay.ears import Ears
from media.relay.ice import Path
from media.relay.intake import Intake
from media.relay.stun import Address
from media.relay.tcp import Doors

SOCKET_BUFFER_BYTES = 4 * 1024 * 1024
"""A key frame for each of several hundred viewers; the kernel gives what it allows."""
_TRIES = 20
MARK_BYTES = 4


class Receiver(Protocol):
    """A viewer's connection as the port knows it."""

    def on_stun(self, message: stun.Stun, path: Path) -> None:
        """Take a STUN message that is for this viewer, signed or not."""

    def on_usual_stun(self, datagram: bytes, path: Path) -> bool:
        """Answer a check that says nothing new; False: it is to be read and brought again."""

    def on_dtls(self, datagram: bytes, path: Path) -> None:
        """Take DTLS records from one of its paths."""

    def on_rtp(self, datagram: bytes, path: Path) -> None:
        """Take RTP or RTCP from one of its paths."""

    def was_heard(self, path: Path, now: float) -> bool:
        """Whether it used a path of late."""

    def on_path_lost(self, path: Path) -> None:
        """Hear that a TCP connection has ended."""


class Port:
    """Sockets, and which viewer is at which address.

    ``public`` are addresses that a router maps to ours, port by port (RFC 8445 §5.1.1.1).
    ``counted`` are datagrams that nobody got, by reason. Where there is an ``intake`` it does what
    is usual of those viewers whose ears lie here.
    """

    def __init__(
        self,
        addresses: Sequence[str],
        number: int = 0,
        public: Sequence[str] = (),
        intake: Intake | None = None,
    ) -> None:
        self._sockets, self.number = _bind(addresses, number)
        self._addresses = list(addresses)
        self._drains: list[Drain] = []
        self.ears = Ears(intake) if intake is not None else None
        self._by_path: dict[Path, Receiver] = {}
        self._by_ufrag: dict[str, Receiver] = {}
        self._by_mark: dict[bytes, Receiver] = {}
        self._counted: Counter[str] = Counter()
        self.doors = Doors(self._on_datagram, self._on_path_lost)
        self.priorities = [local_priority("udp", index) for index in range(len(addresses))]
        self.priorities.append(local_priority("tcp", 0))
        self.candidates = tuple(self._candidates(public))

    def _candidates(self, public: Sequence[str]) -> list[LocalCandidate]:
        own = [
            LocalCandidate("udp", host, self.number, local_priority("udp", index))
            for index, host in enumerate(self._addresses)
        ]
        own += [
            LocalCandidate("tcp", host, self.number, local_priority("tcp", index))
            for index, host in enumerate(self._addresses)
        ]
        for index, host in enumerate(public):
            base = next((each for each in self._addresses if (":" in each) == (":" in host)), "")
            for way in ("udp", "tcp"):
                priority = local_priority(way, index, "srflx")
                behind = (base or "0.0.0.0", self.number)  # noqa: S104 - "unknown" in SDP
                own.append(LocalCandidate(way, host, self.number, priority, behind))
        return own

    async def open(self) -> None:
        """Begin to listen."""
        for index, each in enumerate(self._sockets):
            take = partial(self._take, index)
            read = datagrams(each, take) if self.ears is None else self.ears.open(each, take)
            self._drains.append(Drain(each, read))
        for host in self._addresses:
            await self.doors.open(host, self.number)

    async def close(self) -> None:
        """Stop listening."""
        for drain in self._drains:
            drain.close()
        for each in self._sockets:
            each.close()
        if self.ears is not None:
            self.ears.close()
        await self.doors.close()

    def _take(self, index: int, data: bytes, address: Address) -> None:
        self._on_datagram(data, Path("udp", index, address))

    @property
    def counted(self) -> Counter[str]:
        """Datagrams that nobody got, by reason."""
        return self._counted + (self.ears.counted() if self.ears is not None else Counter())

    def count(self, reason: str) -> None:
        """Count something that is nobody's."""
        self._counted[reason] += 1

    def expect(self, ufrag: str, mark: bytes, receiver: Receiver) -> None:
        """From now on checks that name ``ufrag``, and answers to ``mark``, are the receiver's."""
        self._by_ufrag[ufrag] = receiver
        self._by_mark[mark] = receiver

    def new_mark(self) -> bytes:
        """Return what the transactions of a new viewer begin with; nobody else's do."""
        while (mark := os.urandom(MARK_BYTES)) in self._by_mark:
            pass
        return mark

    def expect_no_more(self, ufrag: str) -> None:
        """Forget a user name fragment."""
        self._by_ufrag.pop(ufrag, None)

    def leave(self, mark: bytes, paths: Sequence[Path]) -> None:
        """Forget a viewer."""
        receiver = self._by_mark.pop(mark, None)
        for path in paths:
            if receiver is not None:
                self.release(path, receiver)
            if path.way == "tcp":
                self.doors.shut(path.local)

    def claim(self, path: Path, receiver: Receiver, now: float) -> bool:
        """Give a path to a viewer whose signed check came by it; False: another one is using it.

        Who can send with a foreign address cannot so take over a viewer that is there.
        """
        holder = self._by_path.get(path)
        if holder is receiver:
            return True
        if holder is not None and holder.was_heard(path, now):
            self._counted["taken"] += 1
            return False
        self._by_path[path] = receiver
        self.doors.welcome(path)
        return True

    def release(self, path: Path, receiver: Receiver) -> None:
        """Take a path back that a viewer does not use any more."""
        if self._by_path.get(path) is receiver:
            del self._by_path[path]

    def socket_of(self, path: Path) -> socket.socket | None:
        """Return the UDP socket of a path, None for TCP."""
        return self._sockets[path.local] if path.way == "udp" else None

    def path_to(self, host: str, port: int) -> Path | None:
        """Return the path to an address by our first socket of its family, None without one."""
        for index, each in enumerate(self._addresses):
            if (":" in each) == (":" in host):
                # A loopback socket reaches nothing else, and nobody else shall reach it through us.
                if _is_loopback(host) != _is_loopback(each):
                    continue
                address = (host, port, 0, 0) if ":" in host else (host, port)
                return Path("udp", index, address)
        return None

    def hurry(self, *, has_lost: bool = False) -> None:
        """Look more often for a while: somebody joins, or has lost packets or its picture."""
        for drain in self._drains:
            drain.hurry(has_lost=has_lost)

    def look(self) -> None:
        """Read what has come instead of waking up for it soon."""
        for drain in self._drains:
            drain.look()

    def send(self, path: Path, data: bytes) -> bool:
        """Send a datagram; False: it would have had to wait or has no way, and was dropped."""
        if path.way == "tcp":
            return self.doors.send(path.local, data)
        try:
            self._sockets[path.local].sendto(data, path.address)
        except OSError:
            self._counted["unsent"] += 1
            return False
        return True

    def _on_datagram(self, data: bytes, path: Path) -> None:
        first = data[0] if data else 0xFF
        receiver = self._by_path.get(path)
        if first < 4:  # noqa: PLR2004
            if receiver is None or not receiver.on_usual_stun(data, path):
                self._on_stun(data, path)
        elif receiver is None:
            self._counted["strangers"] += 1
        elif 128 <= first < 192:  # noqa: PLR2004
            receiver.on_rtp(data, path)
        elif 20 <= first < 64:  # noqa: PLR2004
            if first == HANDSHAKE:
                self.hurry()
            receiver.on_dtls(data, path)
        else:
            self._counted["garbage"] += 1

    def _on_stun(self, data: bytes, path: Path) -> None:
        try:
            message = stun.parse(data)
        except stun.NotStun:
            self._counted["garbage"] += 1
            return
        if message.kind == stun.BINDING_REQUEST:
            receiver = self._by_ufrag.get(message.username[0])
        else:
            receiver = self._by_mark.get(message.transaction[:MARK_BYTES])
        if receiver is None:
            self._counted["strangers"] += 1
        else:
            if message.kind == stun.BINDING_REQUEST:
                self.hurry()
            receiver.on_stun(message, path)

    def _on_path_lost(self, path: Path) -> None:
        receiver = self._by_path.pop(path, None)
        if receiver is not None:
            receiver.on_path_lost(path)


def _is_loopback(host: str) -> bool:
    return host.startswith("127.") or host == "::1"


def _bind(addresses: Sequence[str], number: int) -> tuple[list[socket.socket], int]:
    """Return UDP sockets of one number that is free for TCP too; raises ``OSError``."""
    for attempt in range(_TRIES):
        with contextlib.ExitStack() as undo:
            try:
                sockets = _bind_once(addresses, number, undo)
            except OSError as problem:
                if number or problem.errno != errno.EADDRINUSE or attempt == _TRIES - 1:
                    raise
                continue
            undo.pop_all()
            return sockets, sockets[0].getsockname()[1]
    raise OSError(errno.EADDRINUSE, "no free port")


def _bind_once(
    addresses: Sequence[str], number: int, undo: contextlib.ExitStack
) -> list[socket.socket]:
    sockets: list[socket.socket] = []
    for host in addresses:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        each = undo.enter_context(socket.socket(family, socket.SOCK_DGRAM))
        if family == socket.AF_INET6:
            each.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        for option in (socket.SO_SNDBUF, socket.SO_RCVBUF):
            each.setsockopt(socket.SOL_SOCKET, option, SOCKET_BUFFER_BYTES)
        each.settimeout(0)
        each.bind((host, number))
        number = number or each.getsockname()[1]
        with socket.socket(family, socket.SOCK_STREAM) as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            trial.bind((host, number))
        sockets.append(each)
    return sockets
