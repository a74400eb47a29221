"""What policy and signatures say of a hearing's broadcast [pure]."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from server.approvals.model import Application, Met
from server.approvals.policy import CourtPolicy

CAMERAS = "cameras"  # the condition that the cameras show what they should
OBJECTIONS = "objections"  # that what participants have against the broadcast was decided
ANNOUNCEMENT = "announcement"  # that the bench has announced the broadcast in court
NOTICE = "notice"  # that the public notice was out in time, where the checklist has no line for it


@dataclass(frozen=True, slots=True)
class Clearance:
    """What the court's policy and the signatures say of a hearing's broadcast.

    ``problems`` are why there is no valid approval: ``none``, ``state`` (it is not agreed),
    ``policy`` (agreed under another one), ``media``, names of facts that have changed, or flaws of
    the signatures (``server.approvals.chain.flaws``). ``pending`` is to be confirmed before the
    start; of those ``soft`` may be gone past by name and reason. ``notice_code`` is the condition
    of the public notice, which nobody confirms: it is out, or somebody goes past it.
    """

    policy: CourtPolicy
    application: Application | None
    problems: tuple[str, ...] = ()
    pending: tuple[str, ...] = ()
    soft: frozenset[str] = frozenset()
    needs_mask: bool = False
    signers: frozenset[str] = frozenset()
    notice_code: str = NOTICE
    met: Mapping[str, Met] = field(default_factory=dict)

    @property
    def passable(self) -> frozenset[str]:
        """The conditions that somebody may go past by name and reason."""
        asked = {ANNOUNCEMENT} if self.must_be_announced else frozenset[str]()
        return self.soft | {self.notice_code, OBJECTIONS} | asked

    @property
    def must_be_announced(self) -> bool:
        """Whether the broadcast begins only after it was announced in court (rule B-08)."""
        return self.policy.rules.announcement == "before_the_start"

    @property
    def must_mask(self) -> bool:
        """Whether no layout may be shown that has no mask template."""
        return self.policy.rules.must_mask(self.needs_mask)
