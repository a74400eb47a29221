"""The rule files: those that come with the service, and those that a court's machine adds.

A file that is wrong is refused by itself and told with its line: the broadcasts of other courts,
and those that are on the air, must not wait for it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Generic, TypeVar

import structlog

from server.approvals.checklist import Checklist
from server.approvals.model import Source
from server.approvals.policy import Policy
from server.approvals.ruling import WrongRules, parse

_log = structlog.stdlib.get_logger(__name__)
_OWN = Path(__file__).parent
LARGEST = 256 * 1024
_F = TypeVar("_F", Checklist, Policy)


@dataclass(frozen=True, slots=True)
class Known(Generic[_F]):
    """A rule file that was read, and where from; ``text`` is all of it."""

    rules: _F
    source: Source
    text: str = field(default="", repr=False)


@dataclass(slots=True)
class Library:
    """All policies and checklists by name, and what was refused."""

    policies: dict[str, Known[Policy]] = field(default_factory=dict)
    checklists: dict[str, Known[Checklist]] = field(default_factory=dict)
    refused: list[WrongRules] = field(default_factory=list)

    @classmethod
    def read(cls, added: Path | None = None) -> Library:
        """Read the service's own files, then those below ``added``. Reads the disk."""
        library = cls()
        for folder in (_OWN, added):
            if folder is not None:
                library.checklists |= library._all(folder / "exclusions", Checklist)
                library.policies |= library._all(folder / "policies", Policy)
        for name, known in list(library.policies.items()):
            if known.rules.checklist not in library.checklists:
                problem = f"checklist: there is no checklist {known.rules.checklist}"
                library._refuse(WrongRules(f"{name}.toml", 1, problem))
                del library.policies[name]
        return library

    def checklist_of(self, policy: Policy) -> Known[Checklist]:
        """Return a policy's checklist."""
        return self.checklists[policy.checklist]

    def _all(self, folder: Path, model: type[_F]) -> dict[str, Known[_F]]:
        taken: dict[str, Known[_F]] = {}
        for path in _files(folder):
            try:
                known = _read(path, model)
                name = known.rules.name
                if name != path.stem:
                    raise WrongRules(path.name, 1, f"name: {name} is not the file's name")  # noqa: TRY301
                if name in taken or name in self.policies or name in self.checklists:
                    raise WrongRules(path.name, 1, f"name: there is a {name} already")  # noqa: TRY301
            except WrongRules as problem:
                self._refuse(problem)
            else:
                taken[name] = known
        return taken

    def _refuse(self, problem: WrongRules) -> None:
        _log.error("rules refused", file=problem.file, line=problem.line, problem=problem.problem)
        self.refused.append(problem)


def _files(folder: Path) -> Iterator[Path]:
    if folder.is_dir():
        yield from sorted(folder.glob("*.toml"))


def _read(path: Path, model: type[_F]) -> Known[_F]:
    try:
        raw = path.read_bytes()
        text = raw.decode()
    except (OSError, UnicodeDecodeError) as problem:
        raise WrongRules(path.name, 1, str(problem)) from None
    if len(raw) > LARGEST:
        raise WrongRules(path.name, 1, f"larger than {LARGEST} bytes")
    rules = parse(text, model, path.name)
    source = Source(rules.name, rules.version, hashlib.sha256(raw).hexdigest())
    return Known(rules, source, text)
