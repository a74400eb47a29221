"""What a letter says, and that nobody can put anything into it."""

from datetime import UTC, datetime

import pytest

from server.errors import Invalid
from server.mailing.letters import message
from server.mailing.model import Letter, Mailbox, Occasion, mailbox
from server.translation import Language

AT = datetime(2026, 11, 27, 1, 0, tzinfo=UTC)
PAGE = "https://court.example/console/applications"


def written(language: Language, address: str = "ada@court.example") -> str:
    its = Letter(Mailbox("ada", address, language), (Occasion("app-7", "mine", AT),))
    told = message(its, "tingbo@court.example", PAGE, AT, "abc")
    assert told["Auto-Submitted"] == "auto-generated"
    assert told["Message-ID"] == "<abc@court.example>"
    return f"{told['Subject']}\n{told.get_content()}"


def test_a_letter_says_that_something_waits_and_where_in_the_readers_language() -> None:
    chinese, english = written("zh-CN"), written("en")
    assert PAGE in chinese
    assert PAGE in english
    assert "有事项等待您处理" in chinese
    assert "Something waits for you" in english
    assert "app-7" not in chinese + english


@pytest.mark.parametrize(
    "address",
    [
        "ada@court.example\r\nBcc: eve@evil.example",
        "ada@court.example\nSubject: x",
        "ada@court.example, eve@evil.example",
        "Ada <ada@court.example>",
        "ada@court.example>\r\nRCPT TO:<eve@evil.example",
        "ada",
        "@court.example",
        "ada@",
        "ada@-court.example",
        "ada@court..example",
        "\u0430da@court.example",
        "a" * 65 + "@court.example",
        "ada@" + "a." * 130 + "example",
        "",
        " ada@court.example",
    ],
)
def test_what_is_no_single_address_is_refused_and_ends_no_header(address: str) -> None:
    with pytest.raises(Invalid):
        mailbox("ada", address, "en")
    if "\n" in address:
        with pytest.raises(ValueError, match=r"CR|LF|line|Invalid|[Ii]nvalid|parse"):
            written("en", address)


def test_only_languages_that_there_are_can_be_chosen() -> None:
    with pytest.raises(Invalid):
        mailbox("ada", "ada@court.example", "fr")
