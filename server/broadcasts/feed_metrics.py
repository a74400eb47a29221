"""The cameras of courtrooms in use, as numbers for whoever watches the service."""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from media import FeedStatus
from server.broadcasts.rooms import Rooms

RECEIVING = "receiving"
FIGURES = {
    "bit_rate": "Picture and sound together, bit/s",
    "frame_rate": "Pictures per second",
    "key_frame_distance_s": "Between the last two key frames",
    "last_packet_age_s": "Since the last picture",
    "loss_percent": "Packets lost of the last ten seconds",
    "jitter_ms": "Mean deviation of arrival",
    "drift_ppm": "How much faster the camera's clock runs than the recorder's",
    "reconnects": "Connections after the first",
}


class FeedMetrics(Collector):
    """One gauge per figure; a courtroom that is not in use has none."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """Yield what the rooms tell now."""
        feeds = list(self._rooms.feeds())
        for name, text in FIGURES.items():
            gauge = GaugeMetricFamily(f"tingbo_camera_{name}", text, labels=("camera",))
            for feed in feeds:
                gauge.add_metric((feed.camera,), float(getattr(feed, name)))
            yield gauge
        yield _receiving(feeds)


def _receiving(feeds: list[FeedStatus]) -> GaugeMetricFamily:
    """Return what is wrong, as a label, with each camera: 1 while pictures come, else 0."""
    text = "1 while the camera's pictures come; issue is the code of what is wrong"
    gauge = GaugeMetricFamily(f"tingbo_camera_{RECEIVING}", text, labels=("camera", "issue"))
    for feed in feeds:
        gauge.add_metric((feed.camera, feed.issue), float(feed.state == "receiving"))
    return gauge
