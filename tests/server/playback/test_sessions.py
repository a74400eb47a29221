import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.playback.sessions import (
    LONGEST_SECONDS,
    NOBODY,
    SECRET_CHARACTERS,
    InvalidSession,
    Kind,
    Path,
    Session,
    issue,
    name_direct,
    of_direct,
    read,
)

SECRET = b"s" * 32
NOW = 1_790_000_000
SESSION = Session(Kind.PUBLIC, "abcdefghij_-ABC1", NOW)


@given(st.sampled_from(Kind), st.from_regex(r"[A-Za-z0-9_-]{16}", fullmatch=True))
def test_what_was_issued_is_read(kind: Kind, viewer: str) -> None:
    session = Session(kind, viewer, NOW, key="k1x" if kind is Kind.PARTNER else "")
    text = issue(SECRET, "b1", Path.LIVE, session)
    assert read(SECRET, "b1", Path.LIVE, text, NOW + 5.5) == session
    assert "/" not in text


@pytest.mark.parametrize(
    ("secret", "broadcast", "path", "at"),
    [
        (b"t" * 32, "b1", Path.LIVE, NOW),
        (SECRET, "b2", Path.LIVE, NOW),
        (SECRET, "b1", Path.REPLAY, NOW),
        (SECRET, "b1", Path.LIVE, NOW + LONGEST_SECONDS + 1),
        (SECRET, "b1", Path.LIVE, NOW - LONGEST_SECONDS - 1),
    ],
)
def test_a_session_holds_only_where_and_as_long_as_it_was_made_for(
    secret: bytes, broadcast: str, path: Path, at: float
) -> None:
    text = issue(SECRET, "b1", Path.LIVE, SESSION)
    with pytest.raises(InvalidSession):
        read(secret, broadcast, path, text, at)


@pytest.mark.parametrize("step_s", [-3600, 3600])
def test_players_go_on_when_the_machines_clock_is_set(step_s: float) -> None:
    text = issue(SECRET, "b1", Path.LIVE, SESSION)
    assert read(SECRET, "b1", Path.LIVE, text, NOW + 5 + step_s) == SESSION


@given(st.text(max_size=200))
def test_no_other_text_is_a_session(text: str) -> None:
    with pytest.raises(InvalidSession):
        read(SECRET, "b1", Path.LIVE, text, NOW)


def test_a_changed_letter_is_noticed() -> None:
    text = issue(SECRET, "b1", Path.LIVE, SESSION)
    for at in range(len(text)):
        changed = text[:at] + ("A" if text[at] != "A" else "B") + text[at + 1 :]
        with pytest.raises(InvalidSession):
            read(SECRET, "b1", Path.LIVE, changed, NOW)


@pytest.mark.parametrize(
    "session",
    [
        Session(Kind.PUBLIC, "abcdefghij_-ABC1", 0),
        Session(Kind.PARTNER, "abcdefghij_-ABC1", 0, key="k1x"),
        Session(Kind.PARTNER, NOBODY, 0, key="k1x"),
        Session(Kind.UNCOUNTED, NOBODY, 0),
    ],
)
def test_a_direct_sessions_name_tells_who_watches(session: Session) -> None:
    name = name_direct(session, "x" * SECRET_CHARACTERS)
    assert of_direct(name) == session
    with pytest.raises(ValueError, match="characters"):
        name_direct(session, "short")


@given(st.text(max_size=60))
def test_a_name_that_is_not_ours_is_nobodys(name: str) -> None:
    session = of_direct(name)
    assert session.kind in Kind
    if len(name) < 41:
        assert session == Session(Kind.UNCOUNTED, NOBODY, 0)
