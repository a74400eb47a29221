from datetime import UTC, datetime, timedelta

import pytest

from server.audience.viewers import is_bot, is_cookie, viewer_hash

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
COOKIE = "c" * 22


def test_a_viewer_is_the_same_all_day_and_at_no_other_broadcast_or_day() -> None:
    first = viewer_hash(b"s", COOKIE, "b1", NOW)
    assert len(first) == 16
    assert viewer_hash(b"s", COOKIE, "b1", NOW + timedelta(hours=5)) == first
    others = {
        viewer_hash(b"s", COOKIE, "b2", NOW),
        viewer_hash(b"s", COOKIE, "b1", NOW + timedelta(days=1)),
        viewer_hash(b"t", COOKIE, "b1", NOW),
        viewer_hash(b"s", "d" * 22, "b1", NOW),
    }
    assert len(others - {first}) == 4


@pytest.mark.parametrize(
    ("agent", "expected"),
    [
        (
            "Mozilla/5.0 (compatible; Baiduspider/2.0; +http://www.baidu.com/search/spider.html)",
            True,
        ),
        ("Mozilla/5.0 AppleWebKit/537.36 (compatible; bingbot/2.0)", True),
        ("Mozilla/5.0 (X11; Linux x86_64) HeadlessChrome/156.0 Safari/537.36", False),
        ("VLC/3.0.21 LibVLC/3.0.21", False),
        ("Lavf/62.3.100", False),
        ("", False),
    ],
)
def test_programs_that_say_so_are_not_viewers(agent: str, expected: bool) -> None:
    assert is_bot(agent) is expected


def test_only_what_we_made_is_a_cookie() -> None:
    assert is_cookie(COOKIE)
    assert not is_cookie("short")
    assert not is_cookie("c" * 100)
    assert not is_cookie("有" * 20)
