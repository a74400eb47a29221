from dataclasses import replace
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from server.journal.chain import BEGINNING, Entry, canonical, digest_of, first_break


def chain(count: int) -> list[Entry]:
    """Return a whole chain."""
    found: list[Entry] = []
    for number in range(1, count + 1):
        previous = found[-1].digest if found else BEGINNING
        details = canonical({"n": number})
        entry = Entry(number, number, "p", "do", "o", details, str(number), previous, "")
        found.append(replace(entry, digest=digest_of(entry)))
    return found


@given(
    at=st.integers(0, 7),
    change=st.sampled_from(["at_us", "person", "action", "object", "details", "source", "court"]),
)
def test_a_changed_entry_is_found(at: int, change: str) -> None:
    entries = chain(8)
    assert first_break(entries) is None
    value = getattr(entries[at], change)
    changes: dict[str, Any] = {change: value + 1 if isinstance(value, int) else value + "!"}
    entries[at] = replace(entries[at], **changes)
    assert first_break(entries) == at + 1


@given(at=st.integers(0, 6))
def test_a_missing_entry_is_found(at: int) -> None:
    entries = chain(8)
    del entries[at]
    assert first_break(entries) == at + 1
