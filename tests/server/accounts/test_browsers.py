import pytest

from server.accounts.browsers import browser_cookie, familiar_browser
from server.signing import Signer

OURS = Signer(b"ours")


def test_a_browser_is_familiar_to_who_has_signed_in_with_it() -> None:
    cookie = browser_cookie(OURS, "", "ada")
    browser = familiar_browser(OURS, cookie, "ada")
    assert browser
    assert not familiar_browser(OURS, cookie, "bob")
    assert not familiar_browser(Signer(b"theirs"), cookie, "ada")
    both = browser_cookie(OURS, cookie, "bob")
    assert {familiar_browser(OURS, both, name) for name in ("ada", "bob")} == {browser}
    assert browser_cookie(OURS, both, "bob") == both


def test_a_browser_of_many_forgets_the_first() -> None:
    cookie = ""
    for number in range(9):
        cookie = browser_cookie(OURS, cookie, f"person{number}")
    assert not familiar_browser(OURS, cookie, "person0")
    assert familiar_browser(OURS, cookie, "person1")
    assert len(cookie) < 256


@pytest.mark.parametrize("cookie", ["", "x", "a.b", "." * 300, "\0", "abc" + ".é" * 22, "a" * 99])
def test_a_forged_cookie_is_nobody_s(cookie: str) -> None:
    assert not familiar_browser(OURS, cookie, "ada")
    assert familiar_browser(OURS, browser_cookie(OURS, cookie, "ada"), "ada")
