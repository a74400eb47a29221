"""A viewer's picture: at once, without a gap, in step, and nothing of what was cut."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from media.messages import Frame
from media.relay.fanout import can_segment
from media.relay.gcm import Gcm
from media.relay.lane import Lane
from media.relay.native import NativeFanout
from tests.media.relay.receiver import Heard, Receiver, sound, video
from tests.media.relay.show import COURT, Show, numbers, of, stamps

NEAR, FAR = 0.01, 0.05
"""Round trips in seconds."""


@pytest.fixture
def viewer() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


def is_continuous(packets: list[Heard]) -> bool:
    return numbers(packets) == list(range(len(packets)))


def grows(found: list[int]) -> bool:
    return all(one < other for one, other in itertools.pairwise(found))


def test_a_viewer_gets_the_group_of_pictures_at_once_and_then_the_live_frames(
    viewer: Receiver,
) -> None:
    show = Show()
    show.play(40)
    lane = Lane(viewer, video())
    lane.begin(show.rungs[0], show.now)
    at_once = viewer.decode(viewer.heard())
    show.play(40)
    packets = viewer.heard()
    units = at_once + viewer.decode(packets)
    assert units == show.made["v360"][: len(units)]
    assert len(units) == 80
    assert lane.is_live
    assert is_continuous(packets)


def test_the_first_picture_is_out_before_the_rest_of_the_group(viewer: Receiver) -> None:
    show = Show()
    show.play(45)
    lane = Lane(viewer, video())
    lane.begin(show.rungs[0], show.now)
    show.rest(0.02)
    assert viewer.decode(viewer.heard())[:1] == show.made["v360"][:1]


def test_the_age_of_the_group_is_not_in_the_timestamps(viewer: Receiver) -> None:
    show = Show()
    show.play(40)
    lane = Lane(viewer, video())
    lane.begin(show.rungs[0], show.now)
    show.play(20)
    found = stamps(viewer.heard())
    assert len(found) == 60
    assert grows(found)
    # 20 frames have been made since; all that is older lies within the time of two of them
    assert found[-1] <= 22 * 3_600
    assert [other - one for one, other in itertools.pairwise(found[-10:])] == [3_600] * 9


def test_the_group_is_paced(viewer: Receiver) -> None:
    show = Show({720: 20_000})
    show.play(40)
    Lane(viewer, video()).begin(show.rungs[0], show.now)
    at_once = sum(map(len, viewer.datagrams()))
    show.rest(0.105)  # twenty turns
    then = sum(map(len, viewer.datagrams()))
    assert 37_000 < at_once < 41_000
    # four times what is measured as some 5 Mbit/s
    assert 150_000 < then < 300_000


def test_without_a_group_it_begins_with_the_next_key_frame(viewer: Receiver) -> None:
    show = Show()
    lane = Lane(viewer, video())
    lane.begin(show.rungs[0], show.now)
    waited = [show.rungs[0].wants_keyframe]
    show.play(10, every=0, keys=[4])
    waited.append(show.rungs[0].wants_keyframe)
    assert waited == [True, False]
    assert viewer.decode(viewer.heard()) == show.made["v360"][4:]


def test_a_large_key_frame_leaves_in_slices_to_those_who_are_live(viewer: Receiver) -> None:
    show = Show({720: 10_000})
    show.play(1)
    Lane(viewer, video()).begin(show.rungs[0], show.now)
    show.play(49)
    viewer.decode(viewer.heard())
    show.play(0)
    before = show.now
    show._take(show.rungs[0], 10_000, is_key=True)
    at_once = viewer.heard()
    assert 20 <= len(at_once) <= 33
    show.at += 1
    show.rest(0.04)
    assert show.now - before < 0.05
    rest = viewer.heard()
    assert len(at_once) + len(rest) == show.rungs[0].newest.count  # type: ignore[union-attr]
    assert viewer.decode(at_once + rest) == show.made["v720"][-1:]


@pytest.mark.parametrize("age", [3, 30])
def test_going_to_another_rung_is_a_key_frame_without_a_gap(viewer: Receiver, age: int) -> None:
    show = Show({360: 2_000, 720: 8_000})
    show.play(50 + age)
    lane = Lane(viewer, video())
    lane.begin(show.rungs[1], show.now)
    show.play(10)
    lane.change(show.rungs[0], show.now, is_urgent=True)
    show.play(60)
    packets = viewer.heard()
    assert is_continuous(packets)
    assert grows(stamps(packets))
    units = viewer.decode(packets)
    others = [unit for unit in units if unit in show.made["v360"]]
    assert units == [unit for unit in show.made["v720"] if unit in units] + others
    assert others[0].startswith(b"\0\0\0\1\x67")
    assert others == show.made["v360"][-len(others) :]
    assert lane.stream is show.rungs[0]


def test_who_lost_the_picture_gets_a_small_group_again(viewer: Receiver) -> None:
    show = Show()
    show.play(53)
    lane = Lane(viewer, video())
    lane.begin(show.rungs[0], show.now)
    show.play(5)
    before = viewer.decode(viewer.heard())
    assert lane.refresh(show.now)
    show.play(5)
    packets = viewer.heard()
    assert is_continuous(packets)
    assert grows(stamps(packets))
    assert viewer.decode(packets) == [*show.made["v360"][50:58], *show.made["v360"][58:]]
    assert before == show.made["v360"][50:58]


def test_a_large_group_is_not_sent_again(viewer: Receiver) -> None:
    show = Show({720: 20_000})
    show.play(45)
    lane = Lane(viewer, video())
    lane.begin(show.rungs[0], show.now)
    show.play(20, every=0)
    assert lane.is_live
    assert not lane.refresh(show.now)


@pytest.mark.parametrize("has_rtx", [True, False])
@pytest.mark.parametrize("profile", ["gcm128", "gcm256 compiled", "sha1"])
def test_a_packet_that_was_lost_is_sent_again_as_it_was(
    request: pytest.FixtureRequest, *, has_rtx: bool, profile: str
) -> None:
    profile, _, is_compiled = profile.partition(" ")
    viewer = Receiver(profile, gcm=request.getfixturevalue("gcm") if is_compiled else None)
    show = Show()
    show.play(20)
    changes = {} if has_rtx else {"rtx_ssrc": 0, "rtx_payload_type": 0}
    lane = Lane(viewer, video(**changes))
    lane.begin(show.rungs[0], show.now)
    show.play(10)
    packets = viewer.heard()
    asked = [packets[at] for at in (0, 3, 20, len(packets) - 1)]
    assert all(lane.repeat(one.number, show.now, NEAR) for one in asked)
    assert not lane.repeat(packets[-1].number + 1, show.now, NEAR)
    if has_rtx:
        again = viewer.heard()
        assert [one.payload for one in again] == [
            one.number.to_bytes(2, "big") + one.payload for one in asked
        ]
        assert {(one.ssrc, one.payload_type) for one in again} == {(0x2222, 103)}
        assert is_continuous(again)
        assert [(one.timestamp, one.marker) for one in again] == [
            (one.timestamp, one.marker) for one in asked
        ]
    else:
        # a receiver that has a packet refuses it a second time: the bytes tell
        assert len(viewer.datagrams()) == 4
    assert (lane.nacks, lane.retransmitted) == (5, 4)
    viewer.close()


def test_a_far_viewer_is_sent_twice_what_it_asks_for() -> None:
    viewer = Receiver()
    show = Show()
    show.play(20)
    lane = Lane(viewer, video())
    lane.begin(show.rungs[0], show.now)
    show.play(2)
    asked = viewer.heard()[3]
    assert lane.repeat(asked.number, show.now, FAR)
    again = viewer.heard()
    assert [one.payload[2:] for one in again] == [asked.payload] * 2
    assert is_continuous(again)
    assert not lane.repeat(asked.number, show.now + FAR / 2, FAR)
    viewer.close()


def test_without_rtx_the_very_same_bytes_are_sent_again() -> None:
    viewer = Receiver()
    show = Show()
    show.play(20)
    lane = Lane(viewer, video(rtx_ssrc=0, rtx_payload_type=0))
    lane.begin(show.rungs[0], show.now)
    show.play(2)
    sent = viewer.datagrams()
    for data in sent[:: len(sent) // 5]:
        assert lane.repeat(int.from_bytes(data[2:4], "big"), show.now, NEAR)
        assert viewer.datagrams() == [data]
    viewer.close()


@pytest.mark.parametrize("is_compiled", [False, True])
def test_under_one_number_there_is_one_packet_whatever_happens(
    gcm: Gcm, library: Path, monkeypatch: pytest.MonkeyPatch, *, is_compiled: bool
) -> None:
    monkeypatch.setattr("media.relay.lane._MOST_SQUEEZED", 40)  # most is forgotten soon
    way = NativeFanout(segments=can_segment(), path=library) if is_compiled else None
    viewer, show = Receiver(gcm=gcm), Show({360: 2_000, 720: 4_000}, way)
    lane = Lane(viewer, video(rtx_ssrc=0, rtx_payload_type=0))
    show.play(30)
    sent: dict[int, set[bytes]] = {}
    again = 0
    for turn in range(12):
        if turn % 4 == 3:
            lane.refresh(show.now)
        else:
            lane.begin(show.rungs[turn % 2], show.now)
        lane.repeat_start()
        show.play(turn % 3)
        if turn == 7:
            show.rungs[0].cut(show.court_us - 200_000, show.court_us)
        show.rest(0.3)
        for number in list(sent)[::7]:
            again += lane.repeat(number, show.now + turn, 0.0)
        for data in viewer.datagrams():
            sent.setdefault(int.from_bytes(data[2:4], "big"), set()).add(data)
    assert again > 30
    assert len(sent) > 500
    assert {len(each) for each in sent.values()} == {1}
    viewer.close()


def test_a_padded_sound_is_sent_again_as_it_was(gcm: Gcm, library: Path) -> None:
    viewer, show = Receiver(gcm=gcm), Show(None, NativeFanout(segments=False, path=library))
    lane = Lane(viewer, sound())
    lane.begin(show.sound, show.now)
    for at, size in enumerate((40, 60)):
        frame = Frame("opus", at * 960, COURT, True, 0, bytes([at + 1]) * size)
        show.sound.take_sound(frame, at * 960, show.now)
    show.sound.release_sounds(show.now)
    sent = viewer.datagrams()
    assert [len(data) for data in sent] == [88, 88]
    for data in sent:
        assert lane.repeat(int.from_bytes(data[2:4], "big"), show.now, NEAR)
        assert viewer.datagrams() == [data]
    viewer.close()


def test_after_a_change_of_rung_older_packets_are_still_found(viewer: Receiver) -> None:
    show = Show({360: 2_000, 720: 8_000})
    show.play(60)
    lane = Lane(viewer, video())
    lane.begin(show.rungs[1], show.now)
    show.play(5)
    lane.begin(show.rungs[0], show.now)
    show.play(5)
    packets = viewer.heard()
    for one in packets[-60:]:
        assert lane.repeat(one.number, show.now, NEAR)
        (again,) = viewer.heard()
        assert again.payload[2:] == one.payload


def test_what_is_cut_reaches_nobody_who_waits_for_it(viewer: Receiver) -> None:
    show = Show({720: 20_000})
    show.play(40)
    lane = Lane(viewer, video())
    lane.begin(show.rungs[0], show.now)
    sent = viewer.heard()
    show.rungs[0].cut(COURT, COURT + 10**9)
    show.rest(0.5)
    assert viewer.datagrams() == []
    for one in sent:
        assert not lane.repeat(one.number, show.now, NEAR)
    assert viewer.datagrams() == []
    assert show.rungs[0].wants_keyframe
    show.play(5, every=0, keys=[1])
    packets = viewer.heard()
    assert viewer.decode(packets) == show.made["v720"][-4:]
    assert (packets[0].number - sent[-1].number) & 0xFFFF == 1


def test_slices_that_wait_are_cut_too(viewer: Receiver) -> None:
    show = Show({720: 10_000})
    show.play(2)
    Lane(viewer, video()).begin(show.rungs[0], show.now)
    show.play(3)
    viewer.heard()
    show._take(show.rungs[0], 10_000, is_key=True)
    at_once = viewer.heard()
    show.rungs[0].cut(show.court_us, show.court_us + 1)
    show.at += 1
    show.rest(0.1)
    assert viewer.datagrams() == []
    show.play(1, every=0, keys=[0])
    assert viewer.decode(viewer.heard()) == show.made["v720"][-1:]
    assert at_once


def test_who_leaves_gets_nothing_more(viewer: Receiver) -> None:
    show = Show()
    show.play(3)
    lane = Lane(viewer, video())
    lane.begin(show.rungs[0], show.now)
    lane.leave()
    viewer.datagrams()
    show.play(60)
    assert viewer.datagrams() == []
    assert not lane.repeat(1, show.now, None)
    assert of([]) == []
