"""How values that products send are compared: one rule for traits, properties, segments and leads.

Text counts without case and outer spaces; text that reads as a number is that number, and `true` is
"true". What an event store compares in its own language follows the same constants
(`pql.events.duckdb_dialect`), and a property test holds both together.
"""

from __future__ import annotations

import math
import re

SPACES = "".join(map(chr, (*range(9, 14), *range(28, 33), 133, 160, 5760, *range(8192, 8203),
                           8232, 8233, 8239, 8287, 12288)))  # fmt: skip
"""What `str.strip` takes for outer spaces."""
NUMBER = r"[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]{1,9})?"
"""Text that reads as a number. Neither NaN nor infinity, nor 1_000, nor digits of other scripts."""
SMALL_LETTERS = (("\N{LATIN SMALL LETTER SHARP S}", "ss"), ("\N{GREEK SMALL LETTER FINAL SIGMA}",
                 "\N{GREEK SMALL LETTER SIGMA}"), ("i\N{COMBINING DOT ABOVE}", "i"))  # fmt: skip
"""What still differs of the same letters once they are small."""
LARGEST_WHOLE = 1e15
"""From here on a float says whole numbers only roughly, and is written with an exponent."""

_NUMBER = re.compile(NUMBER)


def folded(text: str) -> str:
    """Text as it is compared: without outer spaces and in small letters."""
    small = text.strip(SPACES).lower()
    if small.isascii():
        return small
    for letter, instead in SMALL_LETTERS:
        small = small.replace(letter, instead)
    return small


def as_number(value: object) -> float | None:
    """The number a value is or reads as; `None` for anything else.

    Text never stands for infinity or NaN, however it is written ("inf", "1e400").
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, str):
        text = value.strip(SPACES)
        number = float(text) if _NUMBER.fullmatch(text) else math.nan
        return number if math.isfinite(number) else None
    try:
        number = float(value)
    except OverflowError:
        return None
    return None if math.isnan(number) else number


def as_text(value: object) -> str | None:
    """A single value as text that is compared: `5` for 5.0, `true`; `None` for lists and objects.

    A number is written as its value, not as it was sent: `5.0` and `5e0` are `5`.
    """
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return folded(value)
    number = as_number(value)
    if number is None:
        return None
    if number.is_integer() and abs(number) < LARGEST_WHOLE:
        return str(int(number))
    return repr(number)


def entry_key(value: object) -> str | None:
    """What entries of a list have in common that are the same: "5", " 5.0" and 5 are `5`."""
    number = as_number(value)
    return as_text(value if number is None else number)


def same(value: object, other: object) -> bool:
    """Equality as people mean it: "5", " 5.0" and 5 are the same, and so are "True" and true."""
    left, right = as_number(value), as_number(other)
    if left is not None or right is not None:
        return left == right
    text = as_text(value)
    return text is not None and text == as_text(other)
