"""What someone who wrote a name that does not exist may have meant."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

MOST_NAMES = 20


def suggest(name: str, known: Sequence[str]) -> str:
    """`did you mean window? (event, aggregate, window)`"""
    names = ", ".join(known[:MOST_NAMES]) + (", ..." if len(known) > MOST_NAMES else "")
    close = get_close_matches(name, known, n=1)
    return f"did you mean {close[0]}? ({names})" if close else names or "nothing here"
