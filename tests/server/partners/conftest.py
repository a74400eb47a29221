from tests.server.audience.conftest import counted, counted_url

__all__ = ["counted", "counted_url"]
