import pytest

from server.accounts.devices import device_words

WEBKIT = "AppleWebKit/537.36 (KHTML, like Gecko)"


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (f"Mozilla/5.0 (X11; Linux x86_64) {WEBKIT} Chrome/143.0 Safari/537.36", "Chrome, Linux"),
        (
            f"Mozilla/5.0 (Windows NT 10.0) {WEBKIT} Chrome/143.0 Safari/537.36 Edg/143.0",
            "Edge, Windows",
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0; rv:146.0) Gecko/20100101 Firefox/146.0",
            "Firefox, Windows",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/604.1",
            "Safari, iOS",
        ),
        (f"Mozilla/5.0 (Linux; Android 16) {WEBKIT} Chrome/143.0 Mobile", "Chrome, Android"),
        ("", ""),
        ("<script>alert(1)</script>", ""),
        ("x" * 10_000 + "Firefox/1", ""),
    ],
)
def test_a_browser_in_two_words(told: str, words: str) -> None:
    assert device_words(told) == words
