"""What is left out of the record in a recess, and how it begins again."""

from __future__ import annotations

from media.feeds import issues
from media.feeds.recess import Sieve
from media.spool.record import Interruption, Packet, Record, Stream

BOTH: frozenset[Stream] = frozenset({"video", "audio"})


def packet(stream: Stream, at: int, *, keyframe: bool = False) -> Packet:
    return Packet(stream, at, at, at, 40_000, keyframe, b"x")


class Room:
    """A courtroom whose rules leave out what ``left_out`` says."""

    def __init__(self) -> None:
        self.left_out: frozenset[Stream] = frozenset()
        self.sieve = Sieve(lambda: self.left_out)

    def give(self, *packets: Packet) -> list[Record]:
        return [record for one in packets for record in self.sieve.records(one)]


def test_nothing_of_the_room_is_kept_and_the_gap_has_its_reason() -> None:
    room = Room()
    before = [packet("video", 1, keyframe=True), packet("audio", 2)]
    assert room.give(*before) == before
    room.left_out = BOTH
    assert room.give(
        packet("video", 3), packet("audio", 4), packet("video", 5), packet("audio", 6)
    ) == [Interruption("video", 3, issues.RECESS), Interruption("audio", 4, issues.RECESS)]
    assert room.sieve.issue == issues.RECESS


def test_pictures_begin_again_with_a_key_frame_and_sound_at_once() -> None:
    room = Room()
    room.left_out = BOTH
    room.give(packet("video", 1), packet("audio", 1))
    room.left_out = frozenset()
    kept = [packet("audio", 3), packet("video", 4, keyframe=True), packet("video", 5)]
    assert room.give(packet("video", 2), *kept) == kept
    assert not room.sieve.issue


def test_a_second_recess_before_the_key_frame_keeps_nothing_between() -> None:
    room = Room()
    room.left_out = BOTH
    room.give(packet("video", 1))
    room.left_out = frozenset()
    assert room.give(packet("video", 2)) == []
    room.left_out = BOTH
    assert room.give(packet("video", 3, keyframe=True)) == []


def test_with_the_microphones_off_the_picture_is_kept() -> None:
    room = Room()
    room.left_out = frozenset({"audio"})
    pictures = [packet("video", 1, keyframe=True), packet("video", 3)]
    assert room.give(pictures[0], packet("audio", 2), pictures[1], packet("audio", 4)) == [
        pictures[0],
        Interruption("audio", 2, issues.RECESS),
        pictures[1],
    ]
    assert room.sieve.issue == issues.RECESS_SOUND
