"""What the launcher does before anything runs."""

import os
from argparse import Namespace
from pathlib import Path

import pytest

from media import append_order, read_orders
from server.__main__ import Launcher
from server.listening import CannotStart
from server.relaying import is_relay
from server.wanted import Processes

LONG_AGO_S = 1_700_000_000


def launcher(data: Path) -> Launcher:
    return Launcher(Namespace(data=str(data)))


def relays(data: Path) -> set[str]:
    return {name for name in Processes(data).wanted() if is_relay(name)}


def test_as_many_relays_are_wanted_as_are_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Processes(tmp_path).want("relay", "media.relay.process", {})  # as an earlier version had it
    monkeypatch.setenv("TINGBO_RELAYS", "3")
    launcher(tmp_path)._want_relays("127.0.0.1")
    assert relays(tmp_path) == {"relay-0", "relay-1", "relay-2"}
    monkeypatch.setenv("TINGBO_RELAYS", "1")
    launcher(tmp_path)._want_relays("127.0.0.1")
    assert relays(tmp_path) == {"relay-0"}


def test_a_wrong_setting_is_told_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TINGBO_WEBRTC_PORT", "http")
    with pytest.raises(CannotStart, match="TINGBO_WEBRTC_PORT: 'http' is not a number"):
        launcher(tmp_path)._want_relays("127.0.0.1")


def test_what_was_left_on_the_air_is_ended_before_a_process_starts(tmp_path: Path) -> None:
    folder = tmp_path / "broadcasts" / "left"
    append_order(folder, "start", LONG_AGO_S * 1_000_000, "k", "tom")
    (folder / "worker.json").write_text("{}")
    for path in folder.iterdir():
        os.utime(path, (LONG_AGO_S, LONG_AGO_S))
    launcher(tmp_path)._end_what_was_left()
    last = read_orders(folder)[-1]
    assert (last.order, last.court_us) == ("end", LONG_AGO_S * 1_000_000)
