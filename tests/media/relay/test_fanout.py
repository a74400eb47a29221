"""Each viewer of a crowd gets all packets of a frame, readable, whatever way this machine has."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from media.relay.fanout import Fanout, Load, PythonFanout, can_segment
from media.relay.native import NativeFanout
from media.relay.packed import MAX_PACKET, MAX_PAYLOAD, Packed
from media.relay.target import Crowd, Target
from tests.media.relay.receiver import PROFILES, Receiver, sound, video

Receivers = Callable[..., Receiver]


@pytest.fixture(
    params=[
        "python", "python-segments", "native", "native-segments", "native-segments-libsrtp",
    ]
)  # fmt: skip
def way(request: pytest.FixtureRequest) -> Fanout:
    name, *more = request.param.split("-")
    if "segments" in more and not can_segment():
        pytest.skip("this kernel has no UDP segmentation offload")
    if name == "python":
        return PythonFanout(segments="segments" in more)
    made = NativeFanout(segments="segments" in more, path=request.getfixturevalue("library"))
    if "libsrtp" in more:
        made.gcm = None
    elif made.gcm is None:
        pytest.skip("this processor has no AES-GCM")
    return made


@pytest.fixture
def receivers(way: Fanout) -> Iterator[Receivers]:
    made: list[Receiver] = []

    def make(*arguments: str, **options: object) -> Receiver:
        made.append(Receiver(*arguments, gcm=way.gcm, **options))  # type: ignore[arg-type]
        return made[-1]

    yield make
    for receiver in made:
        receiver.close()


def frame(*sizes: int, first: int = 0, is_video: bool = True) -> Packed:
    payloads = [bytes([at % 251]) * size for at, size in enumerate(sizes)]
    return Packed.of(
        payloads, first=first, timestamp=9_000, court_us=0, keyframe=True, is_video=is_video
    )


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize(
    "sizes",
    [(5,), (1000,) * 9 + (993,), (30, *(MAX_PAYLOAD,) * 60, 7), (700, 900, 900, 100, 100)],
    ids=["one", "fragments", "key frame", "slices"],
)
def test_every_viewer_reads_every_packet(
    way: Fanout, receivers: Receivers, profile: str, sizes: tuple[int, ...]
) -> None:
    viewers = [receivers(profile) for _ in range(3)]
    targets = [Target(viewer, video(ssrc=number), 77) for number, viewer in enumerate(viewers, 1)]
    for number, target in enumerate(targets):
        target.fields.number_offset = 0xFFF0 + number
    sent = frame(*sizes, first=10)
    way.send(Load(sent, (0, sent.count), sent.timestamp, Crowd(*targets)))
    for number, (viewer, target) in enumerate(zip(viewers, targets, strict=True)):
        heard = viewer.heard()
        assert [one.payload for one in heard] == [sent.payload(at) for at in range(sent.count)]
        assert [one.number for one in heard] == [
            (10 + at + 0xFFF0 + number) & 0xFFFF for at in range(sent.count)
        ]
        assert {(one.timestamp, one.ssrc, one.payload_type) for one in heard} == {
            (9_077, number + 1, 102)
        }
        assert [one.marker for one in heard] == [False] * (sent.count - 1) + [True]
        assert (target.fields.packets, target.fields.octets) == (sent.count, sum(sizes))
        assert target.fields.dropped == 0


def test_no_packet_is_larger_than_a_network_carries(way: Fanout, receivers: Receivers) -> None:
    viewer = receivers()
    sent = frame(*[MAX_PAYLOAD] * 3)
    way.send(Load(sent, (0, 3), 0, Crowd(Target(viewer, video(), 0))))
    assert {len(data) for data in viewer.datagrams()} == {MAX_PACKET - 2}


def test_a_range_with_a_timestamp_of_its_own(way: Fanout, receivers: Receivers) -> None:
    viewer = receivers()
    sent = frame(100, 100, 100, 100)
    crowd = Crowd(Target(viewer, video(), 1))
    way.send(Load(sent, (1, 3), 2**32 - 1, crowd))
    heard = viewer.heard()
    assert [(one.number, one.timestamp, one.marker) for one in heard] == [
        (1, 0, False),
        (2, 0, False),
    ]


def test_packets_of_sound_have_no_marker(way: Fanout, receivers: Receivers) -> None:
    viewer = receivers()
    way.send(Load(frame(80, is_video=False), (0, 1), 0, Crowd(Target(viewer, sound(), 0))))
    (heard,) = viewer.heard()
    assert (heard.marker, heard.payload_type) == (False, 111)


@pytest.mark.parametrize("over_tcp", [False, True])
def test_sounds_go_out_together_each_with_its_time(
    way: Fanout, receivers: Receivers, *, over_tcp: bool
) -> None:
    viewer = receivers(over_tcp=over_tcp)
    sounds = [b"a" * 160, b"b" * 172, b"c" * 3]
    sent = Packed.of_sounds(sounds, first=5, timestamp=960, step=960, court_us=0)
    way.send(Load(sent, (0, 3), sent.timestamp, Crowd(Target(viewer, sound(), 7))))
    heard = viewer.heard()
    assert [one.payload for one in heard] == sounds
    assert [(one.number, one.timestamp, one.marker) for one in heard] == [
        (5, 967, False),
        (6, 1_927, False),
        (7, 2_887, False),
    ]


def test_ipv6_and_ipv4_side_by_side(way: Fanout, receivers: Receivers) -> None:
    try:
        viewers = [receivers(family=family) for family in (socket.AF_INET, socket.AF_INET6) * 2]
    except OSError:
        pytest.skip("this machine has no IPv6")
    crowd = Crowd(*(Target(viewer, video(), 0) for viewer in viewers))
    way.send(Load(frame(500, 500, 9), (0, 3), 0, crowd))
    assert [len(viewer.heard()) for viewer in viewers] == [3, 3, 3, 3]


def test_a_viewer_behind_tcp_gets_the_same(way: Fanout, receivers: Receivers) -> None:
    streamed, plain = receivers("sha1", over_tcp=True), receivers()
    targets = [Target(viewer, video(), 0) for viewer in (streamed, plain)]
    way.send(Load(frame(500, 500, 9), (0, 3), 0, Crowd(*targets)))
    assert [one.payload for one in streamed.heard()] == [one.payload for one in plain.heard()]
    streamed.refuses = True
    way.send(Load(frame(500, 500, 9, first=3), (0, 3), 0, Crowd(*targets)))
    assert (targets[0].fields.packets, targets[0].fields.dropped) == (3, 3)
    assert len(plain.heard()) == 3


def test_what_a_full_socket_refuses_is_counted_and_harms_nobody(
    way: Fanout, receivers: Receivers
) -> None:
    full, sender = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    sender.setblocking(False)
    while True:
        try:
            sender.send(b"x" * 1000)
        except BlockingIOError:
            break
    viewers = [receivers(), receivers()]
    targets = [Target(viewer, video(), 0) for viewer in viewers]
    targets[0].fields.address_bytes = 0  # a connected socket
    targets[0].fields.descriptor = sender.fileno()
    viewers[0].socket, viewers[0].address = sender, None
    sent = frame(500, 500, 9)
    way.send(Load(sent, (0, 3), 0, Crowd(*targets)))
    assert (targets[0].fields.packets, targets[0].fields.dropped) == (0, 3)
    assert len(viewers[1].heard()) == 3
    assert targets[1].fields.dropped == 0
    full.close()
    sender.close()


def test_a_card_that_is_behind_is_waited_for(way: Fanout, receivers: Receivers) -> None:
    taking, sender = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    sender.setblocking(False)
    sent = 0
    with contextlib.suppress(BlockingIOError):
        while True:
            sender.send(b"x" * 1000)
            sent += 1
    viewer = receivers()
    target = Target(viewer, video(), 0)
    target.fields.address_bytes = 0  # a connected socket
    target.fields.descriptor = sender.fileno()
    viewer.socket, viewer.address = sender, None
    reading = threading.Thread(target=lambda: [taking.recv(70_000) for _ in range(sent)])
    timer = threading.Timer(0.002, reading.start)
    timer.start()
    for at in range(500):  # nothing sleeps here but the fan-out itself
        way.send(Load(frame(500, first=at), (0, 1), 0, Crowd(target)))
        if target.fields.packets:
            break
    assert target.fields.packets == 1
    assert target.fields.dropped < 100  # had it not waited it would have been through long before
    timer.join()
    reading.join()
    taking.close()
    sender.close()


def test_a_viewer_who_has_moved_is_reached_where_it_is(way: Fanout, receivers: Receivers) -> None:
    viewer, elsewhere = receivers(), receivers()
    target = Target(viewer, video(), 0)
    crowd = Crowd(target)
    way.send(Load(frame(9), (0, 1), 0, crowd))
    viewer.address = elsewhere.address
    target.readdress()
    crowd.renew()
    way.send(Load(frame(9, first=1), (0, 1), 0, crowd))
    assert (len(viewer.datagrams()), len(elsewhere.datagrams())) == (1, 1)


def test_sound_leaves_beside_the_picture_and_who_has_one_only_gets_that(
    way: Fanout, receivers: Receivers
) -> None:
    viewers = [receivers(), receivers("sha1"), receivers(over_tcp=True), receivers()]
    pictures = Crowd(*(Target(viewer, video(), 0) for viewer in viewers[:3]))
    sounds = Crowd(*(Target(viewer, sound(), 0) for viewer in (viewers[3], *viewers[:3])))
    for first in (0, 10, 20):  # each is served first once
        way.send(
            Load(frame(900, 900, 20, first=first), (1, 3), 0, pictures),
            Load(frame(80, 80, first=first, is_video=False), (0, 2), 0, sounds),
        )
        for viewer in viewers:
            got = [(one.payload_type, one.number - first) for one in viewer.heard()]
            sees = viewer is not viewers[3]
            assert got == [(102, 1), (102, 2)] * sees + [(111, 0), (111, 1)]
    assert [target.fields.packets for target in pictures] == [6, 6, 6]
    assert [target.fields.packets for target in sounds] == [6, 6, 6, 6]


def test_who_comes_and_goes_is_noticed_also_beside_the_picture(
    way: Fanout, receivers: Receivers
) -> None:
    one, other = receivers(), receivers()
    pictures = Crowd(Target(one, video(), 0))
    sounds = Crowd(*(Target(viewer, sound(), 0) for viewer in (one, other)))
    for at, expected in enumerate([(2, 1), (2, 2), (1, 2)]):
        way.send(
            Load(frame(90, first=at), (0, 1), 0, pictures),
            Load(frame(80, first=at, is_video=False), (0, 1), 0, sounds),
        )
        assert (len(one.heard()), len(other.heard())) == expected
        if at == 0:
            pictures.add(Target(other, video(), 0))
        else:
            sounds.discard(next(iter(sounds)))
