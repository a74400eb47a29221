"""The page that tells who may do what, made from the rules themselves [pure]."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from server.accounts.roles import DUTIES, PERMISSIONS, Permission, Role

EVERYBODY, SIGNED_IN = "everybody", "whoever is signed in"
_HEAD = """\
# Who may do what

Made by `scripts/permissions` from the code (`server/accounts/roles.py` and the mark at every
handler); a test fails while it is not current. A role is held at one court, or at every court. The
mark at an address asks whether somebody holds the permission anywhere; behind it the service asks
again for the court of the very thing. An API token does what its holder may do, narrowed to its
scopes and its court.
"""


@dataclass(frozen=True, slots=True, order=True)
class Rule:
    """Who may call an address: a permission's name, ``EVERYBODY`` or ``SIGNED_IN``."""

    address: str
    method: str
    who: str


def permission_page(rules: Iterable[Rule]) -> str:
    """Return ``docs/permissions.md``: what each role holds, and what each address asks for."""
    return "\n".join([_HEAD, *_roles(), "", *_addresses(rules), ""])


def _roles() -> list[str]:
    head = ["permission", "what it is for", *(role.value for role in Role)]
    rows = [
        [
            f"`{permission.value}`",
            DUTIES[permission],
            *("✓" if permission in PERMISSIONS[role] else "" for role in Role),
        ]
        for permission in Permission
    ]
    return ["## Roles", "", *_table(head, rows)]


def _addresses(rules: Iterable[Rule]) -> list[str]:
    rows = [[f"`{one.method}`", f"`{one.address}`", one.who] for one in sorted(set(rules))]
    return ["## Addresses", "", *_table(["method", "address", "who"], rows)]


def _table(head: list[str], rows: list[list[str]]) -> list[str]:
    return [_row(head), _row(["---"] * len(head)), *map(_row, rows)]


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |".replace("|  |", "| |").replace("|  |", "| |")
