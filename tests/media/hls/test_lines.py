"""What segments look like is told by the playlists' tests; here is what they share."""

from media.hls.lines import program_date_time


def test_times_are_written_in_milliseconds() -> None:
    assert program_date_time(1_764_000_000_000_499) == "2025-11-24T16:00:00.000Z"
    assert program_date_time(1_764_000_000_999_500) == "2025-11-24T16:00:01.000Z"
