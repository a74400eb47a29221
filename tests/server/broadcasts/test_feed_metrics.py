"""Cameras as numbers."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, generate_latest

from media import FeedStatus
from server.broadcasts.feed_metrics import FeedMetrics
from tests.server.broadcasts.conftest import feed_status


class Rooms:
    """Two cameras of a courtroom in use."""

    def feeds(self) -> list[FeedStatus]:
        return [feed_status("c1"), feed_status("c2", "waiting", "refused")]


def test_every_camera_in_use_has_its_figures() -> None:
    registry = CollectorRegistry()
    registry.register(FeedMetrics(Rooms()))  # type: ignore[arg-type]
    told = generate_latest(registry).decode()
    assert 'tingbo_camera_loss_percent{camera="c1"} 0.4' in told
    assert 'tingbo_camera_drift_ppm{camera="c1"} 12.1' in told
    assert 'tingbo_camera_receiving{camera="c1",issue=""} 1.0' in told
    assert 'tingbo_camera_receiving{camera="c2",issue="refused"} 0.0' in told
