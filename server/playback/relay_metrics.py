"""Viewers by WebRTC, as numbers for whoever watches the service; nothing names a viewer.

Every server hears of every session, so that each tells the whole; do not add them up.
"""

from __future__ import annotations

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Histogram
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from media import SessionFigures
from server.broadcasts.direct_viewers import by_rung, sum_up
from server.playback.relays import Relays

_ROUND_TRIPS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6)
_LOSSES = (0.0, 0.1, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0)
_FIRST_FRAMES = (0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
_SUMS = {
    "dropped_packets": ("tingbo_webrtc_dropped_packets", "Packets not sent: a line was full"),
    "nacked": ("tingbo_webrtc_nacked_packets", "Packets that viewers missed"),
    "retransmitted": ("tingbo_webrtc_resent_packets", "Packets that were sent again"),
    "sent_bytes": ("tingbo_webrtc_sent_bytes", "Bytes sent to viewers"),
}


class SessionMetrics:
    """What happens in sessions, taken from each report of a relay."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._opened = Counter(
            "tingbo_webrtc_sessions_opened", "Sessions that were seen to connect", registry=registry
        )
        self._first = Histogram(
            "tingbo_webrtc_first_frame_seconds", "From the offer to the first key frame sent",
            buckets=_FIRST_FRAMES, registry=registry,
        )  # fmt: skip
        self._rtt = Histogram(
            "tingbo_webrtc_rtt_seconds", "Round trip, a sample for each viewer and report",
            buckets=_ROUND_TRIPS, registry=registry,
        )  # fmt: skip
        self._loss = Histogram(
            "tingbo_webrtc_loss_percent", "Packets lost, a sample for each viewer and report",
            buckets=_LOSSES, registry=registry,
        )  # fmt: skip
        self._sums = {
            figure: Counter(name, text, registry=registry) for figure, (name, text) in _SUMS.items()
        }

    def heard(self, now: SessionFigures, before: SessionFigures | None) -> None:
        """Take a report; without one before, its sums are where counting begins."""
        if before is None:
            return
        for name, counter in self._sums.items():
            counter.inc(max(0, getattr(now, name) - getattr(before, name)))
        if now.first_frame_ms and not before.first_frame_ms:
            self._first.observe(now.first_frame_ms / 1000)
        if before.state == "connecting" and now.state == "connected":
            self._opened.inc()
        if now.state == "connected" and now.rtt_ms:  # 0: the viewer has not reported yet
            self._rtt.observe(now.rtt_ms / 1000)
            self._loss.observe(now.loss_percent)


class RelayMetrics(Collector):
    """How it stands at this moment, by rung, and the relays' own sums."""

    def __init__(self, relays: Relays) -> None:
        self._relays = relays

    def collect(self) -> Iterable[GaugeMetricFamily | CounterMetricFamily]:
        """Yield what the relays told last."""
        yield GaugeMetricFamily(
            "tingbo_webrtc_relays", "Relays that answer", value=self._relays.connected
        )
        rungs = {rung: sum_up(its) for rung, its in by_rung(self._relays.sessions()).items()}
        viewers = GaugeMetricFamily(
            "tingbo_webrtc_sessions", "Viewers by WebRTC now", labels=("rung",)
        )
        bit_rate = GaugeMetricFamily(
            "tingbo_webrtc_bit_rate", "Sent to them together, bit/s", labels=("rung",)
        )
        for rung, its in rungs.items():
            viewers.add_metric((rung,), its.viewers)
            bit_rate.add_metric((rung,), its.bit_rate)
        yield viewers
        yield bit_rate
        yield self._events()

    def _events(self) -> CounterMetricFamily:
        events = CounterMetricFamily(
            "tingbo_webrtc_relay_events", "What relays count of themselves",
            labels=("relay", "event"),
        )  # fmt: skip
        for index, client in enumerate(self._relays.clients):
            for name, count in client.counted.items():
                events.add_metric((str(index), name), count)
        return events
