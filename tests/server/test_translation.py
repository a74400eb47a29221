"""Every sentence for a reader is there in Chinese, and the languages are chosen as they should."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.checkers import python_format
from babel.messages.extract import extract
from babel.messages.pofile import read_po

from server.translation import FOLDER, KEYWORDS, catalogue, exact, gettext, preferred

SERVER = FOLDER.parent
KEYS = {name: places if places else (1,) for name, places in KEYWORDS.items()}


def sentences(path: Path) -> Iterator[str]:
    """Yield the sentences of a source file or template."""
    method = "python" if path.suffix == ".py" else "jinja2.ext:babel_extract"
    found = extract(method, BytesIO(path.read_bytes()), keywords=KEYS)
    for _, message, _, _ in found:
        if isinstance(message, str) and message:
            yield message


def sources() -> list[Path]:
    """Return everything that may hold sentences."""
    return sorted(
        [*SERVER.rglob("*.py"), *(SERVER / "templates").rglob("*.html")],
    )


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(SERVER)))
def test_every_sentence_has_its_chinese(path: Path) -> None:
    chinese = catalogue("zh-CN")
    missing = sorted({text for text in sentences(path) if text not in chinese})
    assert not missing


def catalogues() -> list[Path]:
    """Return all catalogues."""
    return sorted(FOLDER.rglob("*.po"))


@pytest.mark.parametrize("path", catalogues(), ids=lambda path: str(path.relative_to(FOLDER)))
def test_a_catalogue_is_sound(path: Path) -> None:
    with path.open("rb") as file:
        messages = [one for one in read_po(file, abort_invalid=True) if one.id]
    for message in messages:
        assert message.string, message.id
        assert not message.fuzzy, message.id
        if "%(" in str(message.id):
            message.flags.add("python-format")
            python_format(None, message)


def test_a_sentence_means_the_same_everywhere() -> None:
    for language in ("zh_CN", "en"):
        seen: dict[str, str] = {}
        for path in sorted((FOLDER / language).glob("*.po")):
            with path.open("rb") as file:
                for message in read_po(file):
                    if message.id:
                        said = seen.setdefault(str(message.id), str(message.string))
                        assert said == message.string, f"{message.id!r} in {path.name}"


@pytest.mark.parametrize(
    ("wishes", "language"),
    [
        ("", "zh-CN"),
        ("en", "en"),
        ("en-GB,en;q=0.9", "en"),
        ("zh-TW,en;q=0.9", "zh-CN"),
        ("en;q=0.3, zh;q=0.8", "zh-CN"),
        ("fr,de;q=0.9", "zh-CN"),
        ("fr,en;q=0.1", "en"),
        ("en;q=0", "zh-CN"),
        (";;;,q=,en;q=x", "zh-CN"),
    ],
)
def test_the_browser_s_wish_is_followed(wishes: str, language: str) -> None:
    assert preferred(wishes) == language


def test_a_language_is_chosen_by_hand() -> None:
    assert exact("en") == "en"
    assert exact("zh-CN") == "zh-CN"
    assert exact("tlh") is None
    assert exact(None) is None


def test_places_in_a_sentence_are_filled() -> None:
    assert gettext("en", "At least %(ge)s.", ge=3) == "At least 3."
    assert gettext("zh-CN", "nobody wrote this") == "nobody wrote this"
