"""What a jurisdiction asks of a broadcast, as a file: the policy profile [pure].

Rules vary, the engine does not: another profile is another file (rule B-03).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated, Literal

from pydantic import Field

from server.approvals.model import Medium, Source
from server.approvals.ruling import Path, Rule, RuleFile, Words

StepRole = Literal[
    "presiding_judge", "division_head", "trial_management", "vice_president", "upper_court"
]
# What the court's record keeps of a recess (the public has slate and silence whatever it is): all;
# the picture without sound, as if the microphones were off; nothing.
Recess = Literal["slate", "slate_and_mute", "stop"]
# When it must have been announced in court that the hearing is broadcast.
Announced = Literal["at_the_opening", "before_the_start"]
Demand = Literal["notice", "identity_mute", "masks"]
LONGEST_DELAY_S = 1800
_Seconds = Annotated[int, Field(ge=0, le=LONGEST_DELAY_S)]


class Delay(Rule):
    """How far the public is behind the room: at least ``least_s``; a court may choose more.

    ``suggested_s`` holds as long as the court has chosen nothing.
    """

    least_s: _Seconds
    suggested_s: _Seconds


# Who may fetch a replay as a film: nobody, partners with a key, everybody.
Downloads = Literal["off", "licence", "public"]
# Who may show a broadcast in a frame of a page of theirs: nobody, the sites of partners.
Embedding = Literal["off", "licence"]
ReplayState = Literal["none", "held", "public"]


@dataclass(frozen=True, slots=True)
class ReplayPlan:
    """What becomes of a replay when its broadcast is over.

    ``due`` is when a held one becomes public by itself; None: not before it is released.
    ``until`` is when a public one ends by itself; None: it does not.
    """

    state: ReplayState
    due: datetime | None = None
    until: datetime | None = None


class Replay(Rule):
    """When a replay becomes public, for how many days, and whether it may be downloaded.

    ``after_hours``: one that needs no review is held so long first.
    """

    release: Literal["never", "at_once", "after_review", "as_redacted"]
    after_hours: Annotated[int, Field(ge=1, le=8760)] | None = None
    lifetime_days: Annotated[int, Field(ge=1, le=36500)] | None = None
    downloads: Downloads = "off"

    def plan(self, ended_at: datetime) -> ReplayPlan:
        """Return what becomes of the replay of a broadcast that ended then (rules B-29, B-31)."""
        match self.release:
            case "never":
                return ReplayPlan("none")
            case "after_review" | "as_redacted":
                return ReplayPlan("held")
            case "at_once":
                if self.after_hours is not None:
                    return ReplayPlan("held", due=ended_at + timedelta(hours=self.after_hours))
                return ReplayPlan("public", until=self.end_of(ended_at))

    def contradictions(self) -> Iterator[tuple[str, str]]:
        """Yield which fields do not fit together, and why."""
        if self.release == "never" and self.lifetime_days is not None:
            yield "lifetime_days", "there is never a replay"
        if self.release == "never" and self.downloads != "off":
            yield "downloads", "there is never a replay"
        if self.release != "at_once" and self.after_hours is not None:
            yield "after_hours", "only what needs no review becomes public by itself"

    def end_of(self, public_at: datetime) -> datetime | None:
        """Return when a replay that became public then ends; None: it does not."""
        if self.lifetime_days is None:
            return None
        return public_at + timedelta(days=self.lifetime_days)


class Step(Rule):
    """A step of the chain, signed by somebody who holds ``role`` at the court, in ``hours``.

    ``when_flagged``: only where the checklist asks for it.
    """

    role: StepRole
    title: Words
    hours: Annotated[int, Field(ge=1, le=720)]
    when_flagged: bool = False


class Policy(RuleFile):
    """A profile. ``masks``: whether a layout must have a mask template (rule B-16).

    ``approvers``: how those who approved stand in the public evidence of a record.
    ``access``: who may watch; a court that asks for another than everybody is not served here yet.
    ``statistics_public``: whether the public is told how many watch and watched.
    ``embedding``: who may show its broadcasts in a frame of theirs (rule B-35).
    ``search_engines``: whether they may list its broadcasts; what was withdrawn may stand there for
    days.
    ``announcement``: whether the desk reminds of the announcement in court until it is written
    down, or the broadcast does not even begin before (rule B-08).
    ``identity_mute``: whether muting during the identity check must be planned (B-17).
    """

    name: Annotated[str, Field(pattern=r"^[a-z0-9-]{2,40}$")]
    version: Annotated[str, Field(min_length=1, max_length=40)]
    title: Words
    basis: Annotated[str, Field(min_length=1, max_length=400)]
    checklist: Annotated[str, Field(pattern=r"^[a-z0-9-]{2,40}$")]
    media: Annotated[tuple[Medium, ...], Field(min_length=1)]
    notice_days: Annotated[int, Field(ge=0, le=60)]
    recess: Recess
    masks: Literal["never", "when_in_picture", "always"]
    identity_mute: bool
    announcement: Announced = "at_the_opening"
    access: Literal["public"]
    statistics_public: bool
    approvers: Literal["roles", "names"] = "roles"
    embedding: Embedding = "licence"
    search_engines: bool = False
    delay: Delay
    replay: Replay
    step: Annotated[tuple[Step, ...], Field(min_length=1, max_length=9)]

    @property
    def demands(self) -> frozenset[Demand]:
        """What the checklist is to ask about."""
        wanted: tuple[tuple[Demand, bool], ...] = (
            ("notice", self.notice_days > 0),
            ("identity_mute", self.identity_mute),
            ("masks", self.masks != "never"),
        )
        return frozenset(demand for demand, holds in wanted if holds)

    def must_mask(self, needs_mask: bool) -> bool:  # noqa: FBT001  (what the checklist said)
        """Tell whether no layout may be shown that has no mask template (rule B-16)."""
        return self.masks == "always" or (self.masks == "when_in_picture" and needs_mask)

    def chain(self, flagged: frozenset[str]) -> tuple[Step, ...]:
        """Return the steps of an application; ``flagged`` are roles its checklist asks for."""
        return tuple(one for one in self.step if not one.when_flagged or one.role in flagged)

    def least_delay_ms(self, chosen_ms: int | None) -> int:
        """Return the least delay at a court that has chosen this delay, if it has."""
        wanted = self.delay.suggested_s * 1000 if chosen_ms is None else chosen_ms
        return max(wanted, self.delay.least_s * 1000)

    def contradictions(self) -> Iterator[tuple[Path, str]]:
        """Yield what of the file does not fit together."""
        if self.delay.suggested_s < self.delay.least_s:
            yield ("delay", "suggested_s"), "less than delay.least_s"
        if len(set(self.media)) != len(self.media):
            yield ("media",), "a medium is there twice"
        if "video" in self.media and "audio" not in self.media:
            yield ("media",), "moving pictures come with their sound: audio is missing"
        if self.masks != "never" and "video" not in self.media:
            yield ("masks",), "there is no picture to be masked"
        yield from ((("replay", name), why) for name, why in self.replay.contradictions())
        if all(one.when_flagged for one in self.step):
            yield ("step", 0, "when_flagged"), "no step is signed in every case"
        yield from self._twice()

    def _twice(self) -> Iterator[tuple[Path, str]]:
        for at, one in enumerate(self.step):
            if any(one.role == earlier.role for earlier in self.step[:at]):
                yield ("step", at, "role"), f"{one.role} has a step already"


@dataclass(frozen=True, slots=True)
class CourtPolicy:
    """A court's policy, the file it stands in, and the delay that the court itself chose.

    A court may introduce it by and by: ``courtrooms`` are those where it holds, None: all.
    """

    rules: Policy
    source: Source
    delay_ms: int | None
    courtrooms: frozenset[str] | None = None

    def covers(self, courtroom: str) -> bool:
        """Tell whether it holds in this courtroom."""
        return self.courtrooms is None or courtroom in self.courtrooms

    @property
    def least_delay_ms(self) -> int:
        """The least delay that holds at this court."""
        return self.rules.least_delay_ms(self.delay_ms)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a hearing is broadcast, and the digest of the policy it began under.

    ``policy`` is "" if none held then; None before it begins, and for broadcasts of which it was
    not kept: they go by the court's policy of now.
    """

    court: str
    courtroom: str
    policy: str | None = None


@dataclass(frozen=True, slots=True)
class Publicity:
    """What policies say of the public beside the broadcast itself, by court.

    With each policy (None: it cannot be read) the courtrooms where it holds, None: all of them.
    ``kept`` are the policies that broadcasts began under, by digest. Without ``courts`` nothing is
    known yet, and nothing is given out.
    """

    courts: Mapping[str, tuple[Policy | None, frozenset[str] | None]] | None
    kept: Mapping[str, Policy | None] = field(default_factory=dict)

    def is_silent(self, where: Place) -> bool:
        """Tell whether the public is told nothing of how many watch or watched this hearing."""
        rules, holds = self._at(where)
        return holds and (rules is None or not rules.statistics_public)

    def downloads(self, where: Place) -> Downloads:
        """Return who may fetch this hearing's replay; where no policy held nobody."""
        rules, _ = self._at(where)
        return "off" if rules is None else rules.replay.downloads

    def may_be_embedded(self, where: Place) -> bool:
        """Tell whether sites that the court has let in may frame this hearing's broadcast."""
        rules, holds = self._at(where)
        return not holds or (rules is not None and rules.embedding == "licence")

    def may_be_searched(self, where: Place) -> bool:
        """Tell whether search engines may list it; where no policy held they may not."""
        rules, _ = self._at(where)
        return rules is not None and rules.search_engines

    def _at(self, of: Place) -> tuple[Policy | None, bool]:
        """Return the policy that it goes by, and whether there is or may be one."""
        if self.courts is None:
            return None, True
        if of.policy is not None:
            return self.kept.get(of.policy), of.policy != ""
        rules, where = self.courts.get(of.court, (None, frozenset[str]()))
        holds = where is None or of.courtroom in where
        return (rules if holds else None), holds
