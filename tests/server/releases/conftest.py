"""The server of the players' tests."""

import pytest

from server.releases import service as releases
from tests.server.playback.conftest import service

__all__ = ["service"]


@pytest.fixture(autouse=True)
def nobody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave it to the tests to say what time it is: the service itself looks every five seconds."""
    monkeypatch.setattr(releases, "LOOK_SECONDS", 3600.0)
