"""A real nginx with a configuration given by the test."""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.services.program import listens, own_folder, running
from tests.tools import require_tool

NginxStart = Callable[[str, int], Path]


@pytest.fixture
def start_nginx() -> Iterator[NginxStart]:
    """Start nginx with a whole configuration and wait for a port; its folder is returned.

    Relative paths in the configuration (certificates, caches, logs) lie in that folder.
    """
    program = require_tool("nginx")
    with ExitStack() as stack:

        def start(configuration: str, port: int) -> Path:
            folder = stack.enter_context(own_folder())
            prepare(folder)
            (folder / "nginx.conf").write_text(configuration)
            command = [str(program), "-p", str(folder), "-c", "nginx.conf", "-e", "error.log"]
            test = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
            assert test.returncode == 0, test.stderr
            stack.enter_context(
                running([*command, "-g", "daemon off;"], folder=folder, ready=lambda: listens(port))
            )
            return folder

        yield start


def prepare(folder: Path) -> None:
    """Make what nginx expects to find in its folder."""
    folder.chmod(0o755)  # its workers are another user where it is started by root
    for name in ("temp", "cache"):
        (folder / name).mkdir()
