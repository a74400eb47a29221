"""What the answers to a checklist add up to [pure]."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from server.approvals.checklist import Checklist, Effect, Question
from server.approvals.model import Answer
from server.approvals.policy import Demand
from server.approvals.ruling import Words

# ``unknown``: no such line, or not asked here. ``missing``: not answered. ``word``: no answer to
# this line. ``contradiction``: not together with another answer, or with the nature of the case.
Flaw = Literal["unknown", "missing", "word", "contradiction"]
_NOTHING_SAID = frozenset({"no", "na"})


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with the answers themselves; ``because`` tells it where the file does."""

    code: str
    flaw: Flaw
    because: Words | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """A part that is closed or masked, with what the slate says then, and by which law."""

    code: str
    slate: Words
    basis: str
    note: str


@dataclass(frozen=True, slots=True)
class Findings:
    """What follows from the answers; all codes in the checklist's order.

    ``stopped``: a state-secret matter, of which nothing may be stored (rule B-42). ``hard``: no
    broadcast. ``unexplained``: lines that lack the presiding judge's reason. ``pending``: to be
    confirmed before the start; of those ``soft`` may be gone past by name and reason.
    """

    stopped: tuple[str, ...] = ()
    problems: tuple[Problem, ...] = ()
    hard: tuple[str, ...] = ()
    wants_reason: tuple[str, ...] = ()
    unexplained: tuple[str, ...] = ()
    parts: tuple[Part, ...] = ()
    steps: frozenset[str] = frozenset()
    pending: tuple[str, ...] = ()
    soft: frozenset[str] = frozenset()
    needs_mask: bool = False
    may_be_replayed: bool = True

    @property
    def may_be_broadcast(self) -> bool:
        """Whether nothing stands against laying it before the chain."""
        return not (self.stopped or self.problems or self.hard or self.unexplained)


def find(
    checklist: Checklist,
    demands: frozenset[Demand],
    nature: str,
    answers: Mapping[str, Answer],
    reasons: Collection[str] = (),
) -> Findings:
    """Return what the answers lead to; ``reasons`` are codes the presiding judge has explained."""
    asked = checklist.asked(demands)
    stopped = stops(checklist, answers)
    effects = {one.code: _effects(one, answers) for one in asked}

    def having(effect: Effect) -> tuple[str, ...]:
        return tuple(code for code, its in effects.items() if effect in its)

    wants_reason, warned = having("reason"), having("warn")
    return Findings(
        stopped=stopped,
        problems=tuple(_problems(checklist, asked, nature, answers)),
        hard=having("hard"),
        wants_reason=wants_reason,
        unexplained=tuple(code for code in wants_reason if code not in reasons),
        parts=tuple(_parts(asked, effects, answers)),
        steps=frozenset(one.step for one in asked if one.step and "step" in effects[one.code]),
        pending=tuple(code for code in effects if {"block", "warn"} & effects[code]),
        soft=frozenset(code for code in warned if "block" not in effects[code]),
        needs_mask=bool(having("mask")),
        may_be_replayed=not having("no_replay"),
    )


def stops(checklist: Checklist, answers: Mapping[str, Answer]) -> tuple[str, ...]:
    """Return the lines by which a matter must not be entered at all; asked at the door."""
    return tuple(one.code for one in checklist.question if "stop" in _effects(one, answers))


def door_codes(checklist: Checklist) -> tuple[str, ...]:
    """Return the lines that must be answered before anything is stored."""
    return tuple(one.code for one in checklist.question if one.leads_to("stop"))


def _effects(question: Question, answers: Mapping[str, Answer]) -> frozenset[str]:
    given = answers.get(question.code)
    for word, effects in question.effects.items():
        if given is not None and word == given.answer:
            return frozenset(effects)
    return frozenset()


def _parts(
    asked: tuple[Question, ...],
    effects: Mapping[str, frozenset[str]],
    answers: Mapping[str, Answer],
) -> Iterator[Part]:
    for one in asked:
        if one.slate is not None and "part" in effects[one.code]:
            yield Part(one.code, one.slate, one.basis, answers[one.code].note)


def _problems(
    checklist: Checklist, asked: tuple[Question, ...], nature: str, answers: Mapping[str, Answer]
) -> Iterator[Problem]:
    codes = {one.code for one in asked}
    yield from (Problem(code, "unknown") for code in sorted(set(answers) - codes))
    for one in asked:
        given = answers.get(one.code)
        if given is None:
            yield Problem(one.code, "missing")
        elif given.answer not in one.effects:
            yield Problem(one.code, "word")
        elif given.answer not in _NOTHING_SAID and not one.is_of(nature):
            yield Problem(one.code, "contradiction")
    for pair in checklist.contradiction:
        if all(
            code in codes and code in answers and answers[code].answer == word
            for code, word in pair.answers.items()
        ):
            yield Problem(min(pair.answers), "contradiction", pair.because)
