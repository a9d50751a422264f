"""Numbers and what they count, as people write them: `1 account`, `2 accounts`."""

from __future__ import annotations

PLURALS = {"person": "people"}
SINGULARS = {plural: singular for singular, plural in PLURALS.items()}
LIKE_PLURALS = ("ss", "us", "is", "ics", "news")
"""How words end that look like plurals."""


def counted(number: int, thing: str) -> str:
    """`1 account`, `1,200 accounts`; of several words the last one is counted."""
    return f"{number:,} {thing if number == 1 else plural_of(thing)}"


def plural_of(thing: str) -> str:
    """`accounts`, `people`, `entries`."""
    first, space, last = thing.rpartition(" ")
    if last in PLURALS:
        return f"{first}{space}{PLURALS[last]}"
    if last.endswith("y") and last[-2:-1] not in set("aeiou"):
        return f"{thing[:-1]}ies"
    return f"{thing}es" if last.endswith(("s", "x", "ch", "sh")) else f"{thing}s"


def measured(number: str, name: str) -> str:
    """What somebody called it, after a number: `3 active people`, `1 active person`.

    Names are anybody's: where it cannot be told how one of it is called, the name is left alone.
    """
    if number != "1":
        return f"{number} {name}"
    plurals = [word for word in name.split() if _is_plural(word)]
    if not plurals:
        return f"1 {name}"
    if len(plurals) > 1:
        return f"{name} 1"
    return f"1 {name.replace(plurals[0], _singular_of(plurals[0]), 1)}"


def _is_plural(word: str) -> bool:
    looks_so = len(word) > 3 and word.endswith("s") and not word.endswith(LIKE_PLURALS)
    return word in SINGULARS or looks_so


def _singular_of(word: str) -> str:
    if word in SINGULARS:
        return SINGULARS[word]
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    return word[:-2] if word.endswith(("ches", "shes", "sses", "xes")) else word[:-1]
