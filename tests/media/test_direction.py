"""Marks on court time: when they begin, when they end, and that they hide rather too much."""

from hypothesis import given
from hypothesis import strategies as st

from media.direction import Direction
from media.gate import OPENING_GUARD_US, OrderRecord
from media.marks import Arrangement, Mask, SoundMark, Templates
from media.ordering import checked

SECOND = 1_000_000


class Book:
    """A direction and the orders it is given."""

    def __init__(self) -> None:
        self.direction = Direction("two", ["a", "b"], Templates({}))
        self.count = 0

    def order(self, name: str, at: float, **args: str | float) -> int:
        self.count += 1
        record = OrderRecord(self.count, name, round(at * SECOND), "", "", checked(name, args))
        return self.direction.add(record, 0)


def test_layouts_and_cameras_follow_their_court_time() -> None:
    book = Book()
    book.order("camera", 10, camera="b")
    book.order("layout", 20, layout="single")
    book.order("camera", 30, camera="auto")
    book.order("camera", 40, camera="a")
    book.order("camera", 50, camera="nobody")
    seen = [book.direction.arrangement(at * SECOND) for at in (9, 10, 20, 30, 40, 50)]
    assert seen == [
        Arrangement("two", ("a", "b")),
        Arrangement("two", ("b", "a")),
        Arrangement("single", ("b", "a")),
        Arrangement("single", ("b", "a"), by_voice=True),
        Arrangement("single", ("a", "b")),
        Arrangement("single", ("a", "b")),
    ]


def test_force_is_where_a_mark_reaches_back_to_but_not_before_the_next_tick() -> None:
    book = Book()
    assert book.order("mute", 10, seconds=4) == 6 * SECOND
    record = OrderRecord(9, "mute", 10 * SECOND, "", "", checked("mute", {"seconds": 4}))
    assert book.direction.add(record, 8 * SECOND) == 8 * SECOND


def test_a_mute_lasts_until_it_is_lifted_and_the_guard_has_passed() -> None:
    book = Book()
    book.order("mute", 10, camera="a", seconds=2)
    book.order("unmute", 15, camera="b")
    assert book.direction.sound == (SoundMark("a", "mute", 8 * SECOND),)
    book.order("unmute", 20)
    assert book.direction.sound == (
        SoundMark("a", "mute", 8 * SECOND, 20 * SECOND + OPENING_GUARD_US),
    )
    assert book.direction.silences(0, 100 * SECOND) == []
    book.order("voice_shift", 30, camera="b")
    book.order("unmute", 31)
    assert [mark.to_us for mark in book.direction.sound][-1] is None


def test_silences_are_those_of_every_microphone() -> None:
    book = Book()
    book.order("mute", 10)
    book.order("unmute", 12)
    assert book.direction.silences(0, 11 * SECOND) == [(10 * SECOND, 11 * SECOND)]
    assert book.direction.silences(13 * SECOND, 20 * SECOND) == []


marks = st.lists(
    st.tuples(
        st.sampled_from(["mask", "unmask"]),
        st.sampled_from(["a", "b"]),
        st.integers(0, 20),
        st.integers(0, 20),
    ),
    max_size=8,
)


@given(marks, st.integers(0, 200))
def test_a_picture_is_masked_from_where_a_mark_reaches_back_to_until_it_is_lifted(
    given_marks: list[tuple[str, str, int, int]], moment: int
) -> None:
    book, now = Book(), 0
    expected = {"a": 0, "b": 0}
    told: list[tuple[str, str, int, int]] = []
    for name, camera, after, back in given_marks:
        now += after
        args: dict[str, str | float] = {"camera": camera}
        if name == "mask":
            args["seconds"] = back
        book.order(name, now, **args)
        told.append((name, camera, now, back))
    for index, (name, camera, at, back) in enumerate(told):
        lifted = [t for n, c, t, _ in told[index + 1 :] if n == "unmask" and c == camera]
        until = min(lifted, default=10_000) + OPENING_GUARD_US / SECOND
        expected[camera] += int(name == "mask" and at - back <= moment < until)
    for camera, count in expected.items():
        hidden = book.direction.masks("two", camera, moment * SECOND)
        assert hidden == (Mask(0, 0, 1, 1),) * count
