"""The e-mail address in a text, where there is one."""

from __future__ import annotations

import re
from email.utils import getaddresses

LONGEST = 320
_ADDRESS = re.compile(r"[^\s@<>()\[\],;:\"\\]+@[^\s@<>()\[\],;:\"\\.]+(\.[^\s@<>()\[\],;:\"\\.]+)+")
"""Something, @, and a domain with a point: what mail to a stranger can be sent to."""


def find_address(text: str) -> str | None:
    """`carl@example.com` of `Carl <carl@example.com>`, `mailto:` before it or not; `None` where
    there is none, or more than one.
    """
    plain = text.strip()
    if plain[:7].lower() == "mailto:":
        plain = plain[7:]
    found = [address for _, address in getaddresses([plain]) if address]
    is_one = len(found) == 1 and len(found[0]) <= LONGEST and _ADDRESS.fullmatch(found[0])
    return found[0] if is_one else None
