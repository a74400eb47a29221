"""From a publisher's thread to the feed's."""

from __future__ import annotations

import threading

from media.errors import FeedUnavailable
from media.feeds.mailbox import MAX_BEGUN, Mailbox
from tests.media.feeds.cameras import code_of


def test_who_comes_is_heard_and_who_goes_is_told() -> None:
    mailbox: Mailbox[str] = Mailbox()
    assert code_of(lambda: mailbox.wait_for_publisher(0)) == "nobody_pushes"
    thread = threading.Thread(target=lambda: mailbox.begin(lambda: None))
    thread.start()
    mailbox.wait_for_publisher(5)
    thread.join()
    assert mailbox.is_taken
    assert mailbox.put("a", 1, 7)
    mailbox.end("closed")
    assert mailbox.take(0) == ("a", 7)
    assert code_of(lambda: mailbox.take(0)) == "closed"
    assert mailbox.take(0) is None


def test_what_came_while_nobody_read_is_not_lost() -> None:
    mailbox: Mailbox[str] = Mailbox()
    mailbox.begin(lambda: None)
    mailbox.put("early", 5, 1)
    mailbox.end("closed")
    mailbox.dismiss()  # the feed lets go of a publisher before this one
    mailbox.wait_for_publisher(0)
    assert mailbox.take(0) == ("early", 1)


def test_a_publisher_that_is_read_is_let_go_with_the_feed() -> None:
    mailbox: Mailbox[str] = Mailbox()
    gone = threading.Event()
    mailbox.begin(gone.set)
    mailbox.wait_for_publisher(0)
    mailbox.put("rest", 4, 1)
    mailbox.dismiss()
    assert gone.is_set()
    mailbox.end("closed")
    assert code_of(lambda: mailbox.wait_for_publisher(0)) == "nobody_pushes"


def test_memory_is_bounded() -> None:
    mailbox: Mailbox[bytes] = Mailbox(10_000)
    mailbox.begin(lambda: None)
    assert sum(mailbox.put(b"", 0, 0) for _ in range(1000)) < 50
    assert mailbox.overflows > 0
    for _ in range(5 * MAX_BEGUN):
        mailbox.begin(lambda: None)
        mailbox.end("closed")
    for _ in range(MAX_BEGUN + 1):
        try:
            mailbox.wait_for_publisher(0)
        except FeedUnavailable:
            return
    raise AssertionError("all of them are remembered")


def test_who_was_refused_is_told_of_until_somebody_comes() -> None:
    mailbox: Mailbox[str] = Mailbox()
    mailbox.notice("wrong_key")
    assert code_of(lambda: mailbox.wait_for_publisher(0)) == "wrong_key"
    mailbox.begin(lambda: None)
    mailbox.wait_for_publisher(0)
    assert mailbox.noticed() == ""
    mailbox.notice("second_publisher")
    assert (mailbox.noticed(), mailbox.noticed()) == ("second_publisher", "")
