"""Only what the verdict admits leaves the composer, picture by picture and sample by sample."""

from collections.abc import Mapping, Sequence

import av
import numpy as np
import pytest

from media.direction import Direction
from media.gate import OPENING_GUARD_US, RULES, Gate, OrderRecord
from media.marks import Mask, SoundMark, Templates
from media.ordering import checked
from media.release import CameraView, Composer, Pixels, ReleasedFrame, Samples

TICK = 40_000
SECOND = 1_000_000


class Pictures:
    """Composes nothing, remembers what it was given."""

    def __init__(self) -> None:
        self.given: list[dict[str, av.VideoFrame | None]] = []
        self.arranged: list[tuple[str, tuple[str, ...]]] = []
        self.masks: dict[str, tuple[Mask, ...]] = {}
        self.broken = False

    def arrange(self, layout: str, cameras: Sequence[str]) -> None:
        self.arranged.append((layout, tuple(cameras)))

    @property
    def cameras(self) -> tuple[str, ...]:
        return self.arranged[-1][1]

    def mask(self, camera: str, masks: Sequence[Mask]) -> None:
        self.masks[camera] = tuple(masks)

    def compose(self, pictures: Mapping[str, av.VideoFrame | None], court_us: int) -> Pixels:
        if self.broken:
            raise ValueError(str(court_us))
        self.given.append(dict(pictures))
        return np.full((6, 4), 200, np.uint8)


class Slates:
    """Black pictures."""

    def picture(self, kind: str, court_us: int) -> Pixels:
        del kind, court_us
        return np.zeros((6, 4), np.uint8)


class Sound:
    """Every sample is 1."""

    def __init__(self) -> None:
        self.resets = 0
        self.broken = False
        self.seen_to_us: list[int] = []
        self.marks: tuple[SoundMark, ...] = ()

    def direct(self, marks: Sequence[SoundMark]) -> None:
        self.marks = tuple(marks)

    def mix(self, from_us: int, samples: int, until_us: int) -> Samples:
        if self.broken:
            raise ValueError(str(from_us))
        self.seen_to_us.append(until_us)
        return np.ones((2, samples), np.float32)

    def reset(self) -> None:
        self.resets += 1


NO_MASKS = Templates({})


class Room:
    """A composer, its gate and what flows into it."""

    def __init__(self, *orders: tuple[str, int], templates: Templates = NO_MASKS) -> None:
        self.gate = Gate()
        self.direction = Direction("two", ["camera-0", "camera-1"], templates)
        self.orders = 0
        for name, court_us in orders:
            self.order(name, court_us)
        self.pictures, self.sound = Pictures(), Sound()
        self.composer = Composer(
            self.gate, self.direction, self.pictures, Slates(), self.sound, TICK
        )
        self.picture = av.VideoFrame(4, 4, "yuv420p")

    def order(self, name: str, court_us: int, **args: str | float) -> None:
        self.orders += 1
        record = OrderRecord(self.orders, name, court_us, "", "", checked(name, args))
        (self.gate if name in RULES else self.direction).add(record, 0)

    def tick(self, court_us: int, *views: CameraView, repeat: bool = False) -> ReleasedFrame:
        named = {f"camera-{index}": view for index, view in enumerate(views)}
        verdict = self.gate.verdict(court_us)
        return self.composer.compose(court_us // TICK, court_us, verdict, named, repeat=repeat)

    def at(self, court_us: int) -> CameraView:
        return CameraView(self.picture, court_us, lost=False)


LOST = CameraView(None, 0, lost=True)


def test_nobody_else_releases_a_frame() -> None:
    with pytest.raises(TypeError):
        ReleasedFrame(0, 0, 0, "room", np.zeros((6, 4), np.uint8), np.zeros((2, 1), np.float32))


def test_without_orders_there_is_slate_and_silence() -> None:
    room = Room()
    released = room.tick(5 * SECOND, room.at(5 * SECOND))
    assert released.air == "before"
    assert not released.sound.any()
    assert not room.pictures.given


def test_a_picture_from_before_the_opening_edge_is_not_shown() -> None:
    room = Room(("start", SECOND))
    opened = SECOND + OPENING_GUARD_US
    assert room.tick(0).air == "before"
    assert room.tick(opened + TICK, room.at(opened - 1)).air == "before"
    assert room.tick(opened + 2 * TICK, room.at(opened)).air == "room"
    # The slate is left: a camera that has nothing admitted gets no place, the others do.
    room.tick(opened + 3 * TICK, room.at(opened - 1), room.at(opened + 1))
    assert room.pictures.given[-1] == {"camera-0": None, "camera-1": room.picture}


def test_a_picture_from_behind_a_closing_edge_is_not_shown() -> None:
    edge = 3 * SECOND + 10
    room = Room(("start", 0), ("recess", edge))
    assert room.tick(2 * SECOND, room.at(2 * SECOND)).air == "room"
    assert room.tick(3 * SECOND, room.at(edge)).air == "interrupted"
    assert room.tick(3 * SECOND + TICK, room.at(3 * SECOND)).air == "recess"
    assert room.sound.resets == 1


def test_sound_is_cut_to_the_sample() -> None:
    edge = 3 * SECOND + 10_000
    room = Room(("start", 0), ("recess", edge))
    sound = room.tick(3 * SECOND, room.at(3 * SECOND)).sound
    assert sound[:, :480].all()
    assert not sound[:, 480:].any()
    room = Room(("start", 3 * SECOND + 7 - OPENING_GUARD_US))
    sound = room.tick(3 * SECOND).sound
    assert not sound[:, 0].any()
    assert sound[:, 1:].all()


def test_a_mixer_that_looks_ahead_sees_nothing_of_what_is_behind_the_edge() -> None:
    edge = 3 * SECOND + 10_000
    room = Room(("start", 0), ("recess", edge), ("resume", edge + 1))
    for court_us in (3 * SECOND - 2 * TICK, 3 * SECOND):
        room.tick(court_us, room.at(court_us))
    assert room.sound.seen_to_us == [edge, edge]


def test_sound_that_cannot_be_mixed_is_silence_and_the_picture_goes_on() -> None:
    room = Room(("start", 0))
    room.sound.broken = True
    released = room.tick(SECOND, room.at(SECOND))
    assert released.air == "room"
    assert not released.sound.any()


def test_lost_cameras_and_errors_are_slate() -> None:
    room = Room(("start", 0))
    assert room.tick(SECOND, LOST, LOST).air == "interrupted"
    assert room.tick(SECOND + TICK, LOST, room.at(SECOND)).air == "room"
    room.pictures.broken = True
    assert room.tick(SECOND + 2 * TICK, room.at(SECOND)).air == "interrupted"


def test_a_repeat_never_crosses_an_edge() -> None:
    room = Room(("start", 0), ("recess", 2 * SECOND))
    room.tick(SECOND, room.at(SECOND))
    again = room.tick(SECOND + TICK, room.at(SECOND), repeat=True)
    assert (again.air, again.repeated) == ("room", True)
    closed = room.tick(2 * SECOND, room.at(SECOND), repeat=True)
    assert (closed.air, closed.repeated) == ("recess", False)


def test_what_is_filled_shows_nothing_of_the_room() -> None:
    room = Room(("start", 0))
    filled = room.composer.fill(50, 2 * SECOND, room.gate.verdict(2 * SECOND))
    assert filled.air == "interrupted"
    assert not filled.sound.any()
    assert filled.sound.shape == (2, 1920)


def test_a_mask_hides_what_was_recorded_before_it_was_ordered() -> None:
    room = Room(("start", 0))
    room.order("mask", 10 * SECOND, camera="camera-0", width=0.5, seconds=4)
    room.order("unmask", 12 * SECOND)
    hidden = {}
    for at in (6 * SECOND - 1, 6 * SECOND, 12 * SECOND + OPENING_GUARD_US - 1):
        room.tick(at + 1, room.at(at), room.at(at))
        hidden[at] = room.pictures.masks["camera-0"]
        assert not room.pictures.masks["camera-1"]
    assert list(hidden.values()) == [(), (Mask(0, 0, 0.5, 1),), (Mask(0, 0, 0.5, 1),)]
    room.tick(13 * SECOND, room.at(12 * SECOND + OPENING_GUARD_US))
    assert not room.pictures.masks["camera-0"]
    # A camera that stands still shows a picture of the time when it was masked.
    room.tick(13 * SECOND + TICK, room.at(12 * SECOND))
    assert room.pictures.masks["camera-0"] == (Mask(0, 0, 0.5, 1),)


def test_a_layout_whose_masks_nobody_has_drawn_is_slate() -> None:
    drawn = {"single": {"camera-0": (Mask(0, 0, 1, 0.1),)}}
    room = Room(("start", 0), templates=Templates(drawn, required=True))
    assert room.tick(SECOND, room.at(SECOND), room.at(SECOND)).air == "interrupted"
    room.order("layout", 2 * SECOND, layout="single")
    assert room.tick(2 * SECOND, room.at(2 * SECOND), room.at(2 * SECOND)).air == "room"
    assert room.pictures.masks["camera-0"] == (Mask(0, 0, 1, 0.1),)


def test_a_camera_takes_the_first_place_when_it_has_a_picture() -> None:
    room = Room(("start", 0))
    room.order("camera", 2 * SECOND, camera="camera-1")
    room.tick(SECOND, room.at(SECOND), LOST)
    room.tick(3 * SECOND, room.at(3 * SECOND), LOST)
    assert room.pictures.arranged == [("two", ("camera-0", "camera-1"))]
    room.tick(4 * SECOND, room.at(4 * SECOND), room.at(4 * SECOND))
    assert room.pictures.arranged[-1] == ("two", ("camera-1", "camera-0"))


def test_all_microphones_are_muted_to_the_sample_and_back() -> None:
    room = Room(("start", 0))
    room.order("mute", 5 * SECOND, seconds=1)
    room.order("unmute", 6 * SECOND)
    sounds = np.concatenate(
        [room.tick(at, room.at(at)).sound[0] for at in range(3 * SECOND, 7 * SECOND, TICK)]
    )
    heard = np.flatnonzero(sounds)
    muted = np.flatnonzero(sounds == 0)
    assert (muted[0], muted[-1] + 1) == (48_000, 48_000 * 3 + 12_000)
    assert len(heard) + len(muted) == len(sounds)


def test_the_mixer_is_told_of_every_mark() -> None:
    room = Room(("start", 0))
    room.tick(SECOND, room.at(SECOND))
    room.order("voice_shift", 2 * SECOND, camera="camera-1", seconds=1)
    room.tick(2 * SECOND, room.at(2 * SECOND))
    assert room.sound.marks == (SoundMark("camera-1", "voice_shift", SECOND),)
