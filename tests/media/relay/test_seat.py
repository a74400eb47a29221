"""What a viewer says is answered and seen in its figures, and nothing it says harms anybody."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from media.feeds.rtcp import (
    ReportBlock,
    lost_packets,
    picture_loss,
    receiver_report,
    room_for,
    sender_reports,
)
from media.relay.intake import Intake
from media.relay.seat import FIRST_REPORT_SECONDS, REPORT_SECONDS, TOGETHER_SECONDS, Seat
from media.relay.srtp import Unprotector
from tests.media.relay.receiver import Heard, Receiver, sound, video
from tests.media.relay.show import COURT, Show, numbers, of

PICTURE, SOUND = video().ssrc, sound().ssrc


@pytest.fixture
def viewer() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.close()


def seated(show: Show, viewer: Receiver, rung: int = -1) -> Seat:
    seat = Seat(show, viewer, [video(), sound()], show.now)
    seat.report(show.now)
    for lane in seat.lanes:
        lane.begin(show.rungs[rung] if lane.media.kind == "video" else show.sound, show.now)
    return seat


def test_picture_and_sound_are_reported_on_one_clock(viewer: Receiver) -> None:
    show = Show()
    show.play(10)
    seat = seated(show, viewer)
    show.play(10)
    heard = viewer.heard()
    seat.report(show.now)
    viewer.heard()
    first, second = (list(sender_reports(data)) for data in viewer.rtcp)
    assert [report.ssrc for report in second] == [PICTURE, SOUND]
    assert second[0].unix_us == second[1].unix_us
    assert abs(second[0].unix_us - (COURT + 20 * 40_000)) < 20_001
    for reports in (first, second):
        for report, clock in zip(reports, (90_000, 48_000), strict=True):
            # the newest packet, of frame 19, by the report's line
            newest = of(heard, report.ssrc)[-1].timestamp
            court_us = report.unix_us + (newest - report.timestamp) * 1_000_000 / clock
            sample_us = 20_000 if report.ssrc == SOUND else 0
            assert abs(court_us - (COURT + 19 * 40_000 + sample_us)) < 100


def test_sound_begins_at_once_and_has_no_gap(viewer: Receiver) -> None:
    show = Show()
    show.play(10)
    seated(show, viewer)
    show.play(10)
    packets = of(viewer.heard(), SOUND)
    assert numbers(packets) == list(range(20))
    assert {one.payload for one in packets} == {b"\xfcsound"}


def test_reports_become_figures(viewer: Receiver) -> None:
    show = Show()
    show.play(60)
    seat = seated(show, viewer)
    show.play(50)
    viewer.heard()
    (first,) = sender_reports(viewer.rtcp[0][:28])
    block = ReportBlock(PICTURE, 64, 17, 0, 0, first.middle, 131_072)
    since = show.now - 2.0
    said = receiver_report(9, block, "x") + lost_packets(9, PICTURE, [])
    assert not seat.on_rtcp(said, since + 2.05)
    figures = seat.figures(show.now)
    assert (figures.lost_packets, figures.loss_percent) == (17, 25.0)
    assert figures.rtt_ms == pytest.approx((since + 2.05 - 102.4 - 2.0) * 1000, abs=1)
    assert figures.rung == "v360"
    assert figures.first_picture_ms == 0.0
    assert figures.sent_packets > 250
    assert figures.bit_rate > 700_000
    assert figures.dropped_packets == 0


def test_what_was_noted_of_reports_becomes_figures(viewer: Receiver, library: Path) -> None:
    viewer.ear = Intake(library).ear(Unprotector(viewer.keys))
    show = Show()
    show.play(60)
    seat = seated(show, viewer)
    show.play(10)
    viewer.heard()
    (first,) = sender_reports(viewer.rtcp[0][:28])
    noted = viewer.ear.fields.reports[0]
    assert noted.ssrc == PICTURE
    seat.on_rtcp(receiver_report(9, ReportBlock(PICTURE, 64, 16, 0, 0, 0, 0), "x"), show.now)
    noted.at, noted.count, noted.lost = show.now + 0.3, 1, 17
    noted.last_report, noted.since_report = first.middle, 6_554
    viewer.ear.fields.news = 1
    figures = seat.figures(show.now + 0.5)
    assert (figures.lost_packets, figures.loss_percent) == (17, 0.0)
    assert figures.rtt_ms == pytest.approx((noted.at - seat.joined_at - 0.1) * 1000, abs=1)
    viewer.ear.close()


def test_what_is_lost_is_sent_again_and_counted(viewer: Receiver) -> None:
    show = Show()
    show.play(60)
    seat = seated(show, viewer)
    show.play(10)
    lost = [one.number for one in of(viewer.heard(), PICTURE)][-9:-3]
    assert seat.on_rtcp(lost_packets(9, PICTURE, lost), show.now)
    again = of(viewer.heard(), 0x2222)
    assert [int.from_bytes(one.payload[:2], "big") for one in again] == lost
    seat.on_rtcp(lost_packets(9, PICTURE, lost), show.now + 0.01)
    assert viewer.heard() == []
    figures = seat.figures(show.now)
    assert (figures.nacks, figures.retransmitted) == (12, 6)


def test_what_a_far_viewer_was_sent_before_its_keys_is_sent_twice_more(viewer: Receiver) -> None:
    viewer.rtt_ms = 60.0
    show = Show()
    show.play(51)
    seat = seated(show, viewer)
    show.rest(0.05)
    unseen = [one.number for one in of(viewer.heard(), PICTURE)]
    for is_left in (True, False):
        assert seat.repeat_start(show.now) == is_left
        again = of(viewer.heard(), 0x2222)
        assert [int.from_bytes(one.payload[:2], "big") for one in again] == unseen


def test_a_far_viewer_whose_keys_came_late_begins_anew(viewer: Receiver) -> None:
    viewer.rtt_ms = 60.0
    show = Show()
    show.play(51)
    seat = seated(show, viewer)
    show.rest(0.05)
    viewer.heard()
    seat.on_late_keys(show.now)
    assert of(viewer.heard(), PICTURE) == []  # within a round trip it can have heard nothing
    show.rest(0.05)
    seat.repeat_start(show.now)
    show.rest(0.05)
    heard = viewer.heard()
    assert of(heard, 0x2222) == []
    assert viewer.decode(of(heard, PICTURE)) == show.made["v360"][50:]


def test_a_lost_picture_is_answered_from_the_cache_once_a_second(viewer: Receiver) -> None:
    show = Show()
    show.play(51)
    seat = seated(show, viewer)
    show.play(4)
    viewer.decode(of(viewer.heard(), PICTURE))
    for at in range(10):
        seat.on_rtcp(picture_loss(9, PICTURE), show.now + at / 100)
    show.rest(0.1)
    units = viewer.decode(of(viewer.heard(), PICTURE))
    assert units == show.made["v360"][50:]
    assert show.asked == []
    assert seat.figures(show.now).keyframe_requests == 10


def test_where_the_cache_is_large_the_worker_is_asked(viewer: Receiver) -> None:
    show = Show({720: 12_000})
    show.play(45)
    seat = seated(show, viewer)
    show.play(40, every=0)
    for _ in range(10):
        seat.on_rtcp(picture_loss(9, PICTURE), show.now)
    assert show.asked == ["v720"]


def test_a_thin_line_goes_to_the_lower_rung(viewer: Receiver) -> None:
    show = Show({360: 2_000, 720: 12_000})
    show.play(60)
    seat = seated(show, viewer)
    for _ in range(6):
        show.play(13)
        seat.on_rtcp(room_for(9, [PICTURE], 900_000), show.now)
        show.consider(seat)
    show.play(50)
    figures = seat.figures(show.now)
    assert (figures.rung, figures.rung_changes) == ("v360", 1)
    heard = of(viewer.heard(), PICTURE)
    assert numbers(heard) == list(range(len(heard)))
    assert viewer.decode(heard)[-40:] == show.made["v360"][-40:]


def test_reports_are_due_again_soon_and_later_after_a_while(viewer: Receiver) -> None:
    show = Show()
    seat = seated(show, viewer)
    assert seat.next_report == show.now + FIRST_REPORT_SECONDS
    for _ in range(4):
        seat.report(show.now)
    assert 0 <= seat.next_report - (show.now + REPORT_SECONDS) < TOGETHER_SECONDS
    assert seat.next_report % TOGETHER_SECONDS == 0
    seat.tell_anew(show.now)
    assert seat.next_report == show.now
    seat.report(show.now)
    assert seat.next_report == show.now + FIRST_REPORT_SECONDS


def test_a_viewer_that_has_moved_is_reached_there(viewer: Receiver) -> None:
    show = Show()
    show.play(5)
    seat = seated(show, viewer)
    show.play(5)
    elsewhere = Receiver()
    viewer.datagrams()
    viewer.address = elsewhere.address
    seat.moved()
    show.play(5)
    assert viewer.datagrams() == []
    assert len(elsewhere.datagrams()) >= 30
    elsewhere.close()


def test_who_asks_without_end_is_not_listened_to(viewer: Receiver) -> None:
    show = Show()
    show.play(60)
    seat = seated(show, viewer)
    show.play(10)
    numbers_sent = [one.number for one in of(viewer.heard(), PICTURE)]
    for _ in range(300):
        seat.on_rtcp(lost_packets(9, PICTURE, numbers_sent[-90:]), show.now)
    assert len(of(viewer.heard(), 0x2222)) <= 90
    assert seat.ignored > 200
    seat.on_rtcp(lost_packets(9, PICTURE, numbers_sent[-3:]), show.now + 2)
    assert seat.figures(show.now).retransmitted <= 93


@settings(
    max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(st.data())
def test_whatever_a_viewer_says_it_gets_no_more_than_its_share(
    viewer: Receiver, data: st.DataObject
) -> None:
    show = Show()
    show.play(30)
    seat = seated(show, viewer)
    viewer.datagrams()
    parts = st.one_of(
        st.binary(max_size=200),
        st.builds(picture_loss, st.just(9), st.sampled_from([PICTURE, SOUND, 7])),
        st.builds(
            lost_packets,
            st.just(9),
            st.sampled_from([PICTURE, SOUND, 7]),
            st.lists(st.integers(0, 65_535), max_size=200),
        ),
        st.builds(room_for, st.just(9), st.just([PICTURE]), st.integers(0, 1 << 62)),
    )
    said = data.draw(st.lists(parts, max_size=8))
    for one in said:
        seat.on_rtcp(one, show.now)
        show.consider(seat)
    seat.figures(show.now)
    assert sum(map(len, viewer.datagrams())) < 400_000


@pytest.mark.parametrize("has_rtx", [True, False])
def test_five_per_cent_loss_costs_no_picture(*, has_rtx: bool) -> None:
    chance = random.Random(5)  # noqa: S311
    viewer = Receiver()
    show = Show()
    show.play(60)
    changes = {} if has_rtx else {"rtx_ssrc": 0, "rtx_payload_type": 0}
    seat = Seat(show, viewer, [video(**changes)], show.now)
    seat.lanes[0].begin(show.rungs[0], show.now)
    got: dict[int, Heard] = {}
    for _ in range(150):
        show.play(1)
        for one in viewer.heard(lose=lambda: chance.random() < 0.05):
            number = one.number
            if one.ssrc == video().rtx_ssrc:
                number = int.from_bytes(one.payload[:2], "big")
                one = replace(one, number=number, ssrc=PICTURE, payload=one.payload[2:])  # noqa: PLW2901
            got[number] = one
        first, last = min(got), max(got)
        missing = [number for number in range(max(first, last - 80), last) if number not in got]
        if missing:
            seat.on_rtcp(lost_packets(9, PICTURE, missing), show.now)
    units = viewer.decode([got[number] for number in sorted(got)])
    assert units[:190] == show.made["v360"][50:240]
    assert seat.figures(show.now).retransmitted < 1.5 * 0.05 * len(got)
    viewer.close()
