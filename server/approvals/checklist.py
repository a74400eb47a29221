"""The exclusion checklist: which questions are asked, and what each answer leads to [pure].

The questions are a rule file (``server/approvals/exclusions``), so that a high court can set its
own form (法发〔2010〕48号 Art. 4, rule B-03) without a line of code.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from server.approvals.policy import Demand, StepRole
from server.approvals.ruling import Path, Rule, RuleFile, Words

# ``stop``: nothing is stored. ``hard``: no broadcast. ``reason``: the presiding judge writes why it
# is broadcast all the same. ``part``: a closed segment or a masked participant. ``step``: the chain
# has another step. ``block``: not on the air until it is confirmed. ``warn``: the same, but
# somebody may go past it by name and reason. ``mask``: a mask template is needed. ``no_replay``.
Effect = Literal["stop", "hard", "reason", "part", "step", "block", "warn", "mask", "no_replay"]
Word = Literal["yes", "no", "na", "without_application", "undecided", "accepted", "rejected"]
Nature = Literal["civil", "criminal", "administrative", "other"]
Code = Annotated[str, Field(pattern=r"^[A-Z]-\d{2}$")]


class Question(Rule):
    """A line of the checklist. ``effects`` has every answer that can be given.

    ``natures``: in other cases only "no" and "na" make sense. ``demand``: the line is asked only
    where the court's policy demands this.
    """

    code: Code
    text: Words
    basis: Annotated[str, Field(min_length=1, max_length=400)]
    effects: Annotated[dict[Word, tuple[Effect, ...]], Field(min_length=2)]
    natures: tuple[Nature, ...] = ()
    demand: Demand | None = None
    slate: Words | None = None
    step: StepRole | None = None

    def leads_to(self, effect: Effect) -> bool:
        """Tell whether any answer has this effect."""
        return any(effect in effects for effects in self.effects.values())

    def is_of(self, nature: str) -> bool:
        """Tell whether the line can hold in a case of this nature."""
        return not self.natures or nature in (*self.natures, "other")


class Together(Rule):
    """Answers that cannot be true together."""

    answers: Annotated[dict[Code, Word], Field(min_length=2)]
    because: Words


class Checklist(RuleFile):
    """A version of a checklist."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9-]{2,40}$")]
    version: Annotated[str, Field(min_length=1, max_length=40)]
    title: Words
    question: Annotated[tuple[Question, ...], Field(min_length=1)]
    contradiction: tuple[Together, ...] = ()

    def contradictions(self) -> Iterator[tuple[Path, str]]:
        """Yield what of the file does not fit together."""
        seen: set[str] = set()
        for at, one in enumerate(self.question):
            if one.code in seen:
                yield ("question", at, "code"), f"{one.code} is there twice"
            seen.add(one.code)
            yield from _at_odds(at, one)
        for at, pair in enumerate(self.contradiction):
            for code, word in pair.answers.items():
                known = next((one for one in self.question if one.code == code), None)
                if known is None or word not in known.effects:
                    yield ("contradiction", at, "answers"), f"{code} has no answer {word}"

    def asked(self, demands: frozenset[Demand]) -> tuple[Question, ...]:
        """Return the questions that a policy with these demands asks."""
        return tuple(one for one in self.question if one.demand is None or one.demand in demands)

    def codes_of(self, demand: Demand) -> frozenset[str]:
        """Return the questions about something that a policy can demand."""
        return frozenset(one.code for one in self.question if one.demand == demand)


def _at_odds(at: int, one: Question) -> Iterator[tuple[Path, str]]:
    if one.leads_to("step") != (one.step is not None):
        yield ("question", at, "step"), "an effect 'step' names the step, and nothing else does"
    if one.leads_to("part") != (one.slate is not None):
        yield ("question", at, "slate"), "an effect 'part' has its slate, and nothing else has"
    if not any(not effects for effects in one.effects.values()):
        yield ("question", at, "effects"), "no answer leaves the broadcast as it is"
