from pathlib import Path

import pytest

from server.places import Places
from server.relaying import RelaySettings, is_relay, offered_addresses, relay_count, relay_name

PLACES = Places(Path("/data"))
EVERYWHERE = "0.0.0.0"  # noqa: S104


@pytest.mark.parametrize(
    ("wanted", "cores", "count"), [(0, 1, 1), (0, 2, 1), (0, 8, 2), (0, 1000, 32), (3, 2, 3)]
)
def test_relays_by_the_machine_unless_they_are_set(wanted: int, cores: int, count: int) -> None:
    assert relay_count(wanted, cores) == count


def test_each_relay_has_a_socket_and_a_port_of_its_own() -> None:
    environ = {
        "TINGBO_RELAYS": "2",
        "TINGBO_WEBRTC_PORT": "9000",
        "TINGBO_WHEP_ADDRESSES": "192.0.2.1, 2001:db8::1",
        "TINGBO_WEBRTC_PUBLIC_ADDRESSES": "198.51.100.7",
    }
    told = RelaySettings.from_env(environ, EVERYWHERE, 2).assignments(PLACES)
    assert list(told) == ["relay-0", "relay-1"]
    assert [one["port"] for one in told.values()] == [9000, 9001]
    assert len({one["socket"] for one in told.values()}) == 2
    assert told["relay-1"]["addresses"] == ["192.0.2.1", "2001:db8::1"]
    assert told["relay-1"]["public_addresses"] == ["198.51.100.7"]


def test_without_a_port_the_system_chooses() -> None:
    told = RelaySettings.from_env({}, EVERYWHERE, 8).assignments(PLACES)
    assert [one["port"] for one in told.values()] == [0, 0]


@pytest.mark.parametrize(("environ", "most"), [({}, 500), ({"TINGBO_RELAY_VIEWERS": "90"}, 90)])
def test_each_relay_is_told_how_many_viewers_it_takes(environ: dict[str, str], most: int) -> None:
    told = RelaySettings.from_env(environ, EVERYWHERE, 8).assignments(PLACES)
    assert [one["max_viewers"] for one in told.values()] == [most, most]


@pytest.mark.parametrize(
    "environ",
    [
        {"TINGBO_RELAYS": "many"},
        {"TINGBO_RELAYS": "33"},
        {"TINGBO_RELAY_VIEWERS": "0"},
        {"TINGBO_RELAY_VIEWERS": "5001"},
        {"TINGBO_WEBRTC_PORT": "-1"},
        {"TINGBO_WEBRTC_PORT": "65536"},
        {"TINGBO_WEBRTC_PORT": "65535", "TINGBO_RELAYS": "2"},
    ],
)
def test_what_cannot_be_is_named(environ: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=next(iter(environ))):
        RelaySettings.from_env(environ, EVERYWHERE, 2)


def test_relays_are_told_from_other_processes() -> None:
    assert is_relay(relay_name(3))
    assert is_relay("relay")  # the only one of an earlier version
    assert not is_relay("relay-room")
    assert not is_relay("recorder-1")


@pytest.mark.parametrize(
    ("host", "chosen", "offered"),
    [
        ("127.0.0.1", "", ("127.0.0.1",)),
        ("::1", "", ("::1",)),
        ("localhost", "", ("127.0.0.1",)),
        (EVERYWHERE, "", ()),
        ("court.example", "", ()),
        ("127.0.0.1", "192.0.2.1 192.0.2.2", ("192.0.2.1", "192.0.2.2")),  # a proxy is in front
    ],
)
def test_viewers_are_offered_where_the_service_is_found(
    host: str, chosen: str, offered: tuple[str, ...]
) -> None:
    assert offered_addresses(host, chosen) == offered
