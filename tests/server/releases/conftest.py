"""The server of the players' tests."""

from tests.server.playback.conftest import service

__all__ = ["service"]
