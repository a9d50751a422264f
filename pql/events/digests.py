"""Eight bytes that stand for a message id: what a repetition is looked for by."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

Digests = npt.NDArray[np.int64]


def message_digests(message_ids: Iterable[str]) -> Digests:
    """A 64-bit BLAKE2b of each id, in their order. Two ids may share one: compare the ids too."""
    digests = [blake2b(each.encode(), digest_size=8).digest() for each in message_ids]
    return np.frombuffer(b"".join(digests), dtype="<i8").astype(np.int64)


class DigestMemory:
    """Knows the digests of the ids asked about last: a load appends what it just asked about."""

    def __init__(self) -> None:
        self._known: dict[str, int] = {}

    def digests(self, message_ids: Sequence[str]) -> Digests:
        """What `message_digests` says; it is remembered until the next call."""
        found = message_digests(message_ids)
        self._known = dict(zip(message_ids, found.tolist(), strict=True))
        return found

    def recall(self, message_ids: Sequence[str]) -> Digests:
        """The same; quick where `digests` was just asked about all of them."""
        try:
            known = map(self._known.__getitem__, message_ids)
            return np.fromiter(known, np.int64, len(message_ids))
        except KeyError:
            return message_digests(message_ids)
