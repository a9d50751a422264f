"""What a test asks of many accounts, each question once: thousands have the same few values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pql.rules.comparing import Numbers
from pql.rules.facts import NO_DAY, Days

Codes = npt.NDArray[np.intp]
"""For each account, which of the different questions is its own."""


@dataclass(frozen=True, slots=True)
class Questions:
    """The different values that are looked at, each with the day it is compared on.

    `days` is left out where the day makes no difference.
    """

    values: Sequence[Any] | npt.NDArray[Any]
    codes: Codes
    days: Days | None = None


@dataclass(frozen=True, slots=True)
class Repeated(Sequence[Any]):
    """A column in which values come again and again: for each account the place of its own."""

    values: Sequence[Any]
    places: Codes

    def __len__(self) -> int:
        return len(self.places)

    def __getitem__(self, account: Any) -> Any:
        return self.values[self.places[account]]


def about_numbers(values: npt.NDArray[Any]) -> Questions:
    """The different numbers of a column. NaN is one of them."""
    if len(values) == 1:  # one account is judged by the same code, and must not wait for sorting
        return Questions(values, np.zeros(1, dtype=np.intp))
    return Questions(*np.unique(values, return_inverse=True))


def about_dated_numbers(values: Numbers, days: Days) -> Questions:
    """The different pairs of a number and the account's trial day."""
    if len(values) == 1:
        return Questions(values, np.zeros(1, dtype=np.intp), days)
    numbers = about_numbers(values)
    span = int(days.max(initial=NO_DAY)) + 1
    pairs, codes = np.unique(numbers.codes * span + days, return_inverse=True)
    return Questions(np.asarray(numbers.values)[pairs // span], codes, pairs % span)


def about_things(values: Sequence[Any]) -> Questions:
    """The different values of any kind; 1 and true are two. Lists and objects are each its own."""
    if isinstance(values, Repeated):
        once = about_things(values.values)
        return Questions(once.values, once.codes[values.places])
    keys = list(zip(map(type, values), values, strict=True))
    try:
        numbers = {key: number for number, key in enumerate(dict.fromkeys(keys))}
    except TypeError:  # a list or an object is among them
        return _about_anything(values)
    codes = np.fromiter(map(numbers.__getitem__, keys), np.intp, len(keys))
    return Questions([value for _, value in numbers], codes)


def _about_anything(values: Sequence[Any]) -> Questions:
    numbers: dict[tuple[type, object], int] = {}
    different: list[Any] = []
    codes = np.empty(len(values), dtype=np.intp)
    for place, value in enumerate(values):
        try:
            code = numbers.setdefault((type(value), value), len(different))
        except TypeError:  # a list or an object
            code = len(different)
        if code == len(different):
            different.append(value)
        codes[place] = code
    return Questions(different, codes)
