"""Which column of a file says the outcome, and which the time, whatever words they use."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any

import pandas as pd

from pql.date_text import READABLE_DATES
from pql.delimited.formats import AUTO
from pql.delimited.time_columns import TimeEvidence
from pql.delimited.times import TimeForm
from pql.delimited.words import is_missing, truth_of
from pql.finder.table_files import TableInvalid

SHOWN = 3
HALF = 0.5
COARSE = re.compile(r"(\d{4})(-\d\d)?")
"""A year or a month alone: its first day. So little is only enough to tell which came first."""


@dataclass(frozen=True, slots=True, eq=False)
class ReadOutcome:
    """`converted` (n,) is True, False or `None` where unknown; `told` says how it was read."""

    converted: pd.Series[Any]
    told: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class ReadTimes:
    """`moments` (n,) are UTC without a zone, `NaT` where unknown. Where the row says something that
    is no time, `is_unreadable` (n,). `told` as of `ReadOutcome`.
    """

    moments: pd.Series[pd.Timestamp]
    is_unreadable: pd.Series[bool]
    told: tuple[str, ...] = ()


def read_outcome(cells: pd.Series[Any], positive: str | None) -> ReadOutcome:
    """The outcome by words for yes and no, by the one word that is said to be `positive`, or by
    whether a date of it is given.

    Raises:
        TableInvalid: the column says neither.
    """
    words = _words(cells)
    if positive is not None:
        return _by_word(words, positive, str(cells.name))
    known = {word: truth_of(word) for word in words.dropna().unique()}
    if known and None not in known.values():
        is_two_sided = len(set(known.values())) > 1
        told = () if is_two_sided else (_one_sided(str(cells.name), known),)
        return ReadOutcome(words.map(known, na_action="ignore").astype(object), told)
    if cells.isna().any() and known and all(map(_is_time, known)):
        given = words.notna()
        told = (
            f"{cells.name}: {given.sum():,} rows have a date and count as converted, "
            f"{(~given).sum():,} have none: no outcome"
        )
        return ReadOutcome(given.astype(object), (told,))
    unclear = sorted(word for word, truth in known.items() if truth is None)
    raise TableInvalid(
        f"{cells.name} is neither 1 or 0, true or false, yes or no, won or lost, nor a date: "
        f"{', '.join(unclear[:SHOWN])}. Say which value means yes: --positive VALUE"
    )


def _words(cells: pd.Series[Any]) -> pd.Series[Any]:
    """The cells as people write them: 1 for 1.0, nothing for NULL and the like."""
    if pd.api.types.is_float_dtype(cells):
        cells = cells.map(lambda cell: f"{cell:.15g}", na_action="ignore")
    words = cells.astype("string").str.strip()
    nothing = [word for word in words.dropna().unique() if is_missing(word)]
    return words.mask(words.isin(nothing))


def _by_word(words: pd.Series[Any], positive: str, name: str) -> ReadOutcome:
    wanted = positive.strip().casefold()
    is_positive = words.str.casefold() == wanted
    if not is_positive.any():
        values = ", ".join(words.value_counts().index[:SHOWN])
        raise TableInvalid(f"no row has {positive!r} in {name}; it has {values}")
    others = words[~is_positive.fillna(False)].dropna().value_counts()
    if others.empty:  # only the positive one is ever written down
        told = f"{name}: {positive} is yes, nothing is no"
        return ReadOutcome(is_positive.fillna(False).astype(object), (told,))
    shown = ", ".join(f"{word} ({count:,})" for word, count in others[:SHOWN].items())
    more = f" and {len(others) - SHOWN:,} more values" if len(others) > SHOWN else ""
    told = f"{name}: {positive} is yes; {shown}{more} no; nothing is unknown"
    converted = is_positive.astype(object).where(words.notna(), None)
    return ReadOutcome(converted, (told,))


def _one_sided(name: str, known: dict[str, bool | None]) -> str:
    said = "yes" if True in known.values() else "no"
    words = ", ".join(sorted(known)[:SHOWN])
    return (
        f"{name}: it only ever says {said} ({words}), and where it says nothing the outcome is "
        f"unknown. If nothing means no, say --positive {min(known)}"
    )


def _is_time(word: str) -> bool:
    evidence = TimeEvidence()
    evidence.add([word])
    try:
        TimeForm(evidence.decide().form.format).read(word)
    except (ValueError, OverflowError, OSError):
        return bool(evidence.decide().problem)  # which of two days it is does not matter here
    return True


def read_times(cells: pd.Series[Any], time_format: str | None) -> ReadTimes:
    """The moments of a column, in one form for all of it.

    Raises:
        TableInvalid: which form it is cannot be told, or most cells are no times.
    """
    if pd.api.types.is_datetime64_any_dtype(cells):
        return ReadTimes(_without_zone(pd.to_datetime(cells, utc=True)), cells.isna() & False)
    words = _words(cells)
    different = list(words.dropna().unique())
    form, told = _form(str(cells.name), different, time_format)
    read = {word: _moment(word, form) for word in different}
    moments = pd.to_datetime(words.map(read), utc=True)
    wrong = [word for word, moment in read.items() if moment is None]
    is_unreadable = words.isin(wrong)
    if is_unreadable.sum() > HALF * words.notna().sum():
        raise TableInvalid(
            f"{cells.name} has what is no time: {', '.join(wrong[:SHOWN])}; allowed: "
            f"{READABLE_DATES}. Say another form with --time-format, as in %d.%m.%Y"
        )
    if wrong:
        shown = ", ".join(wrong[:SHOWN])
        told = (*told, f"{cells.name}: {is_unreadable.sum():,} rows have what is no time: {shown}")
    return ReadTimes(_without_zone(moments), is_unreadable, told)


def _form(
    name: str, different: Sequence[str], said: str | None
) -> tuple[TimeForm, tuple[str, ...]]:
    if said is not None and said != AUTO:
        return TimeForm(said), ()
    evidence = TimeEvidence()
    evidence.add(different)
    found = evidence.decide()
    if found.problem:
        raise TableInvalid(f"{name}: {found.problem}")
    return found.form, (f"{name}: {found.told}",) if found.told else ()


def _moment(word: str, form: TimeForm) -> pd.Timestamp | None:
    """UTC, also of a text that names no zone."""
    coarse = COARSE.fullmatch(word)
    text = f"{coarse[1]}{coarse[2] or '-01'}-01" if coarse else word
    try:
        moment = form.read(text)
        return pd.Timestamp(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    except (ValueError, OverflowError, OSError):
        return None


def _without_zone(moments: pd.Series[Any]) -> pd.Series[pd.Timestamp]:
    return moments.dt.tz_localize(None)
