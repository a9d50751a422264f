"""Functions of metric queries that every engine spells its own way.

An engine's dialect file says how, with a `@compiles` for each of them (see `duckdb_dialect.py`).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Boolean, Double, String
from sqlalchemy.sql.functions import GenericFunction
from sqlalchemy.types import NullType


class FoundProperties(GenericFunction[Any]):
    """`FoundProperties(column, name, ...)`: some properties of a JSON object, each as JSON.

    The text is parsed once, however many are asked for. NULL stands for one that is missing; all
    are NULL where the column is no JSON. The four functions below look at one of them, by its
    position from 1.
    """

    type = NullType()
    inherit_cache = True


class PropertyText(GenericFunction[str]):
    """`PropertyText(found, position)`: a property where it is text, else NULL."""

    type = String()
    inherit_cache = True


class PropertyNumber(GenericFunction[float]):
    """`PropertyNumber(found, position)`: a property where it is a number, else NULL.

    Text that looks like a number is text; what a double cannot hold is no number.
    """

    type = Double()
    inherit_cache = True


class PropertyBoolean(GenericFunction[bool]):
    """`PropertyBoolean(found, position)`: a property if true or false, else NULL."""

    type = Boolean()
    inherit_cache = True


class PropertyExists(GenericFunction[bool]):
    """`PropertyExists(found, position)`: whether a property is there, and not as null."""

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
