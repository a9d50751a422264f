"""Words that mean that nothing is there, and words for yes and no."""

from __future__ import annotations

from collections.abc import Collection

MISSING = frozenset(
    {
        *("null", "na", "n/a", "#n/a", "#n/a n/a", "nan", "-nan", "none", "nil", "\\n"),
        *("-", "--", "\N{EN DASH}", "\N{EM DASH}"),
    }
)
"""In lower case. They mean that nothing is there where text would be wrong: among numbers, times,
ids. In a column of text they are text: `NA` is Namibia, too."""

LONGEST_WORD = max(map(len, MISSING))

YES = frozenset(
    {
        *("1", "1.0", "true", "t", "yes", "y", "on"),
        *("ja", "oui", "si", "s\N{LATIN SMALL LETTER I WITH ACUTE}", "tak"),
        "kyll\N{LATIN SMALL LETTER A WITH DIAERESIS}",
        *("won", "win", "closed won", "paid", "paying", "converted", "customer", "success"),
    }
)
NO = frozenset(
    {
        *("0", "0.0", "false", "f", "no", "n", "off"),
        *("nein", "nei", "nej", "nee", "non", "nie", "ei"),
        *("lost", "loss", "closed lost", "unpaid", "not paid", "not converted", "failure"),
    }
)
"""In lower case, as `YES`."""


def is_missing(text: str, also: Collection[str] = ()) -> bool:
    """Whether a cell among numbers, times or ids says that nothing is there."""
    if len(text) > LONGEST_WORD:
        return text in also
    return text == "" or text in also or text.lower() in MISSING


def truth_of(text: str) -> bool | None:
    """Yes or no; `None` for any other word."""
    word = text.strip().lower().replace("_", " ").replace("-", " ")
    return True if word in YES else False if word in NO else None
