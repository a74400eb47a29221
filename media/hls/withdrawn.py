"""Stretches of court time that were withdrawn after they had been on the air [pure].

A withdrawal is a mask over what is handed out, and can be lifted; no recorded byte changes. It
goes by whole segments: a segment that touches a stretch is not given out at all.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """Stretches [from, to) in court µs; nothing is withdrawn by default."""

    stretches: tuple[tuple[int, int], ...] = ()

    @classmethod
    def of(cls, stretches: Iterable[tuple[int, int]]) -> Withdrawn:
        """Return these stretches in order, those that meet as one; empty ones are left out."""
        merged: list[tuple[int, int]] = []
        for start, end in sorted(one for one in stretches if one[0] < one[1]):
            if merged and start <= merged[-1][1]:
                merged[-1] = merged[-1][0], max(merged[-1][1], end)
            else:
                merged.append((start, end))
        return cls(tuple(merged))

    def __bool__(self) -> bool:
        """Whether anything is withdrawn."""
        return bool(self.stretches)

    def touches(self, start_us: int, end_us: int) -> bool:
        """Whether anything of [start, end) is withdrawn; of an empty stretch, its moment."""
        end_us = max(end_us, start_us + 1)
        return any(start < end_us and start_us < end for start, end in self.stretches)

    @property
    def tag(self) -> str:
        """Tells pictures made without these stretches from others; empty while there are none."""
        return f"{zlib.crc32(repr(self.stretches).encode()):08x}" if self.stretches else ""

    def named(self, file: str) -> str:
        """Return the name of a file made without these stretches: ``poster.jpg`` with the tag."""
        stem, dot, suffix = file.rpartition(".")
        return f"{stem}-without-{self.tag}{dot}{suffix}" if self else file

    def arguments(self) -> list[str]:
        """Return the stretches as a program is told them: ``from-to``, in court µs."""
        return [f"{start}-{end}" for start, end in self.stretches]

    @classmethod
    def read(cls, arguments: Iterable[str]) -> Withdrawn:
        """Read what ``arguments`` wrote; raises ``ValueError``."""
        pairs = (one.partition("-") for one in arguments)
        return cls.of((int(start), int(end)) for start, _, end in pairs)


NOTHING_WITHDRAWN = Withdrawn()
