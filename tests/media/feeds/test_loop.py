"""One line of time over the borders of a clip."""

from __future__ import annotations

from fractions import Fraction
from itertools import islice

import pytest

from media.feeds.loop import FLICKS, ClipPacket, Loop, flicks, microseconds, repeated

PICTURE, SOUND = FLICKS // 25, FLICKS * 1024 // 48_000


def clip(pictures: int, sounds: int) -> list[ClipPacket]:
    video = [
        ClipPacket("video", n * PICTURE, n * PICTURE, PICTURE, n == 0, b"") for n in range(pictures)
    ]
    audio = [ClipPacket("audio", n * SOUND, n * SOUND, SOUND, True, b"") for n in range(sounds)]
    return sorted(video + audio, key=lambda packet: packet.dts)


@pytest.mark.parametrize("sounds", [14, 15, 16, 17])
def test_pictures_are_even_and_sound_stays_beside_them(sounds: int) -> None:
    made = list(islice(repeated(clip(8, sounds)), 2000))
    pictures = [packet.pts for packet in made if packet.stream == "video"]
    assert pictures == [n * PICTURE for n in range(len(pictures))]
    heard = [packet for packet in made if packet.stream == "audio"]
    ends = [packet.pts + packet.duration for packet in heard]
    gaps = [after.pts - end for end, after in zip(ends, heard[1:], strict=False)]
    assert all(0 <= gap <= 2 * SOUND for gap in gaps)
    assert abs(ends[-1] - pictures[-1]) < 3 * PICTURE
    if sounds == 15:
        assert set(gaps) == {0}


def test_nothing_cannot_be_repeated() -> None:
    with pytest.raises(ValueError, match="without length"):
        Loop().turn()


def test_units_of_time() -> None:
    assert flicks(90_000, Fraction(1, 90_000)) == FLICKS
    assert flicks(1024, Fraction(1, 48_000)) * 48_000 == 1024 * FLICKS
    assert microseconds(FLICKS * 3) == 3_000_000
