"""What every test may ask for."""

import pytest

pytest_plugins = (
    "tests.services.chromium",
    "tests.services.nginx",
    "tests.services.postgresql",
    "tests.services.redis",
)
SERVICES = {"redis_server", "postgres_server", "start_nginx"}
BROWSERS = {"browser"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests by the fixtures they ask for, so that nobody has to remember to."""
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        if fixtures & SERVICES:
            item.add_marker("services")
        if fixtures & BROWSERS:
            item.add_marker("browser")
