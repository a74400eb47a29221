"""Who is heard where: the ears of all viewers at the port's sockets, and one viewer's way there."""

from __future__ import annotations

import socket
from collections import Counter
from typing import Protocol

from media.relay import stun
from media.relay.ear import Ear
from media.relay.ice import Agent, Credentials, Path
from media.relay.intake import Intake, Reading, Take
from media.relay.srtp import Unprotector

_FIRST_ASKED_SECONDS = 4.0  # before the agent does (0.8 times five seconds)


class Receiver(Protocol):
    """Who gets what is not usual of one viewer's reports."""

    def on_report(self, plain: bytes) -> None:
        """Take a compound packet that came where its ear is, decrypted."""


class Ears:
    """All ears of a port; its sockets are numbered as they were opened."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._readings: list[Reading] = []
        self._receivers: dict[int, Receiver] = {}

    def open(self, source: socket.socket, take: Take) -> Reading:
        """Return what reads the next socket; ``take`` gets what no ear is for."""
        reading = self._intake.reading(source, take, self._on_report)
        self._readings.append(reading)
        return reading

    def listen(self, unprotector: Unprotector, receiver: Receiver) -> Listener:
        """Give a viewer an ear; it hears once it has followed the viewer to a path."""
        ear = self._intake.ear(unprotector)
        self._receivers[ear.number] = receiver
        return Listener(self, ear)

    def place(self, ear: Ear, before: Path | None, path: Path | None) -> None:
        """Move an ear from a path to another one; None, and any by TCP, is nowhere."""
        if before is not None and before.way == "udp" and self._readings:
            self._readings[before.local].drop(before.address, ear)
        if path is not None and path.way == "udp" and self._readings:
            self._readings[path.local].put(path.address, ear)

    def forget(self, ear: Ear) -> None:
        """Bring nothing of an ear's any more."""
        self._receivers.pop(ear.number, None)

    def _on_report(self, number: int, plain: bytes) -> None:
        receiver = self._receivers.get(number)
        if receiver is not None:
            receiver.on_report(plain)

    def counted(self) -> Counter[str]:
        """Return what was dropped, by reason."""
        found: Counter[str] = Counter()
        for reading in self._readings:
            found.update(reading.counted())
        return found

    def close(self) -> None:
        """Hear nobody any more."""
        for reading in self._readings:
            reading.close()
        self._readings.clear()


class Listener:
    """One viewer's ear, which goes where the viewer goes."""

    def __init__(self, ears: Ears, ear: Ear) -> None:
        self._ears, self.ear = ears, ear
        self._path: Path | None = None
        self._asks: tuple[Credentials, Path] | None = None

    def follow(self, path: Path | None) -> None:
        """Hear the viewer by this path and no other."""
        if path != self._path:
            self._ears.place(self.ear, self._path, path)
            self._path = path

    def settle(self, agent: Agent, now: float) -> None:
        """Do what is usual on the agent's selected path, and tell the agent what came of it."""
        self.ear.know(agent.usual, agent.local.password)
        path = agent.selected
        if path is None or path != self._path or path.way == "tcp":
            self._asks = None
            self.ear.ask_no_more()
        elif self._asks == (agent.local, path):
            agent.renewed(*self.ear.consent)
        else:
            self._asks = (agent.local, path)
            body, password = stun.packed(agent.question(path)), agent.remote.password
            self.ear.ask(body, password, agent.mark, now + _FIRST_ASKED_SECONDS)

    def close(self) -> None:
        """Hear nothing more, and leave nothing of the keys."""
        self.follow(None)
        self._ears.forget(self.ear)
        self.ear.close()
