"""Rules as they are written to rules as they are run: groups of rules and tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from marshmallow import ValidationError

from pql.definitions import grammar
from pql.definitions.fields import (
    NUMBERS,
    UNKNOWN_FIELD,
    checked,
    read_list,
    read_number,
    read_text,
    read_whole_number,
    refuse,
)
from pql.definitions.model import BenchmarkThreshold, Group, Rule, Test

ORDER = ("at_least", "at_most", "more_than", "less_than")
METRIC_COMPARISONS = (*ORDER, "is")
PARTS = ("contains", "starts_with", "has")
"""What a trait or property may have as a part of it."""
TRAIT_COMPARISONS = (*ORDER, "is", "in", *PARTS, "exists")
LEVELS = ("small", "medium", "large")

CRITERION_SUBJECTS = ("metric", "trait", "status")
POTENTIAL_SUBJECTS = ("metric", "trait", "status")
MOTION_SUBJECTS = ("metric", "trait", "status", "pql", "potential", "usage_score")
PROVISIONAL_SUBJECTS = ("metric", "trait", "status", "potential")
"""What is known without any customer to compare with."""
FIT_SUBJECTS = ("trait",)

Result = TypeVar("Result")


def read_rule(value: object, subjects: tuple[str, ...]) -> Rule:
    """A rule over some subjects.

    Raises:
        ValidationError: with every problem under its place.
    """
    if not isinstance(value, dict):
        raise ValidationError(_rules(subjects))
    if "of" in value:
        return _read_counted(value, subjects)
    if "all" in value or "any" in value:
        return _read_group(value, subjects)
    return _read_test(value, subjects)


def read_rules(value: object, subjects: tuple[str, ...]) -> tuple[Rule, ...]:
    """A list of rules, with one at least."""
    allowed = f"a list of rules, each {_rules(subjects)}"
    return read_list(value, allowed, lambda entry: read_rule(entry, subjects), least=1)


def names_benchmark(rule: Rule) -> bool:
    """Whether any test of a rule compares with a benchmark."""
    if isinstance(rule, Group):
        return any(names_benchmark(part) for part in rule.rules)
    return isinstance(rule.threshold, BenchmarkThreshold)


def _read_group(value: Mapping[str, Any], subjects: tuple[str, ...]) -> Group:
    require = "all" if "all" in value else "any"
    _refuse_unknown(value, (require,))
    return Group(require, _under(require, lambda: read_rules(value[require], subjects)))


def _read_counted(value: Mapping[str, Any], subjects: tuple[str, ...]) -> Group:
    _refuse_unknown(value, ("at_least", "of"))
    rules = _under("of", lambda: read_rules(value["of"], subjects))
    count = read_whole_number(value.get("at_least"), 1, len(rules))
    if count is None:
        raise ValidationError({"at_least": [f"a whole number from 1 to {len(rules)}"]})
    return Group(count, rules)


def _read_test(value: Mapping[str, Any], subjects: tuple[str, ...]) -> Test:
    named = [subject for subject in MOTION_SUBJECTS if subject in value]
    if len(named) != 1:
        raise ValidationError(_rules(subjects))
    subject = named[0]
    if subject not in subjects:
        raise ValidationError({subject: [f"a test of {subject}\n{', '.join(subjects)}"]})
    return _READERS[subject](value)


def _read_metric(value: Mapping[str, Any]) -> Test:
    return _read_comparison(value, "metric", METRIC_COMPARISONS, _read_metric_threshold)


def _read_trait(value: Mapping[str, Any]) -> Test:
    return _read_comparison(value, "trait", TRAIT_COMPARISONS, read_trait_threshold)


def _read_comparison(
    value: Mapping[str, Any],
    subject: str,
    comparisons: tuple[str, ...],
    read_threshold: Callable[[str, object], object],
) -> Test:
    _refuse_unknown(value, (subject, *comparisons))
    name = read_text(value[subject], 200)
    if name is None:
        raise ValidationError({subject: [f"the name of a {subject}"]})
    given = [comparison for comparison in comparisons if comparison in value]
    if len(given) != 1:
        found = f"{len(given) or 'no'} comparisons"
        raise refuse(found, f"exactly one of {', '.join(comparisons)}")
    comparison = given[0]
    return Test(
        subject,
        name,
        comparison,
        _under(comparison, lambda: read_threshold(comparison, value[comparison])),
    )


def _read_metric_threshold(_comparison: str, value: object) -> float | BenchmarkThreshold:
    threshold = grammar.parse_benchmark(value) if isinstance(value, str) else read_number(value)
    if threshold is None:
        raise ValidationError(f"{NUMBERS}; {grammar.BENCHMARKS}")
    return threshold


def read_trait_threshold(comparison: str, value: object) -> object:
    """What a trait or property may be compared with.

    Raises:
        ValidationError: it does not fit the comparison.
    """
    if comparison in ORDER:
        return checked(read_number(value), NUMBERS)
    if comparison == "exists":
        return checked(value if isinstance(value, bool) else None, "true or false")
    if comparison == "in":
        return read_list(value, "a list of text or numbers", _read_scalar, least=1)
    return _read_scalar(value)


def _read_scalar(value: object) -> object:
    if isinstance(value, bool):
        return value
    result = read_text(value) if isinstance(value, str) else read_number(value)
    return checked(result, "text, a number, true or false")


def _read_status(value: Mapping[str, Any]) -> Test:
    return _read_words(value, "status", grammar.STATUSES)


def _read_potential(value: Mapping[str, Any]) -> Test:
    return _read_words(value, "potential", LEVELS)


def _read_words(value: Mapping[str, Any], subject: str, words: tuple[str, ...]) -> Test:
    _refuse_unknown(value, (subject,))
    given = value[subject] if isinstance(value[subject], list) else [value[subject]]
    if not given or any(not isinstance(word, str) or word not in words for word in given):
        raise ValidationError({subject: [f"one or a list of {', '.join(words)}"]})
    return Test(subject, subject, "in", tuple(given))


def _read_pql(value: Mapping[str, Any]) -> Test:
    _refuse_unknown(value, ("pql",))
    if value["pql"] not in ("met", "not_met"):
        raise ValidationError({"pql": ["met, not_met"]})
    return Test("pql", "pql", "is", value["pql"])


def _read_usage_score(value: Mapping[str, Any]) -> Test:
    _refuse_unknown(value, ("usage_score",))
    limit = value["usage_score"]
    allowed = f"one of {', '.join(ORDER)} with a number from 0 to 100, as in {{at_least: 50}}"
    if not isinstance(limit, dict) or len(limit) != 1 or next(iter(limit)) not in ORDER:
        raise ValidationError({"usage_score": [allowed]})
    comparison, threshold = next(iter(limit.items()))
    if read_number(threshold, 0, 100) is None:
        raise ValidationError({"usage_score": {comparison: ["a number from 0 to 100"]}})
    return Test("usage_score", "usage_score", comparison, threshold)


_READERS: dict[str, Callable[[Mapping[str, Any]], Test]] = {
    "metric": _read_metric,
    "trait": _read_trait,
    "status": _read_status,
    "pql": _read_pql,
    "potential": _read_potential,
    "usage_score": _read_usage_score,
}


def _refuse_unknown(value: Mapping[str, Any], known: tuple[str, ...]) -> None:
    unknown = {
        name: [f"{UNKNOWN_FIELD}\n{', '.join(known)}"] for name in value if name not in known
    }
    if unknown:
        raise ValidationError(unknown)


def _under(name: str, read: Callable[[], Result]) -> Result:
    try:
        return read()
    except ValidationError as error:
        raise ValidationError({name: error.messages}) from error


def _rules(subjects: tuple[str, ...]) -> str:
    return (
        "{all: [rules]}, {any: [rules]}, {at_least: N, of: [rules]} "
        f"or a test of {', '.join(subjects)}"
    )
