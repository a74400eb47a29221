"""Media partners: their keys, and what a key opens."""

from server.partners.model import KEY_MARK, Partner, PartnerKey, Scope
from server.partners.requests import partner_key_of
from server.partners.service import PARTNERS, Partners

__all__ = [
    "KEY_MARK",
    "PARTNERS",
    "Partner",
    "PartnerKey",
    "Partners",
    "Scope",
    "partner_key_of",
]
