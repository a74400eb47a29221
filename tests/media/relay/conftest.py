"""The compiled part of the relay, for these tests."""

from pathlib import Path

import pytest

from media.relay.gcm import CannotUse, Gcm
from media.relay.library import build, place
from tests.tools import require_tool


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the compiled part as an installer has built it, or build it as one does."""
    require_tool("cc")
    return place() if place().exists() else build(tmp_path_factory.mktemp("native"))


@pytest.fixture(scope="session")
def gcm(library: Path) -> Gcm:
    """Return the compiled AES-GCM, tried against libsrtp."""
    try:
        return Gcm(library)
    except CannotUse as reason:
        if str(reason) == "not for this processor":
            pytest.skip(str(reason))
        raise
