"""Which mail addresses are taken [pure].

The form that browsers accept too (HTML, "valid e-mail address"), in ASCII: nothing in it can end a
line of a header or begin another recipient.
"""

from __future__ import annotations

import re
from typing import Final

LONGEST: Final = 254  # RFC 5321 §4.5.3.1.3, without the angle brackets
_LABEL: Final = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_FORM: Final = re.compile(
    rf"[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]{{1,64}}@{_LABEL}(?:\.{_LABEL})*", re.ASCII
)


def is_address(text: str) -> bool:
    """Tell whether this is one mail address."""
    return len(text) <= LONGEST and _FORM.fullmatch(text) is not None
