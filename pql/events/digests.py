"""Eight bytes that stand for a message id: what a repetition is looked for by."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

Digests = npt.NDArray[np.int64]


def message_digests(message_ids: Iterable[str]) -> Digests:
    """A 64-bit BLAKE2b of each id, in their order. Two ids may share one: compare the ids too."""
    digests = [blake2b(each.encode(), digest_size=8).digest() for each in message_ids]
    return np.frombuffer(b"".join(digests), dtype="<i8").astype(np.int64)
