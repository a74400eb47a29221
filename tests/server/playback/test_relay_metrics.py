import itertools
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry, generate_latest

from media import SessionFigures
from server.playback.relay import RelayClient
from server.playback.relay_metrics import RelayMetrics, SessionMetrics
from server.playback.relays import Relays


def figures(state: Any = "connected", **more: Any) -> SessionFigures:  # noqa: ANN401
    return SessionFigures("s1", "b1", state, **more)


def test_sums_grow_by_what_is_new() -> None:
    registry = CollectorRegistry()
    metrics = SessionMetrics(registry)
    metrics.heard(figures(nacked=1000, sent_bytes=10**9), None)  # from before this server
    reports = [
        figures("connecting"),
        figures(dropped_packets=1, nacked=3, retransmitted=2, sent_bytes=100),
        figures(dropped_packets=1, nacked=5, retransmitted=4, sent_bytes=300),
        figures("closed", dropped_packets=1, nacked=6, retransmitted=4, sent_bytes=310),
    ]
    for before, now in itertools.pairwise(reports):
        metrics.heard(now, before)
    for name, value in {
        "dropped_packets": 1,
        "nacked_packets": 6,
        "resent_packets": 4,
        "sent_bytes": 310,
        "sessions_opened": 1,
    }.items():
        assert registry.get_sample_value(f"tingbo_webrtc_{name}_total") == value


def test_round_trips_loss_and_the_wait_for_a_picture_are_told_as_histograms() -> None:
    registry = CollectorRegistry()
    metrics = SessionMetrics(registry)
    started = figures(first_frame_ms=80, rtt_ms=40, loss_percent=0.4)
    metrics.heard(started, figures("connecting"))
    metrics.heard(started, started)
    metrics.heard(figures("closed", first_frame_ms=80, rtt_ms=40), started)
    value = registry.get_sample_value
    assert value("tingbo_webrtc_first_frame_seconds_count") == 1
    assert value("tingbo_webrtc_first_frame_seconds_bucket", {"le": "0.1"}) == 1
    assert value("tingbo_webrtc_rtt_seconds_count") == 2
    assert value("tingbo_webrtc_rtt_seconds_bucket", {"le": "0.025"}) == 0
    assert value("tingbo_webrtc_loss_percent_bucket", {"le": "0.5"}) == 2


def test_what_stands_now_is_told_by_rung(tmp_path: Path) -> None:
    relays = Relays([RelayClient(tmp_path / "relay.sock", lambda *_: None)])
    known = relays.clients[0]._sessions
    for number, rung in enumerate(("v360", "v720", "v720", "")):
        name = f"s{number}"
        known[name] = SessionFigures(name, "b1", "connected", bit_rate=1000, rung=rung)
    relays.clients[0]._counted["garbage"] = 3
    registry = CollectorRegistry()
    registry.register(RelayMetrics(relays))
    value = registry.get_sample_value
    assert value("tingbo_webrtc_relays") == 0
    assert value("tingbo_webrtc_sessions", {"rung": "v720"}) == 2
    assert value("tingbo_webrtc_bit_rate", {"rung": "v720"}) == 2000
    events = {"relay": "0", "event": "garbage"}
    assert value("tingbo_webrtc_relay_events_total", events) == 3
    assert b"s1" not in generate_latest(registry)
