"""The phrases of `grammar` as patterns for editors, with examples to complete."""

from __future__ import annotations

from pql.definitions import grammar
from pql.definitions.fields import Shape

# 1 to 3650 days, and the weeks in them.
_DAYS = "0*([1-9][0-9]{0,2}|[12][0-9]{3}|3[0-5][0-9]{2}|36[0-4][0-9]|3650)"
_WEEKS = "0*([1-9][0-9]?|[1-4][0-9]{2}|5[01][0-9]|52[01])"


def _any_case(word: str) -> str:
    # ECMAScript's patterns, which JSON Schema uses, cannot be told to ignore case.
    return "".join(f"[{sign}{sign.upper()}]" if sign.isalpha() else sign for sign in word)


def _words(text: str) -> str:
    """The pattern of some words; `<...>` stands for what is put in afterwards."""
    return r"\s+".join(word if word.startswith("<") else _any_case(word) for word in text.split())


def _phrase(allowed: str, *patterns: str, examples: list[str]) -> Shape:
    days = "|".join(patterns).replace("<days>", _DAYS).replace("<weeks>", _WEEKS)
    return {
        "type": "string",
        "pattern": rf"^\s*({days})\s*$",
        "patternErrorMessage": f"allowed: {allowed}",
        "examples": examples,
    }


_DAY = _any_case("day") + "[sS]?"
_STATUS = f"({'|'.join(_any_case(status) for status in grammar.POPULATION_STATUSES)})"

WINDOW = _phrase(
    grammar.WINDOWS,
    rf"({_any_case('first')}|{_any_case('last')})\s+<days>\s+{_DAY}",
    _words("whole trial"),
    examples=["first 1 day", "first 7 days", "first 14 days", "last 7 days", "last 30 days",
              "whole trial"],
)  # fmt: skip
AGGREGATE = _phrase(
    grammar.AGGREGATES,
    *(_words(phrase) for phrase in grammar.PLAIN_AGGREGATES),
    rf"({_any_case('sum')}|{_any_case('max')})\s+{_any_case('of')}\s+\S[\s\S]*",
    rf"{_any_case('contact')}[sS]?\s+{_words('active on')}\s+<days>\s+{_DAY}\s+"
    rf"{_any_case('within')}\s+<days>\s+{_DAY}",
    examples=["count", "distinct contacts", "distinct days", "sum of PROPERTY", "max of PROPERTY",
              "days since last", "first time", "contacts active on 3 days within 7 days"],
)  # fmt: skip
BENCHMARK = _phrase(
    grammar.BENCHMARKS,
    rf"({_any_case('non')}[-\s]\s*{_any_case('converter')}[sS]?|"
    rf"({_any_case('later')}\s+)?{_any_case('customer')}[sS]?)"
    rf"\s+[pP]0?({'|'.join(map(str, grammar.PERCENTILES))})",
    examples=[
        f"{others} p{percentile}"
        for others in ("customer", "non-converter")
        for percentile in grammar.PERCENTILES
    ],
)
POPULATION = _phrase(
    grammar.POPULATIONS,
    rf"{_words('status is')}\s+{_STATUS}((,\s+{_any_case('or')}\s+|,\s+|\s+{_any_case('or')}\s+)"
    rf"{_STATUS})*",
    examples=["status is trial", "status is trial or free", "status is free"],
)
DURATION = _phrase(
    grammar.DURATIONS,
    rf"<days>\s+{_DAY}",
    rf"<weeks>\s+{_any_case('week')}[sS]?",
    examples=["14 days", "30 days", "4 weeks", "90 days"],
)
