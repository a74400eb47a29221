"""What the journal vouches for of a partner [pure].

When terms were accepted, a suspension that was lifted, a key and a site that may embed count as far
as their entries stand in the journal (records 83, 86): a line of SQL opens nothing. What closes
counts either way.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from server.journal.noted import Noted
from server.partners.model import Partner, PartnerKey


def vouched(partner: Partner, noted: Sequence[Noted]) -> Partner:
    """Return a partner as the entries about it, in their order, allow."""
    terms = [one for one in noted if one.action == "partner.terms"]
    accepted = [one.at for one in terms if one.told.get("version") == partner.terms_version]
    partner = replace(partner, terms_accepted_at=accepted[0] if accepted else None)
    turns = [one for one in noted if one.action in ("partner.suspend", "partner.open")]
    if turns and turns[-1].action == "partner.suspend" and partner.suspended_at is None:
        partner = replace(partner, suspended_at=turns[-1].at)
    added = [one.told for one in noted if one.action == "partner.add"]
    if added and added[-1].get("court", partner.court) != partner.court:
        partner = replace(partner, court=added[-1]["court"])
    return partner


def is_noted(key: PartnerKey, noted: Sequence[Noted]) -> bool:
    """Tell whether the journal knows that a key was made."""
    made = (one.told.get("key") for one in noted if one.action == "partner.key")
    return key.prefix in made


def sites_noted(noted: Sequence[Noted]) -> frozenset[str]:
    """Return the origins that may embed as the journal has it."""
    found: set[str] = set()
    for one in noted:
        if one.action == "partner.site":
            found.add(one.told["origin"])
        elif one.action == "partner.site_removed":
            found.discard(one.told["origin"])
    return frozenset(found)
