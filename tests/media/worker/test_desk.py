"""Whole broadcasts at their desk: random orders, delays and crashes, and everything that comes out.

Orders go through the real log; gate, direction, timeline and composer are the real ones. Cameras
send a picture at each tick, sound is never silent by itself, and time is told.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import av
import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from media.direction import Direction
from media.gate import RULES, Gate, OrderRecord
from media.marks import Mask, SoundMark, Templates
from media.messages import Cut, Message, OrderForce
from media.ordering import checked
from media.orders import ForceLog, OrderReader, append_order
from media.program.slate import Notice
from media.release import CameraView, Composer, Pixels, Samples
from media.timeline import Piece, Timeline
from media.worker.desk import Desk, Moment
from tests.media.gate_model import Model

TICK = 40_000
WAIT_STEP = 120_000
SEGMENT = 12  # shorter than the real one: more changes of the delay in the same time
ORIGIN = 1_795_000_000_000_000
CAMERAS = ("a", "b")
FRAME = av.VideoFrame(4, 4, "yuv420p")


class Pictures:
    """Remembers which masks each picture had."""

    def __init__(self) -> None:
        self.cameras: tuple[str, ...] = CAMERAS
        self.masks: dict[str, tuple[Mask, ...]] = {}

    def arrange(self, layout: str, cameras: Sequence[str]) -> None:
        del layout
        self.cameras = tuple(cameras)

    def mask(self, camera: str, masks: Sequence[Mask]) -> None:
        self.masks[camera] = tuple(masks)

    def compose(self, pictures: Mapping[str, av.VideoFrame | None], court_us: int) -> Pixels:
        del pictures, court_us
        return np.zeros((6, 4), np.uint8)


class Slates:
    """One picture for all."""

    def picture(self, kind: str, court_us: int) -> Pixels:
        del kind, court_us
        return np.zeros((6, 4), np.uint8)


class Sound:
    """Never silent by itself."""

    def direct(self, marks: Sequence[SoundMark]) -> None:
        del marks

    def mix(self, from_us: int, samples: int, until_us: int) -> Samples:
        del from_us, until_us
        return np.ones((2, samples), np.float32)

    def reset(self) -> None:
        """Nothing to forget."""


@dataclass
class Teller:
    """Keeps what the desk says."""

    cuts: list[Cut] = field(default_factory=list)
    forces: dict[int, OrderForce] = field(default_factory=dict)

    def tell(self, message: Message) -> None:
        assert isinstance(message, Cut)
        self.cuts.append(message)

    def order_taken(self, record: OrderRecord, force: OrderForce) -> None:
        self.forces[record.sequence] = force


@dataclass
class Seen:
    """What the public saw of the room at a tick."""

    court_us: int
    pictures: dict[str, int]
    masks: dict[str, tuple[Mask, ...]]


class Broadcast:
    """A broadcast whose worker may crash between any two ticks."""

    def __init__(self, directory: Path, delay_s: float) -> None:
        self.directory = directory
        delay_us = round(delay_s * 1_000_000)
        self.kept = Timeline([Piece(0, ORIGIN - delay_us, delay_us)], TICK)
        self.teller = Teller()
        self.epoch = 0
        self.tick = 0
        self.seen: list[Seen] = []
        self.model = Model()
        self.read_to = 0
        self.given: list[OrderRecord] = []
        self.muted: list[tuple[int, np.ndarray]] = []
        self.notices: list[tuple[str, int, str]] = []
        self.wait_us = 0
        self.start()

    def start(self) -> None:
        """Start a worker on what the one before has left."""
        self.gate = Gate(self.epoch)
        self.direction = Direction("two", CAMERAS, Templates({}))
        self.pictures = Pictures()
        self.composer = Composer(self.gate, self.direction, self.pictures, Slates(), Sound(), TICK)
        self.timeline = self.kept
        self.desk = Desk(
            OrderReader(self.directory), ForceLog(self.directory), self.gate, self.direction,
            self.keep, self.announce,
        )  # fmt: skip
        self.desk.begin(self.timeline)

    def keep(self, timeline: Timeline) -> None:
        self.kept = timeline

    def announce(self, kind: str, from_us: int, notice: Notice) -> None:
        self.notices.append((kind, from_us, notice.line))

    @property
    def now_us(self) -> int:
        return self.timeline.due_us(self.tick)

    def order(self, name: str, args: dict[str, float | str], offset_us: int) -> None:
        court_us = self.now_us - offset_us
        record = append_order(
            self.directory, name, court_us, str(len(self.given)), "", checked(name, args)
        )
        self.given.append(record)

    def compose(self) -> None:
        """Compose a tick, and note what was shown."""
        moment = self.moment()
        if self.tick % SEGMENT == 0:
            self.timeline = self.desk.delayed(moment, self.timeline, self.teller)
            if self.tick > self.timeline.pieces[-1].first_tick:
                self.timeline = self.desk.waiting(moment, self.timeline, self.wait_us)
            moment = self.moment()
        self.desk.read(moment, self.timeline, self.teller)
        for record in self.given[self.read_to :]:
            if record.order in RULES:
                self.model.orders.append((record, moment.court_us))
        self.read_to = len(self.given)
        at_us = moment.court_us
        pictures = {"a": at_us - 7, "b": at_us + TICK // 2}
        views = {one: CameraView(FRAME, when, lost=False) for one, when in pictures.items()}
        verdict = self.gate.verdict(at_us)
        released = self.composer.compose(self.tick, at_us, verdict, views)
        self.epoch = released.epoch
        if released.air == "room":
            shown = {one: when for one, when in pictures.items() if verdict.admits(when)}
            self.seen.append(Seen(at_us, shown, dict(self.pictures.masks)))
        self.check_sound(at_us, released.sound[0])
        self.tick += 1

    def moment(self) -> Moment:
        return Moment(self.tick, self.timeline.court_us(self.tick), self.now_us, self.now_us)

    def check_sound(self, court_us: int, sound: np.ndarray) -> None:
        heard = np.flatnonzero(sound)
        for sample in (heard[:1], heard[-1:], heard[len(heard) // 2 :][:1]):
            for at in sample:
                when = court_us + int(at) * 1_000_000 // 48_000
                assert not self.model.forbidden(when), f"heard {when} µs"
                assert not self.is_muted(when), f"heard {when} µs, which is muted"

    def is_muted(self, court_us: int) -> bool:
        return any(
            record.order == "mute"
            and not record.args["camera"]
            and record.reach_us <= court_us < self.lifted(record, "unmute")
            for record in self.given[: self.read_to]
        )

    def lifted(self, record: OrderRecord, by: str) -> int:
        """Return when the first later order ends what a mark began."""
        return min(
            (
                later.court_us
                for later in self.given[: self.read_to]
                if later.sequence > record.sequence
                and later.order == by
                and later.args["camera"] in ("", record.args["camera"])
            ),
            default=1 << 62,
        )

    def masked(self, camera: str, picture_us: int) -> int:
        """Return how many masks a picture must have, at least."""
        return sum(
            record.order == "mask"
            and record.args["camera"] == camera
            and record.reach_us <= picture_us < self.lifted(record, "unmask")
            for record in self.given[: self.read_to]
        )


def check(broadcast: Broadcast) -> None:
    """Look at the last tick that showed the room."""
    last = broadcast.seen[-1]
    for camera, picture_us in last.pictures.items():
        assert not broadcast.model.forbidden(picture_us), f"shown {picture_us} µs"
        assert len(last.masks[camera]) >= broadcast.masked(camera, picture_us)
    if len(broadcast.seen) > 1:
        assert last.court_us > broadcast.seen[-2].court_us, "the room was shown twice"


camera = st.sampled_from(["a", "b"])
anyone = st.sampled_from(["", "a", "b"])
back = st.sampled_from([0.0, 0.3, 2.0])
steps = st.lists(
    st.tuples(
        st.integers(0, 14),
        st.integers(0, TICK - 1),
        st.one_of(
            st.tuples(
                st.sampled_from([*sorted(set(RULES) - {"range_dump"}), "resume", "open"])
            ).map(lambda one: (one[0], {})),
            st.just(("start", {})),
            st.sampled_from([0.2, 1.0, 30.0]).map(lambda s: ("range_dump", {"seconds": s})),
            st.tuples(anyone, back).map(lambda m: ("mute", {"camera": m[0], "seconds": m[1]})),
            anyone.map(lambda one: ("unmute", {"camera": one})),
            st.tuples(camera, back).map(lambda m: ("mask", {"camera": m[0], "seconds": m[1]})),
            anyone.map(lambda one: ("unmask", {"camera": one})),
            camera.map(lambda one: ("camera", {"camera": one})),
            st.sampled_from([0.0, 0.5, 3.0, 12.0]).map(lambda s: ("delay", {"seconds": s})),
            st.sampled_from([("kill", {}), ("late", {})]),
        ),
    ),
    min_size=1,
    max_size=14,
)


@settings(max_examples=500, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from([0.0, 0.4, 2.0, 8.0]), steps)
def test_nothing_forbidden_unmasked_or_twice_is_shown_whatever_is_ordered_and_whoever_crashes(
    delay_s: float, given_steps: list[tuple[int, int, tuple[str, dict[str, float | str]]]]
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        broadcast = Broadcast(Path(folder), delay_s)
        broadcast.order("start", {}, 0)
        for after, offset_us, (name, args) in given_steps:
            for _ in range(after):
                shown = len(broadcast.seen)
                broadcast.compose()
                if len(broadcast.seen) > shown:
                    check(broadcast)
            if name == "kill":
                broadcast.start()
            elif name == "late":
                broadcast.wait_us = broadcast.timeline.pieces[-1].wait_us + WAIT_STEP
            else:
                broadcast.order(name, args, offset_us)
        for _ in range(40):
            shown = len(broadcast.seen)
            broadcast.compose()
            if len(broadcast.seen) > shown:
                check(broadcast)


def test_a_broadcast_that_nobody_stops_is_shown_in_full(tmp_path: Path) -> None:
    broadcast = Broadcast(tmp_path, 2.0)
    broadcast.order("start", {}, 0)
    for _ in range(200):
        broadcast.compose()
    assert len(broadcast.seen) > 120
    broadcast.order("delay", {"seconds": 4.0}, 0)
    for _ in range(200):
        broadcast.compose()
    assert broadcast.timeline.pieces[-1].delay_us == 4_000_000
    assert broadcast.seen[-1].court_us == broadcast.timeline.court_us(399)
    assert broadcast.teller.forces[2].order == "delay"


def test_a_longer_wait_begins_where_a_slate_stands_and_not_before(tmp_path: Path) -> None:
    broadcast = Broadcast(tmp_path, 0.0)
    broadcast.order("start", {}, 0)
    broadcast.compose()
    broadcast.wait_us = broadcast.timeline.pieces[-1].wait_us + WAIT_STEP
    for _ in range(5 * SEGMENT):
        broadcast.compose()
    assert len(broadcast.timeline.pieces) == 1
    broadcast.order("recess", {}, 0)
    for _ in range(2 * SEGMENT):
        broadcast.compose()
    assert broadcast.timeline.pieces[-1].wait_us == broadcast.wait_us
    broadcast.start()  # the worker after this one waits as long
    broadcast.order("resume", {}, 0)
    shown = len(broadcast.seen)
    for _ in range(2 * SEGMENT):
        broadcast.compose()
    assert len(broadcast.seen) > shown
    assert len(broadcast.timeline.pieces) == 2


def test_a_slate_says_why_from_the_orders_court_time_and_a_dump_at_once(tmp_path: Path) -> None:
    broadcast = Broadcast(tmp_path, 2.0)
    broadcast.order("start", {}, 0)
    broadcast.compose()
    broadcast.order("recess", {"reason": "评议", "until": "14:30"}, 0)
    ordered_us = broadcast.now_us
    broadcast.compose()
    broadcast.order("dump", {"reason": "设备故障"}, 0)
    broadcast.compose()
    recess, dump = broadcast.notices
    assert recess == ("recess", ordered_us, "评议\u3000预计 14:30 恢复 / Goes on at about 14:30")
    assert dump[0] == "interrupted"
    assert dump[1] < ordered_us
    assert dump[2] == "设备故障"
