"""Personal numbers in a text: what must not be published by a slip of the keyboard [pure]."""

from __future__ import annotations

import re
from dataclasses import dataclass

from server.wording import marked

# GB 11643-1999: six digits of the place, eight of the birth date, three and a check character.
_IDENTITY = re.compile(r"(?<![0-9])([1-9]\d{5}(?:19|20)\d{9}[0-9Xx])(?![0-9])", re.ASCII)
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"
_MOBILE = re.compile(r"(?<![0-9])1[3-9]\d[ -]?\d{4}[ -]?\d{4}(?![0-9])", re.ASCII)
# ISO/IEC 7812: 16 to 19 digits, often in groups of four, with a Luhn digit at the end.
_CARD = re.compile(r"(?<![0-9])\d{4}(?:[ -]?\d{4}){3}(?:[ -]?\d{1,3})?(?![0-9])", re.ASCII)
_FULL_WIDTH = str.maketrans("０１２３４５６７８９Ｘｘ－　", "0123456789Xx- ")


@dataclass(frozen=True, slots=True)
class Sensitive:
    """A kind of personal number that was found, with what to do about it."""

    kind: str
    advice: str


_IDENTITY_FOUND = Sensitive(
    "identity_number",
    marked("The text holds an identity card number. Take it out or shorten it."),
)
_CARD_FOUND = Sensitive(
    "bank_card", marked("The text holds a bank card number. Take it out or shorten it.")
)
_MOBILE_FOUND = Sensitive(
    "phone", marked("The text holds a mobile phone number. Take it out or shorten it.")
)


def find_sensitive(text: str) -> Sensitive | None:
    """Return the first kind of personal number in the text, if there is one."""
    plain = text.translate(_FULL_WIDTH)
    if any(_is_identity(number) for number in _IDENTITY.findall(plain)):
        return _IDENTITY_FOUND
    if any(_passes_luhn(number) for number in _CARD.findall(plain)):
        return _CARD_FOUND
    return _MOBILE_FOUND if _MOBILE.search(plain) else None


def _is_identity(number: str) -> bool:
    total = sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=False))
    return _CHECK[total % 11] == number[17].upper()


def _passes_luhn(number: str) -> bool:
    digits = [int(one) for one in number if one.isdigit()]
    doubled = [sum(divmod(digit * 2, 10)) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0
