"""What was last said of people and accounts, so that only what changes is said again.

An export repeats in every row what a person's properties were.
"""

from __future__ import annotations

from collections import OrderedDict
from hashlib import blake2b

MOST_REMEMBERED = 100_000
"""Of others it is said again, which changes nothing."""


class SaidBefore:
    """Remembers a digest of what was said of each, of as many as fit."""

    def __init__(self) -> None:
        self._digests: OrderedDict[tuple[str, str], bytes] = OrderedDict()

    def is_new(self, kind: str, key: str, content: bytes) -> bool:
        """Whether this says something else than what was said last; from now on it was said."""
        digest = blake2b(content, digest_size=12).digest()
        before = self._digests.pop((kind, key), None)
        self._digests[kind, key] = digest
        if len(self._digests) > MOST_REMEMBERED:
            self._digests.popitem(last=False)
        return digest != before
