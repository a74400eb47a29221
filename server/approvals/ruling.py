"""Reads rule files: TOML against a strict model, with the line of whatever is wrong [pure]."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

Path = tuple[str | int, ...]
_TABLE = re.compile(r"\s*\[(\[?)\s*([\w.\"-]+)\s*\]")
_KEY = re.compile(r"\s*\"?([\w-]+)\"?\s*=")
_SYNTAX_LINE = re.compile(r"at line (\d+)")


class WrongRules(Exception):
    """A rule file cannot be used: ``file``, ``line`` (from 1 on) and what is wrong there."""

    def __init__(self, file: str, line: int, problem: str) -> None:
        super().__init__(f"{file}, line {line}: {problem}")
        self.file = file
        self.line = line
        self.problem = problem


class Rule(BaseModel):
    """Base of what rule files hold: types are exact, an unknown name is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Words(Rule):
    """A text in both languages."""

    zh: str = Field(min_length=1, max_length=400)
    en: str = Field(min_length=1, max_length=400)

    def in_language(self, language: str) -> str:
        """Return the text that a reader reads."""
        return self.en if language == "en" else self.zh


class RuleFile(Rule):
    """A whole file; ``contradictions`` tells where it says two things at once."""

    def contradictions(self) -> Iterable[tuple[Path, str]]:
        """Yield the path of each setting that does not fit the others, and why."""
        return ()


_F = TypeVar("_F", bound=RuleFile)


def parse(text: str, model: type[_F], file: str) -> _F:
    """Return a file's content; raises ``WrongRules`` with the line of the first mistake."""
    try:
        read = model.model_validate(_listed(tomllib.loads(text)))
    except tomllib.TOMLDecodeError as problem:
        found = _SYNTAX_LINE.search(str(problem))
        line = int(found[1]) if found else len(text.splitlines())
        raise WrongRules(file, line, str(problem)) from None
    except ValidationError as problem:
        found_all = problem.errors(include_url=False, include_input=False)
        # A misspelt name is both unknown and missing: only the unknown one has a line.
        first = min(found_all, key=lambda one: one["type"] == "missing")
        name = ".".join(map(str, first["loc"]))
        raise WrongRules(file, line_of(text, first["loc"]), f"{name}: {first['msg']}") from None
    for path, problem_text in read.contradictions():
        name = ".".join(map(str, path))
        raise WrongRules(file, line_of(text, path), f"{name}: {problem_text}")
    return read


def _listed(value: object) -> object:
    """Return lists as tuples, which strict models want."""
    if isinstance(value, dict):
        return {name: _listed(one) for name, one in value.items()}
    return tuple(map(_listed, value)) if isinstance(value, list) else value


def line_of(text: str, path: Path) -> int:
    """Return the line that says what lies at the path, or the nearest thing around it."""
    best, depth = 1, 0
    tables: dict[Path, int] = {}
    here: Path = ()
    for number, line in enumerate(text.splitlines(), start=1):
        if table := _TABLE.match(line):
            here = place = _enter(tables, table[2].replace('"', "").split("."), bool(table[1]))
        elif key := _KEY.match(line):
            place = (*here, key[1])
        else:
            continue
        if len(place) > depth and path[: len(place)] == place:
            best, depth = number, len(place)
    return best


def _enter(tables: dict[Path, int], names: list[str], is_listed: bool) -> Path:  # noqa: FBT001
    """Return the path of a table; of an array of tables the newest is meant."""
    here: Path = ()
    for name in names:
        here = (*here, name)
        if is_listed and len([one for one in here if isinstance(one, str)]) == len(names):
            tables[here] = tables.get(here, -1) + 1
        if here in tables:
            here = (*here, tables[here])
    return here
