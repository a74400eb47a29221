"""Whether somebody watches what the public sees: the dead-man's switch of the delay [pure].

A delay is worth nothing if nobody watches its far side (rule B-44): in 1995 a seven-second delay
stood in a courtroom, nobody looked at it, and a juror was shown. So while the room is on the air
with a delay somebody must confirm again and again that they are watching the delayed picture.

=========  ==========================  ========================================================
happens    where                       afterwards
=========  ==========================  ========================================================
confirm    any time                    this person watches; asked again after the period
leave      by who watches              nobody watches; what was due stays due
time       room on the air with delay  at the due time without a confirmation: missed, once
time       slate, or no delay          nothing is asked; the period begins anew with the room
return     after a server's restart    a confirmation that fell into the pause may be made up for
=========  ==========================  ========================================================
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

Step = tuple["Watch", tuple["Happening", ...]]


@dataclass(frozen=True, slots=True)
class Watch:
    """Who watches, and by when it must be confirmed again (Unix microseconds; 0: not asked for).

    ``missed``: this person (or nobody, "") should have watched; it stays until somebody confirms or
    the public sees a slate.
    """

    watcher: str = ""
    due_us: int = 0
    missed: bool = False


@dataclass(frozen=True, slots=True)
class Happening:
    """Something for the journal: ``person`` began, stopped, or missed ("" if nobody watched)."""

    kind: Literal["begin", "stop", "miss"]
    person: str
    at_us: int


def confirmed(watch: Watch, person: str, at_us: int, period_us: int) -> Step:
    """Take a confirmation by a person."""
    after, begins = Watch(person, at_us + period_us), Happening("begin", person, at_us)
    if watch.missed or not watch.watcher:
        return after, (begins,)
    if watch.watcher == person:
        return after, ()
    return after, (Happening("stop", watch.watcher, at_us), begins)


def left(watch: Watch, person: str, at_us: int) -> Step:
    """Take a watcher's leave; of somebody who does not watch it means nothing."""
    if not person or watch.watcher != person or watch.missed:
        return watch, ()
    return replace(watch, watcher=""), (Happening("stop", person, at_us),)


def judged(watch: Watch, at_us: int, period_us: int, *, needed: bool) -> Step:
    """Look at the time. ``needed``: the public sees the room, later than it happens."""
    if not needed:
        return Watch("" if watch.missed else watch.watcher), ()
    # A clock that was set back must not put off the question.
    latest = at_us + period_us
    due_us = min(watch.due_us, latest) if watch.due_us else latest
    if watch.missed or at_us < due_us:
        return replace(watch, due_us=due_us), ()
    return Watch(watch.watcher, due_us, missed=True), (Happening("miss", watch.watcher, at_us),)


def taken_up(watch: Watch, at_us: int, grace_us: int) -> Watch:
    """Return the watch after a pause of the server, in which nobody could confirm."""
    if watch.missed or not watch.due_us:
        return watch
    return replace(watch, due_us=max(watch.due_us, at_us + grace_us))
