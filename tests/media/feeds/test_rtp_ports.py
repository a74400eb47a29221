"""Pairs of UDP ports on loopback."""

from __future__ import annotations

import select

from media.feeds.rtp_ports import Ports


def received(ports: Ports) -> list[bytes]:
    select.select([ports.rtp], [], [], 2)
    return ports.receive(ports.rtp)


def test_a_pair_begins_with_an_even_port_and_speaks_with_its_other_side() -> None:
    one, two = Ports("127.0.0.1", "127.0.0.1"), Ports("127.0.0.1", "127.0.0.1")
    assert one.port % 2 == 0
    assert one.rtcp.getsockname()[1] == one.port + 1
    one.send(b"to nobody")
    one.connect(two.port, two.port + 1)
    one.send(b"picture")
    assert received(two) == [b"picture"]
    one.report(b"report")
    select.select([two.rtcp], [], [], 2)
    assert two.receive(two.rtcp) == [b"report"]
    assert two.receive(two.rtcp) == []
    one.close()
    two.close()


def test_what_others_send_is_left_out() -> None:
    here, stranger = Ports("127.0.0.1", "127.0.0.9"), Ports("127.0.0.1", "127.0.0.1")
    stranger.connect(here.port, here.port + 1)
    stranger.send(b"forged")
    assert received(here) == []
    here.close()
    stranger.close()
