from pathlib import Path

from media.recording.history import read_history
from media.recording.index import PublicRecording
from tests.media.hls.parts_by_hand import PARTS, part


def test_what_went_before_a_snapshot(tmp_path: Path) -> None:
    with PublicRecording(tmp_path) as recording:
        for number in range(PARTS * 5 + 3):
            recording.write(part(number, discontinuity=number == PARTS, gap=number == 0))
    segments = read_history(tmp_path, "v360", 3)
    assert [one.msn for one in segments] == [0, 1, 2]
    assert [one.gap for one in segments] == [True, False, False]
    assert [one.discontinuity_sequence for one in segments] == [0, 1, 1]
    assert not any(one.parts for one in segments)
    assert read_history(tmp_path, "v720", 3) == []
