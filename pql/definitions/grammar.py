"""The small phrases of a definition file: `first 14 days`, `sum of minutes`, `customer p50`.

Each `parse` function returns `None` for text it does not understand; the constants say what is
allowed. Each `write` function gives the phrase that is parsed as its value.
"""

from __future__ import annotations

import re
from re import Match

from pql.definitions.model import Aggregate, BenchmarkThreshold, Window

LONGEST_DAYS = 3650
STATUSES = ("trial", "free", "paying", "churned", "internal")
POPULATION_STATUSES = ("trial", "free", "paying", "churned")
PERCENTILES = (10, 25, 50, 75, 90)

WINDOWS = "first N days, last N days or whole trial (N from 1 to 3650)"
AGGREGATES = (
    "count, distinct contacts, distinct days, sum of PROPERTY, max of PROPERTY, days since last, "
    "first time, or contacts active on N days within M days (N at most M)"
)
BENCHMARKS = "customer pN or non-converter pN, with N one of 10, 25, 50, 75, 90"
POPULATIONS = "status is A, or status is A or B, with trial, free, paying, churned"
DURATIONS = "N days or N weeks, from 1 to 3650 days"

_WINDOW = re.compile(r"(?P<kind>first|last) (?P<days>[0-9]{1,9}) days?")
PLAIN_AGGREGATES = {
    "count": "count",
    "distinct contact": "distinct_contacts",
    "distinct contacts": "distinct_contacts",
    "distinct day": "distinct_days",
    "distinct days": "distinct_days",
    "days since last": "days_since_last",
    "first time": "first_time",
}
_PROPERTY_AGGREGATE = re.compile(
    r"(?P<kind>sum|max) of (?P<property>\S(?:.{0,98}\S)?)", re.IGNORECASE
)
_CONTACTS_ACTIVE = re.compile(
    r"contacts? active on (?P<days>[0-9]{1,9}) days? within (?P<within>[0-9]{1,9}) days?"
)
_BENCHMARK = re.compile(
    r"(?:(?P<others>non[- ]converters?)|(?:later )?customers?) p(?P<percentile>[0-9]{1,3})"
)
_DURATION = re.compile(r"(?P<number>[0-9]{1,9}) (?P<unit>day|week)s?")


def parse_window(text: str) -> Window | None:
    """`first 14 days`, `last 7 days`, `whole trial`."""
    if _tidy(text) == "whole trial":
        return Window("trial")
    match = _WINDOW.fullmatch(_tidy(text))
    days = _days(match, "days")
    return Window(match["kind"], days) if match and days else None


def write_window(window: Window) -> str:
    """The phrase for a window."""
    if window.days is None:
        return "whole trial"
    return f"{window.kind} {_counted(window.days)}"


def parse_aggregate(text: str) -> Aggregate | None:
    """`count`, `sum of minutes`, `contacts active on 3 days within 7 days`.

    The names of properties keep their case.
    """
    plain = PLAIN_AGGREGATES.get(_tidy(text))
    if plain:
        return Aggregate(plain)
    match = _PROPERTY_AGGREGATE.fullmatch(" ".join(text.split()))
    if match:
        return Aggregate(match["kind"].lower(), property=match["property"])
    match = _CONTACTS_ACTIVE.fullmatch(_tidy(text))
    days, within = _days(match, "days"), _days(match, "within")
    if days and within and days <= within:
        return Aggregate("contacts_active", days=days, within=within)
    return None


def write_aggregate(aggregate: Aggregate) -> str:
    """The phrase for an aggregate."""
    if aggregate.property is not None:
        return f"{aggregate.kind} of {aggregate.property}"
    if aggregate.days is not None and aggregate.within is not None:
        days, within = _counted(aggregate.days), _counted(aggregate.within)
        return f"contacts active on {days} within {within}"
    # The last phrase of a kind is the plural.
    return {kind: phrase for phrase, kind in PLAIN_AGGREGATES.items()}[aggregate.kind]


def parse_benchmark(text: str) -> BenchmarkThreshold | None:
    """`customer p50`, `non-converter p90`."""
    match = _BENCHMARK.fullmatch(_tidy(text))
    if not match or int(match["percentile"]) not in PERCENTILES:
        return None
    population = "non_converters" if match["others"] else "later_customers"
    return BenchmarkThreshold(int(match["percentile"]), population)


def write_benchmark(threshold: BenchmarkThreshold) -> str:
    """The phrase for a benchmark."""
    others = {"later_customers": "customer", "non_converters": "non-converter"}
    return f"{others[threshold.population]} p{threshold.percentile}"


def parse_population(text: str) -> tuple[str, ...] | None:
    """`status is trial`, `status is trial or free`: the statuses, each once."""
    tidy = _tidy(text)
    if not tidy.startswith("status is "):
        return None
    names = tuple(dict.fromkeys(re.split(r", or |, | or ", tidy.removeprefix("status is "))))
    return names if set(names) <= set(POPULATION_STATUSES) else None


def write_population(statuses: tuple[str, ...]) -> str:
    """The phrase for a population."""
    return f"status is {' or '.join(statuses)}"


def parse_duration(text: str) -> int | None:
    """`30 days`, `4 weeks`: in days."""
    match = _DURATION.fullmatch(_tidy(text))
    if not match:
        return None
    days = int(match["number"]) * (7 if match["unit"] == "week" else 1)
    return days if 1 <= days <= LONGEST_DAYS else None


def write_duration(days: float) -> str:
    """The phrase for so many whole days."""
    return _counted(int(days))


def _counted(days: int) -> str:
    return f"{days} day" if days == 1 else f"{days} days"


def _tidy(text: str) -> str:
    return " ".join(text.split()).lower()


def _days(match: Match[str] | None, group: str) -> int | None:
    days = int(match[group]) if match else 0
    return days if 1 <= days <= LONGEST_DAYS else None
