"""What makes figures wrong before any search: leaks, telling gaps, changes of regime, drift."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What is wrong."""

    LEAK = "leak"
    STANDS_OUT = "tells far more than any other"
    MISSING_TELLS = "missing tells the outcome"
    SET_LATER = "may be set after first contact"
    AFTER_OUTCOME = "recorded after the outcome"
    IDENTIFIER = "is an id"
    CLOCK = "is a clock"
    CALENDAR = "is a calendar"
    SENTINEL = "a value may mean not given"
    ANSWERED = "said to be known from the start"
    REGIME = "regime change"
    PRESENT = "the present is not searched"
    DRIFT = "drift"


NOT_SEARCHED = frozenset(
    {
        Kind.LEAK,
        Kind.STANDS_OUT,
        Kind.MISSING_TELLS,
        Kind.SET_LATER,
        Kind.AFTER_OUTCOME,
        Kind.IDENTIFIER,
        Kind.CLOCK,
        Kind.CALENDAR,
    }
)
"""Alarms after which nothing that rests on the source may be recommended."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """`source` is the event or column; empty where the alarm is about the outcome.

    `is_question`: whoever knows the source as known from the start can have it searched.
    """

    kind: Kind
    source: str
    sentence: str
    is_question: bool = False


@dataclass(frozen=True, slots=True)
class NotSearched:
    """An event or column that was not searched, and why in a sentence that names it."""

    source: str
    sentence: str
    is_question: bool = False


def set_aside(raised: Iterable[Alarm]) -> Iterator[NotSearched]:
    """What alarms keep out of the search."""
    for each in raised:
        if each.kind in NOT_SEARCHED:
            yield NotSearched(each.source, each.sentence, each.is_question)
