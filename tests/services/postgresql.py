"""A real PostgreSQL."""

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.services.program import free_port, own_folder, running
from tests.tools import require_tool

# Nothing has to survive a power cut here.
HASTE = ["-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off"]


@dataclass(frozen=True)
class PostgresServer:
    """A running server and the folder of its programs."""

    programs: Path
    port: int

    def url(self, database: str) -> str:
        """Return the address of a database in the form that SQLAlchemy takes."""
        return f"postgresql+asyncpg://postgres@127.0.0.1:{self.port}/{database}"

    def run(self, program: str, *arguments: str) -> bool:
        """Run one of PostgreSQL's own programs against the server; tell whether it succeeded."""
        command = [str(self.programs / program), "-h", "127.0.0.1", "-p", str(self.port)]
        done = subprocess.run(
            [*command, "-U", "postgres", *arguments], capture_output=True, check=False
        )
        return done.returncode == 0


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """Start one PostgreSQL for the whole run."""
    initdb, program = require_tool("initdb"), require_tool("postgres")
    user = "postgres" if os.geteuid() == 0 else None  # it refuses to run as root
    server = PostgresServer(program.parent, free_port())
    with own_folder(user) as folder:
        data = folder / "data"
        subprocess.run(
            [initdb, "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8",
             "--no-sync"],
            cwd=folder, user=user, group=user, extra_groups=[] if user else None,
            check=True, capture_output=True,
        )  # fmt: skip
        listening = ["-c", "listen_addresses=127.0.0.1", "-c", f"unix_socket_directories={folder}"]
        with running(
            [program, "-D", data, "-p", str(server.port), *listening, *HASTE],
            folder=folder,
            user=user,
            ready=lambda: server.run("pg_isready", "-q"),
        ):
            yield server
