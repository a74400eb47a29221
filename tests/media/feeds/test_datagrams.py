"""MPEG-TS in datagrams over loopback: whole, lossy, out of order, from strangers."""

from __future__ import annotations

import itertools
import socket
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import av
import pytest

from media.errors import FeedLost
from media.feeds import datagrams as module
from media.feeds import transport
from media.feeds.arrival import Arrived, Item, Reception
from media.feeds.datagrams import DatagramSource
from tests.media.feeds.cameras import code_of, make_clip
from tests.services.program import free_port

pytestmark = pytest.mark.media
HERE = "127.0.0.1"
GROUP = "239.255.77.7"


def now_us() -> int:
    return time.monotonic_ns() // 1000


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return make_clip(tmp_path_factory.mktemp("clip") / "clip.ts", seconds=1.2).read_bytes()


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "WAIT_US", 50_000)
    monkeypatch.setattr(transport, "READ_US", 300_000)
    monkeypatch.setattr(transport, "COUNT_US", 0)


def datagrams(stream: bytes) -> list[bytes]:
    return [stream[at : at + 1316] for at in range(0, len(stream), 1316)]


def with_rtp(payloads: list[bytes]) -> list[bytes]:
    heads = (
        b"\x80\x21" + (65_530 + number & 0xFFFF).to_bytes(2, "big") + bytes(4) + b"ssrc"
        for number in itertools.count()
    )
    return [head + payload for head, payload in zip(heads, payloads, strict=False)]


def send(packets: Iterable[bytes], port: int, host: str = HERE, own: str = HERE) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.bind((own, 0))
        sender.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(own))
        for packet in packets:
            sender.sendto(packet, (host, port))


def heard(source: DatagramSource) -> tuple[list[Arrived], list[Reception], str]:
    """Read until nothing more comes."""
    found: list[Item] = []
    while True:
        try:
            found += source.read()
        except FeedLost as problem:
            return (
                [item for item in found if isinstance(item, Arrived)],
                [item for item in found if isinstance(item, Reception)],
                problem.code,
            )


def listening(url: str) -> DatagramSource:
    source = DatagramSource(url, now_us)
    assert code_of(source.open) == "nobody_pushes"
    source.close()
    return source


def lost(receptions: list[Reception]) -> int:
    return sum(told.lost for told in receptions)


@pytest.mark.parametrize(
    ("address", "to"),
    [
        ("udp://127.0.0.1:{}", HERE),
        ("rtp-ts://127.0.0.1:{}", HERE),
        ("udp://[::]:{}", HERE),
        (f"udp://{GROUP}:{{}}?interface=127.0.0.1", GROUP),
        (f"rtp-ts://{GROUP}:{{}}?interface=127.0.0.1&source=127.0.0.1", GROUP),
    ],
)
def test_everything_arrives(clip: bytes, address: str, to: str) -> None:
    source = listening(address.format(port := free_port()))
    packets = datagrams(clip)
    send(with_rtp(packets) if address.startswith("rtp") else packets, port, to)
    described = {known.stream: known for known in source.open()}
    assert (described["video"].codec, described["video"].width) == ("h264", 320)
    found, receptions, code = heard(source)
    source.close()
    pictures = [item for item in found if item.timing.stream == "video"]
    assert len(pictures) >= 29
    assert pictures[0].keyframe
    decoder = av.CodecContext.create("h264", "r")
    assert sum(len(decoder.decode(av.Packet(item.payload))) for item in pictures) >= 28
    sounds = [item for item in found if item.timing.stream == "audio"]
    assert len(sounds) > 50
    assert not any(item.payload.startswith(b"\xff\xf1") for item in sounds)  # raw, without ADTS
    assert (lost(receptions), code) == (0, "stalled")
    assert sum(told.expected for told in receptions) > 30


def test_sound_is_described_as_the_record_wants_it(clip: bytes) -> None:
    source = listening(f"udp://{HERE}:{(port := free_port())}")
    send(datagrams(clip), port)
    source.open()
    found: list[Item] = []
    while not any(getattr(item, "codec", "") == "aac" for item in found):
        found += source.read()
    (described,) = [item for item in found if getattr(item, "codec", "") == "aac"]
    assert getattr(described, "extradata", b"") == b"\x11\x90"
    source.close()


@pytest.mark.parametrize("scheme", ["udp", "rtp-ts"])
def test_what_is_lost_is_counted(clip: bytes, scheme: str) -> None:
    packets = datagrams(clip)
    packets = with_rtp(packets) if scheme == "rtp-ts" else packets
    source = listening(f"{scheme}://{HERE}:{(port := free_port())}")
    send((packet for number, packet in enumerate(packets) if number % 20 != 7), port)
    source.open()
    found, receptions, _ = heard(source)
    source.close()
    dropped = len(packets) // 20
    assert lost(receptions) >= dropped * (1 if scheme == "rtp-ts" else 4)
    assert len([item for item in found if item.timing.stream == "video"]) > 20


def test_datagrams_that_overtake_one_another_are_put_in_order(clip: bytes) -> None:
    packets = with_rtp(datagrams(clip))
    for at in range(3, len(packets) - 3, 10):
        packets[at], packets[at + 2] = packets[at + 2], packets[at]
    source = listening(f"rtp-ts://{HERE}:{(port := free_port())}")
    send(packets, port)
    source.open()
    found, receptions, _ = heard(source)
    source.close()
    assert lost(receptions) == 0
    assert len([item for item in found if item.timing.stream == "video"]) >= 29


def test_strangers_are_not_heard(clip: bytes) -> None:
    port = free_port()
    source = listening(f"udp://{HERE}:{port}?source={HERE}")
    send(datagrams(clip)[:20], port, own="127.0.0.2")
    assert code_of(source.open) == "nobody_pushes"
    source.close()
    source = listening(f"udp://{HERE}:{(port := free_port())}")
    packets = datagrams(clip)
    send(packets[:10], port)
    send([b"G" * 1316] * 10, port, own="127.0.0.2")  # the first sender is the camera
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.bind((HERE, 0))
        for packet in packets[10:]:
            sender.sendto(packet, (HERE, port))
    source.open()
    _, receptions, _ = heard(source)
    assert (lost(receptions), sum(told.broken for told in receptions)) == (0, 0)
    source.close()


def shifted(clip: bytes, path: Path, seconds: float) -> bytes:
    """Return the clip with all its times moved."""
    (path / "before.ts").write_bytes(clip)
    with av.open(str(path / "before.ts")) as before, av.open(str(path / "after.ts"), "w") as after:
        streams: dict[int, Any] = {
            stream.index: after.add_stream_from_template(stream) for stream in before.streams
        }
        for packet in before.demux():
            if packet.dts is None or packet.pts is None or packet.time_base is None:
                continue
            moved = round(seconds / packet.time_base)
            packet.stream = streams[packet.stream_index]
            packet.pts, packet.dts = packet.pts + moved, packet.dts + moved
            after.mux(packet)
    return (path / "after.ts").read_bytes()


def test_the_clock_wraps_and_nothing_happens(clip: bytes, tmp_path: Path) -> None:
    moved = shifted(clip, tmp_path, (1 << 33) / 90_000 - 0.5)
    source = listening(f"udp://{HERE}:{(port := free_port())}")
    send(datagrams(moved), port)
    source.open()
    found, _, _ = heard(source)
    source.close()
    for stream in ("video", "audio"):
        times = [item.timing.pts_us for item in found if item.timing.stream == stream]
        steps = [after - before for before, after in itertools.pairwise(times)]
        assert all(0 < step < 50_000 for step in steps)
    assert max(item.timing.pts_us for item in found) > (1 << 33) / 90_000 * 1e6


def test_another_programme_is_opened_anew(clip: bytes, tmp_path: Path) -> None:
    other = make_clip(tmp_path / "other.ts", seconds=0.6, size=(640, 360), sound=None).read_bytes()
    source = listening(f"udp://{HERE}:{(port := free_port())}")
    send(datagrams(clip) + datagrams(other), port)
    source.open()
    assert heard(source)[2] == "changed"
    source.close()


def test_what_is_no_stream_and_a_taken_port_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "OPEN_US", 300_000)
    source = listening(f"udp://{HERE}:{(port := free_port())}")
    assert code_of(DatagramSource(f"udp://{HERE}:{port}", now_us).open) == "port_taken"
    send([b"no stream at all" * 80] * 50, port)
    assert code_of(source.open) in ("stalled", "garbage")
    source.close()
    assert code_of(DatagramSource("udp://192.0.2.1:5004", now_us).open) == "no_such_address"
    assert code_of(DatagramSource("udp://nowhere", now_us).open) == "unsupported"
