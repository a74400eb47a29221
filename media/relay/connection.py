"""One viewer's connection: ICE, DTLS and keys over the relay's port; a ``Link`` for its media.

It knows nothing of pictures: who owns it hears when it is connected, when it moved to another
address, what reports came in, and when it is over.
"""

from __future__ import annotations

import asyncio
import base64
import os
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from media.relay.candidates import Candidate
from media.relay.credit import Credit
from media.relay.dtls import HANDSHAKE, Dtls, Fingerprint, Identity
from media.relay.ear import Ear
from media.relay.ears import Listener
from media.relay.gcm import Gcm
from media.relay.ice import MOST_PATHS, Agent, Credentials, Outgoing, Path
from media.relay.owner import Owner
from media.relay.port import Port
from media.relay.srtp import SHORT_WINDOW, WINDOW, Keys, NotAuthentic, Protector, Unprotector
from media.relay.stun import BINDING_REQUEST, Stun

RESTART_SECONDS = 30.0
"""A restart that nobody followed is forgotten; the session goes on as it was."""
CONNECT_SECONDS = 15.0
CLOSED = "closed"
_MOST_DATAGRAMS_A_SECOND = 1000
_MOST_EARLY = 4
_LEAST_PAUSE_SECONDS = 0.005
_RTCP_TYPES = range(192, 224)  # RFC 5761 §4


def new_credentials() -> Credentials:
    """Return a fragment and a password that nobody can guess (72 and 144 bits)."""
    ufrag, password = (base64.b64encode(os.urandom(size)).decode() for size in (9, 18))
    return Credentials(ufrag, password)


@dataclass(frozen=True, slots=True)
class Peer:
    """What was agreed on of a viewer's end.

    ``has_rtx``: no picture is sent again under its own number, so a short window of SRTP will do.
    """

    credentials: Credentials
    fingerprints: Sequence[Fingerprint]
    candidates: Sequence[Candidate]
    has_rtx: bool = False


class Connection:
    """Implements ``media.relay.link.Link`` and ``media.relay.port.Receiver``."""

    def __init__(
        self,
        port: Port,
        identity: Identity,
        peer: Peer,
        owner: Owner,
        gcm: Gcm | None = None,
    ) -> None:
        self._port, self._owner, self._gcm = port, owner, gcm
        self._loop = asyncio.get_running_loop()
        self._mark = port.new_mark()
        self._window = SHORT_WINDOW if peer.has_rtx else WINDOW
        self._dtls = Dtls(identity, peer.fingerprints)
        self._began = self._loop.time()
        self._agent = self._new_agent(new_credentials(), peer.credentials)
        self._next: Agent | None = None
        self._paths: set[Path] = set()
        self._path: Path | None = None
        self._early: list[tuple[bytes, Path]] = []
        self._unprotector: Unprotector | None = None
        self._protector: Protector | None = None
        self._listener: Listener | None = None
        self._timer: asyncio.TimerHandle | None = None
        self.socket: socket.socket | None = None
        self.address: tuple[Any, ...] = ()
        self.over = ""
        self._datagrams = Credit(_MOST_DATAGRAMS_A_SECOND, self._began)
        self.add_candidates(peer.candidates)

    @property
    def local(self) -> Credentials:
        """Our credentials: of the restart, if one is under way."""
        return (self._next or self._agent).local

    @property
    def _agents(self) -> list[Agent]:
        """The running ICE session, and that of a restart that is under way."""
        return [self._agent] if self._next is None else [self._agent, self._next]

    @property
    def is_connected(self) -> bool:
        """Whether media can be sent."""
        return self._protector is not None and not self.over

    @property
    def way(self) -> Literal["", "udp", "tcp"]:
        """How the viewer is reached; "" before there is a way."""
        return self._path.way if self._path is not None else ""

    @property
    def rtt_ms(self) -> float:
        """How long the last check took."""
        return self._agent.rtt_ms

    @property
    def ear(self) -> Ear | None:
        """Where what is usual of the viewer is noted, if the port notes anything."""
        return self._listener.ear if self._listener is not None else None

    def now(self) -> float:
        """Return the event loop's time."""
        return self._loop.time()

    @property
    def protector(self) -> Protector:
        """The viewer's keys; only once connected."""
        if self._protector is None:
            raise RuntimeError("not connected yet")
        return self._protector

    def send(self, packet: bytes) -> bool:
        """Send a protected datagram; False: it was dropped."""
        return self._path is not None and self._port.send(self._path, packet)

    def send_message(self, message: bytes) -> bool:
        """Send by DTLS; False: it was dropped."""
        is_sent = self._dtls.send(message)
        self._flush_dtls()
        return is_sent

    def add_candidates(self, candidates: Sequence[Candidate]) -> None:
        """Take addresses at which the viewer may be; those that we cannot reach are passed over."""
        agent, now = self._next or self._agent, self._loop.time()
        for each in candidates:
            path = self._port.path_to(each.host, each.port)
            if path is not None:
                agent.add(path, each.priority, now)
        self._schedule()

    def restart(self, remote: Credentials) -> Credentials:
        """Begin a new ICE session beside the running one, which ends when the new one is chosen."""
        if self._next is not None:
            self._port.expect_no_more(self._next.local.ufrag)
        self._next = self._new_agent(new_credentials(), remote)
        return self._next.local

    def close(self, reason: str = CLOSED) -> None:
        """End the connection and tell the viewer; safe to call again."""
        if self.over:
            return
        self.over = reason
        if self._protector is None and reason != CLOSED:
            self._port.count(reason)
        self._dtls.close()
        self._flush_dtls()
        if self._timer is not None:
            self._timer.cancel()
        for agent in self._agents:
            self._port.expect_no_more(agent.local.ufrag)
        self._port.leave(self._mark, tuple(self._paths))
        self._owner.on_over(reason)
        if self._listener is not None:
            self._listener.close()
        if self._protector is not None:
            self._protector.close()

    def on_stun(self, message: Stun, path: Path) -> None:
        """Answer a check, or take the answer to one of ours."""
        now = self._loop.time()
        agent = self._agent_of(message)
        if agent is None or self.over:
            return
        if message.kind == BINDING_REQUEST:
            self._on_check(agent, message, path, now)
        else:
            agent.on_response(message, path, now)
        self._settle(now)

    def on_usual_stun(self, datagram: bytes, path: Path) -> bool:
        """Answer a check like the last one of the path in use; False: it has to be read."""
        now = self._loop.time()
        out = None if self.over else self._agent.on_usual(datagram, path, now)
        if out is None:
            return False
        if out:
            self._owner.on_heard(now)
            self._transmit(out)
        return True

    def _on_check(self, agent: Agent, message: Stun, path: Path, now: float) -> None:
        self._remember_heard()
        out = agent.on_request(message, path, now)
        if out and agent.knows(path):
            if not self._port.claim(path, self, now):
                agent.forget(path)
                return
            self._paths.add(path)
            if len(self._paths) > MOST_PATHS:
                self._release_forgotten()
            self._owner.on_heard(now)
        self._transmit(out)

    def _release_forgotten(self) -> None:
        """Give back paths that no agent remembers: a viewer has a bounded number of them."""
        for path in tuple(self._paths):
            if not any(agent.knows(path) for agent in self._agents):
                self._paths.discard(path)
                self._port.release(path, self)

    def _is_flooding(self, now: float) -> bool:
        """Whether more comes than is worth decrypting; anybody can send with a viewer's address."""
        if self._datagrams.take(1, now):
            return False
        self._port.count("flood")
        return True

    def _agent_of(self, message: Stun) -> Agent | None:
        if message.kind == BINDING_REQUEST:
            ours = message.username[0]
            return next((agent for agent in self._agents if agent.local.ufrag == ours), None)
        return next((agent for agent in self._agents if agent.was_asked(message)), None)

    def on_dtls(self, datagram: bytes, path: Path) -> None:
        """Take DTLS records; they wait until the path is known to be the viewer's."""
        now = self._loop.time()
        if self.over or self._is_flooding(now):
            return
        if not self._agent.has_answered(path):
            if len(self._early) < _MOST_EARLY:
                self._early.append((datagram, path))
            return
        self._take_dtls(datagram)
        self._settle(now)

    def on_rtp(self, datagram: bytes, path: Path) -> None:
        """Take RTCP; media of a viewer is wanted by nobody."""
        now = self._loop.time()
        if self._is_flooding(now):
            return
        if self._unprotector is None or len(datagram) < 2 or datagram[1] not in _RTCP_TYPES:  # noqa: PLR2004
            self._port.count("unwanted")
            return
        try:
            plain = self._unprotector.unprotect_rtcp(datagram)
        except NotAuthentic:
            self._port.count("not authentic")
            return
        self._agent.heard(path, now)
        self._owner.on_rtcp(plain, now)

    def on_report(self, plain: bytes) -> None:
        """Take RTCP that was decrypted already, from the path in use."""
        self._owner.on_rtcp(plain, self._loop.time())

    def _remember_heard(self) -> None:
        """Let the agent know that the viewer was heard where its ear is."""
        if self._path is not None and self._listener is not None:
            self._agent.heard(self._path, self._listener.ear.heard_at)

    def was_heard(self, path: Path, now: float) -> bool:
        """Whether the viewer used a path of late."""
        self._remember_heard()
        return any(agent.was_heard(path, now) for agent in self._agents)

    def on_path_lost(self, path: Path) -> None:
        """Leave a TCP connection that has ended."""
        self._paths.discard(path)
        for agent in self._agents:
            agent.forget(path)
        if not self.over:
            self._settle(self._loop.time())

    def _new_agent(self, local: Credentials, remote: Credentials) -> Agent:
        agent = Agent(
            local, remote, self._port.priorities, self._mark, os.urandom, self._loop.time()
        )
        self._port.expect(local.ufrag, self._mark, self)
        return agent

    def _transmit(self, out: Outgoing) -> None:
        for path, data in out:
            self._port.send(path, data)

    def _take_dtls(self, datagram: bytes) -> None:
        if self._protector is not None and datagram[0] == HANDSHAKE:
            self._owner.on_late_keys(self._loop.time())
        for message in self._dtls.receive(datagram):
            self._owner.on_message(message)
        self._flush_dtls()

    def _flush_dtls(self) -> None:
        path = self._path or self._agent.way_out()
        for datagram in self._dtls.outgoing(self._loop.time(), self.rtt_ms / 1000):
            if path is not None:
                self._port.send(path, datagram)

    def _settle(self, now: float) -> None:
        """Draw the conclusions of what was just heard."""
        if self._next is not None and self._next.selected is not None:
            self._port.expect_no_more(self._agent.local.ufrag)
            self._agent, self._next = self._next, None
        self._follow(self._agent.way_out())
        if self._early and self._path is not None:
            self._take_early()
        if self._protector is None and self._dtls.keys is not None and self._path is not None:
            self._use(self._dtls.keys)
        if self._listener is not None:
            self._listener.settle(self._agent, now)
        if self._dtls.over:
            self.close(self._dtls.over)
        elif self._agent.is_lost(now):
            self.close("no consent any more")
        self._schedule()

    def _take_early(self) -> None:
        early, self._early = self._early, []
        for datagram, path in early:
            if self._agent.has_answered(path):
                self._take_dtls(datagram)

    def _use(self, keys: Keys) -> None:
        """Media may go out, and reports come in."""
        self._unprotector = Unprotector(keys)
        self._protector = Protector(keys, self._window, self._gcm)
        if self._port.ears is not None:
            self._listener = self._port.ears.listen(self._unprotector, self)
            self._listener.follow(self._path)
        self._owner.on_connected(self)

    def _follow(self, path: Path | None) -> None:
        if path is None or path == self._path:
            return
        is_first = self._path is None
        self._path = path
        if self._listener is not None:
            self._listener.follow(path)
        self.socket, self.address = self._port.socket_of(path), path.address
        if not is_first:
            self._owner.on_moved(self)

    def _due(self) -> float:
        due = self._agent.due()
        if self._next is not None:
            due = min(due, self._next.due(), self._next.began + RESTART_SECONDS)
        if self._protector is None:
            due = min(due, self._began + CONNECT_SECONDS)
        repeat_at = self._dtls.due()
        return due if repeat_at is None else min(due, repeat_at)

    def _schedule(self) -> None:
        if self.over:
            return
        due = max(self._due(), self._loop.time() + _LEAST_PAUSE_SECONDS)
        if self._timer is not None:
            if self._timer.when() <= due:
                return  # it comes early and looks again
            self._timer.cancel()
        self._timer = self._loop.call_at(due, self._on_time)

    def _on_time(self) -> None:
        self._timer, now = None, self._loop.time()
        if self._listener is not None:
            self._listener.settle(self._agent, now)
        self._transmit(self._agent.tick(now))
        if self._next is not None:
            self._transmit(self._next.tick(now))
            if self._next.began + RESTART_SECONDS <= now:
                self._port.expect_no_more(self._next.local.ufrag)
                self._next = None
        if self._protector is None and now >= self._began + CONNECT_SECONDS:
            self.close("not connected in time")
            return
        if self._path is not None:
            self._transmit([(self._path, datagram) for datagram in self._dtls.repeated(now)])
        self._settle(now)
