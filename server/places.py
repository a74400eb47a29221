"""Where things lie below the data directory: the one place that knows the names [pure]."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

# sockaddr_un holds 108 bytes with the closing zero (unix(7)).
LONGEST_SOCKET_PATH = 107


@dataclass(frozen=True, slots=True)
class Places:
    """Paths below the data directory."""

    data: Path

    @property
    def run(self) -> Path:
        """What belongs to running processes."""
        return self.data / "run"

    @property
    def wanted(self) -> Path:
        """One file per process that should run."""
        return self.run / "wanted"

    @property
    def blobs(self) -> Path:
        """Photos and other bytes that the database names."""
        return self.data / "blobs"

    @property
    def secret(self) -> Path:
        """The server's own secret."""
        return self.run / "secret"

    @property
    def rules(self) -> Path:
        """Policies and checklists that whoever runs the machine has put there."""
        return self.data / "rules"

    def emblem(self, court: str) -> Path:
        """A court's emblem, a PNG that whoever runs the machine has put there."""
        return self.data / "emblems" / f"{court}.png"

    @property
    def exports(self) -> Path:
        """Copies of ranges of the court's record."""
        return self.data / "exports"

    @property
    def proofs(self) -> Path:
        """Digests of copies that were handed out; they outlive the copies."""
        return self.data / "proofs"

    def check(self, broadcast: str) -> Path:
        """How the newest check of a broadcast's record fares."""
        return self.data / "checks" / broadcast

    @property
    def keys(self) -> Path:
        """Keys of the court's record, unless the settings name another place."""
        return self.data / "keys"

    @property
    def closed_keys(self) -> Path:
        """Keys of what was closed of it, unless the settings name another place."""
        return self.data / "closed-keys"

    @property
    def equipment(self) -> Path:
        """What cameras send while they are tried without a hearing; nothing of it is kept."""
        return self.data / "equipment"

    def spool(self, courtroom: str) -> Path:
        """The court's record of a courtroom."""
        return self.data / "spool" / courtroom

    def recess(self, courtroom: str) -> Path:
        """Which broadcast's recesses the courtroom's recorder leaves out (``media.following``)."""
        return self.run / f"recess-{courtroom}.json"

    def broadcast(self, broadcast: str) -> Path:
        """Order log and public recording of a broadcast."""
        return self.data / "broadcasts" / broadcast

    def socket(self, name: str) -> Path:
        """The socket of a process; elsewhere if the path were longer than a socket's may be."""
        path = self.run.absolute() / f"{name}.sock"
        if len(str(path).encode()) <= LONGEST_SOCKET_PATH:
            return path
        place = hashlib.sha256(str(self.run.absolute()).encode()).hexdigest()[:16]
        return Path(f"/tmp/tingbo-{place}") / f"{name}.sock"  # noqa: S108  (made 0700 by Processes)
