"""A feed is well-formed whatever stands in it, and its identifiers stay what they were."""

from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as Xml

from hypothesis import given
from hypothesis import strategies as st

from server.pages.atom import Deleted, Entry, Head, feed, identifier

ATOM, GONE = "{http://www.w3.org/2005/Atom}", "{http://purl.org/atompub/tombstones/1.0}"
NOW = datetime(2026, 11, 27, 9, 0, tzinfo=UTC)
HEAD = Head("feed:x", "庭审", "法院", "zh-CN", "https://c.example/f?a=1&b=2", "https://c.example/")


def entry(about: str, text: str = "甲诉乙", *, hours: int = 0) -> Entry:
    """Return an entry that changed so many hours after the others."""
    at = NOW + timedelta(hours=hours)
    return Entry(about, text, text, f"https://c.example/{text}", NOW, at, text, ("live", text))


@given(st.text(st.characters(codec=None), max_size=40))
def test_whatever_is_written_the_feed_can_be_read(text: str) -> None:
    made = feed(HEAD, [entry("hearing:1", text)], [Deleted("hearing:2", NOW, text)])
    read = Xml.fromstring(made.encode("utf-8"))  # noqa: S314  (it is our own)
    assert len(read.findall(f"{ATOM}entry")) == 1
    assert len(list(read)) == 8  # nothing came from the text


def test_what_changed_last_is_first_and_dates_the_feed() -> None:
    made = feed(
        HEAD, [entry("hearing:1"), entry("hearing:2", hours=3), entry("hearing:3", hours=1)]
    )
    read = Xml.fromstring(made)  # noqa: S314
    ids = [one.findtext(f"{ATOM}id") for one in read.findall(f"{ATOM}entry")]
    assert ids == [identifier(f"hearing:{number}") for number in (2, 3, 1)]
    assert read.findtext(f"{ATOM}updated") == "2026-11-27T12:00:00.000Z"


def test_what_is_gone_has_a_tombstone_with_the_entry_s_own_identifier() -> None:
    made = feed(HEAD, [], [Deleted("hearing:1", NOW, "隐私")])
    stone = Xml.fromstring(made).find(f"{GONE}deleted-entry")  # noqa: S314
    assert stone is not None
    assert stone.get("ref") == identifier("hearing:1")
    assert stone.get("when") == "2026-11-27T09:00:00.000Z"


def test_an_identifier_never_changes() -> None:
    assert identifier("hearing:1") == "urn:uuid:4551bb68-b883-5089-bd25-bd8ac2f32a06"


def test_a_feed_without_entries_has_a_date() -> None:
    assert feed(HEAD, []) == feed(HEAD, [])
    assert "<updated>2026-01-01T00:00:00.000Z</updated>" in feed(HEAD, [])
