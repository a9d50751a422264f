"""Functions of metric queries that every engine spells its own way.

An engine's dialect file says how, with a `@compiles` for each of them (see `duckdb_dialect.py`).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Boolean, Double, String
from sqlalchemy.sql.functions import GenericFunction


class PropertyText(GenericFunction[str]):
    """`PropertyText(column, name)`: a JSON object's property where it is text, else NULL."""

    type = String()
    inherit_cache = True


class PropertyNumber(GenericFunction[float]):
    """`PropertyNumber(column, name)`: a JSON object's property where it is a number, else NULL.

    Text that looks like a number is text; what a double cannot hold is no number.
    """

    type = Double()
    inherit_cache = True


class PropertyBoolean(GenericFunction[bool]):
    """`PropertyBoolean(column, name)`: a JSON object's property if true or false, else NULL."""

    type = Boolean()
    inherit_cache = True


class PropertyExists(GenericFunction[bool]):
    """`PropertyExists(column, name)`: whether a JSON object has the property, and not as null."""

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


def column_and_property(function: GenericFunction[Any]) -> tuple[Any, str]:
    """The JSON column and the property name a `Property...` function was called with."""
    column, name = function.clauses
    return column, name.effective_value
