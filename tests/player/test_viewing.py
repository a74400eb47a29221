"""What is said of a viewing: freezes by webrtc-stats' rule, and how far pictures are behind."""

from __future__ import annotations

from tests.player.viewing import Picture, Sent, Viewing, freezes, played, told

EVERY_MS = 40.0


def every(count: int, from_ms: float = 0.0) -> list[float]:
    return [from_ms + at * EVERY_MS for at in range(count)]


def test_a_freeze_is_much_later_than_pictures_have_been() -> None:
    assert freezes(every(50)) == []
    assert freezes([*every(50), *every(50, 50 * EVERY_MS + 100)]) == []  # 140 ms
    assert freezes([*every(50), *every(50, 50 * EVERY_MS + 150)]) == [190.0]
    assert freezes([*(at * 100.0 for at in range(9)), 1099.0]) == []  # 299 ms of 100


def test_a_picture_is_known_by_its_number_and_when_it_was_seen() -> None:
    sent = Sent(turn=10)
    sent.at_ms = every(25)
    assert sent.of(3, 130.0) == 120.0
    assert sent.of(3, 1000.0) == 920.0
    assert sent.of(3, 600.0) == 520.0
    assert sent.of(9, 10.0) is None


def test_a_player_behind_it_makes_up_for_what_came_late() -> None:
    sent = Sent(turn=100)
    sent.at_ms = every(100)
    late = {50: 190.0, 51: 150.0}
    seen = [Picture(at * EVERY_MS + 10 + late.get(at, 0.0), at) for at in range(100)]
    viewing = Viewing(0.0, seen, heard_ms=70.0)
    assert played(viewing, sent, 200)[50] == 2200.0
    until_ms = 100 * EVERY_MS
    came = told(viewing, sent, until_ms=until_ms, plays=True)
    assert (came["freezes"], came["frozen_ms"]) == (1, 230)
    assert (came["first_picture_ms"], came["first_sound_ms"], came["missing"]) == (10, 70, 0)
    assert (came["behind_ms_p50"], came["unreadable"]) == (10, 0)
    behind = told(viewing, sent, until_ms=until_ms, plays=False)
    assert (behind["freezes"], behind["freezes_as_they_came"]) == (0, 1)


def test_what_cannot_be_read_was_not_shown() -> None:
    sent = Sent(turn=100)
    sent.at_ms = every(100)
    seen = [Picture(at * EVERY_MS, None if 50 <= at < 60 else at) for at in range(100)]
    found = told(Viewing(0.0, seen), sent, until_ms=99 * EVERY_MS, plays=True)
    assert (found["unreadable"], found["missing"], found["freezes"]) == (10, 10, 1)
    ended = told(Viewing(0.0, seen[:50]), sent, until_ms=99 * EVERY_MS, plays=True)
    assert (ended["freezes"], ended["frozen_ms"]) == (1, 2000)
