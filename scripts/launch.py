"""Starts one of the project's modules in its own environment, for scripts that need no set-up.

(``order``, ``post`` and ``stats`` need not even that: see ``server.command``.)
"""

import os
import sys

from scripts import bootstrap


def launch(module: str, *arguments: str) -> None:
    """Become the module; ends with a sentence if the environment was never made."""
    if not bootstrap.PYTHON.exists():
        sys.exit("Tingbo is not set up yet: start it once with scripts/run.")
    os.environ["PYTHONSAFEPATH"] = "1"  # a folder named server in the caller's place means nothing
    command = [str(bootstrap.PYTHON), "-m", module, *arguments, *sys.argv[1:]]
    os.execv(bootstrap.PYTHON, command)  # noqa: S606
