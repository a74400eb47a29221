"""What every test may ask for."""

import gc
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

pytest_plugins = (
    "tests.services.chromium",
    "tests.services.firefox",
    "tests.services.nginx",
    "tests.services.oidc_provider",
    "tests.services.postgresql",
    "tests.services.redis",
    "tests.services.turn",
    "tests.services.databases",  # imports PostgreSQL's, which pytest must have read before
)
# How long one example takes says more about the machine than about the code. The same examples in
# every run: a change is judged by what it changes. `--hypothesis-profile=search` looks for others.
slow = [HealthCheck.too_slow]
settings.register_profile(
    "tingbo", deadline=None, suppress_health_check=slow, derandomize=True, max_examples=50
)
settings.register_profile("search", deadline=None, suppress_health_check=slow, max_examples=500)
settings.load_profile("tingbo")

SERVICES = {"redis_server", "postgres_server", "start_nginx", "turn_server", "oidc_provider"}
BROWSERS = {"browser", "firefox"}
LEAVES_THINGS = "ignore::pytest.PytestUnraisableExceptionWarning"


@pytest.fixture(autouse=True)
def swept(request: pytest.FixtureRequest) -> Iterator[None]:
    """Have what a library leaves open collected while that is ignored, not in somebody's test."""
    yield
    if any(LEAVES_THINGS in one.args for one in request.node.iter_markers("filterwarnings")):
        gc.collect()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let a run be about the database that a court with several servers has."""
    parser.addoption(
        "--database",
        choices=("sqlite", "postgresql"),
        default="sqlite",
        help="what the tests' servers keep their rows in (default: sqlite)",
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests by the fixtures they ask for, so that nobody has to remember to."""
    for item in items:
        fixtures = set(getattr(item, "fixturenames", ()))
        if fixtures & SERVICES:
            item.add_marker("services")
        if fixtures & BROWSERS:
            item.add_marker("browser")
