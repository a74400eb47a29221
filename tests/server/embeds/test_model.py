"""An origin is a named site, and nothing that a browser would read in another way."""

import pytest

from server.embeds.model import accept_origin, frame_size
from server.errors import Invalid


@pytest.mark.parametrize(
    ("text", "origin"),
    [
        ("https://news.example", "https://news.example"),
        (" https://News.Example:443/ ", "https://news.example"),
        ("https://news.example:8443", "https://news.example:8443"),
        ("https://晨报.example", "https://xn--4ruq7f.example"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("http://127.0.0.1:80", "http://127.0.0.1"),
    ],
)
def test_a_site_is_written_as_browsers_compare_it(text: str, origin: str) -> None:
    assert accept_origin(text) == origin


@pytest.mark.parametrize(
    "text",
    [
        "",
        "news.example",
        "http://news.example",  # whoever sits between could frame anything
        "https://*.news.example",
        "https://*",
        "https:",
        "https://news",
        "https://192.0.2.7",
        "https://[2001:db8::7]",
        "https://news.example/page",
        "https://news.example/?x",
        "https://news.example#x",
        "https://who@news.example",
        "https://news.example:99999",
        "https://news.example; script-src *",
        "https://news.example 'self'",
        "https://news.example,https://other.example",
        "https://news.example\r\nX: y",
        "https://news_paper.example",
        "https://-news.example",
        f"https://{'a' * 64}.example",
        f"https://{'a.' * 100}example",
        "data:text/html,x",
        "javascript:alert(1)",
        "'none'",
        "null",
    ],
)
def test_what_is_no_site_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        accept_origin(text)


def test_a_frame_keeps_within_its_bounds() -> None:
    assert frame_size() == (640, 540)
    assert frame_size(320) == (320, 360)
    assert frame_size(4000, 4000) == (640, 540)
    assert frame_size(None, 300) == (640, 300)
    assert frame_size(1, 1) == (240, 200)
