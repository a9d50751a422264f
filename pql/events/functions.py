"""Functions of metric queries that every engine spells its own way.

An engine's dialect file says how, with a `@compiles` for each of them (see `duckdb_dialect.py`).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Boolean, Double, String
from sqlalchemy.sql.functions import GenericFunction
from sqlalchemy.types import NullType


class FoundProperties(GenericFunction[Any]):
    """`FoundProperties(column, pointer, ...)`: some values in a JSON object, each as JSON.

    The text is parsed once, however many are asked for. NULL stands for one that is missing; all
    are NULL where the column is no JSON. The four functions below look at one of them, by its
    position from 1, or at the first of several that is there.
    """

    type = NullType()
    inherit_cache = True


class PropertyText(GenericFunction[str]):
    """`PropertyText(found, position, ...)`: a property as `pql.comparison.as_text` compares it.

    NULL for lists and objects.
    """

    type = String()
    inherit_cache = True


class PropertyNumber(GenericFunction[float]):
    """`PropertyNumber(found, position, ...)`: the number a property is or reads as, else NULL.

    As `pql.comparison.as_number`; what a double cannot hold is no number.
    """

    type = Double()
    inherit_cache = True


class PropertyEntries(GenericFunction[Any]):
    """`PropertyEntries(found, position, ...)`: the entries of a list, as `entry_key` writes them.

    A single value is a list of one; NULL for an object.
    """

    type = NullType()
    inherit_cache = True


class PropertyExists(GenericFunction[bool]):
    """`PropertyExists(found, position, ...)`: whether a property is there, and not as null."""

    type = Boolean()
    inherit_cache = True


class HasEntry(GenericFunction[bool]):
    """`HasEntry(entries, key)`: whether a key is among them."""

    type = Boolean()
    inherit_cache = True


class AccurateSum(GenericFunction[float]):
    """A sum of doubles that carries the rounding error along, as pandas does (Kahan 1965)."""

    type = Double()
    inherit_cache = True


class DifferentNumbers(GenericFunction[int]):
    """`DifferentNumbers(number, limit)`: how many different whole numbers from 0 to below `limit`.

    Counts what `count(DISTINCT number)` does without a table of what was seen. The limit is a
    literal: there is a bit for each number.
    """

    type = BigInteger()
    inherit_cache = True


class WholeDays(GenericFunction[int]):
    """`WholeDays(since, until)`: how many times 24 hours lie between; `until` is not earlier."""

    type = BigInteger()
    inherit_cache = True
