"""An entry of the journal as rules read it, which go by what was noted of a thing [pure]."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Noted:
    """An entry of the journal about one thing: its action, moment and canonical details."""

    action: str
    at: datetime
    details: str

    @property
    def told(self) -> dict[str, Any]:
        """The details."""
        found: dict[str, Any] = json.loads(self.details)
        return found
