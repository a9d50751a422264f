"""Any text is either read or refused with problems; what was read is read again the same."""

from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from pql.definitions import grammar
from pql.definitions.model import (
    BenchmarkThreshold,
    DefinitionFile,
    Group,
    Metric,
    Rule,
    Test,
)
from pql.definitions.reading import DefinitionError, Problem, read_definitions
from pql.definitions.versions import starter

KINDS = {
    "count": "count",
    "distinct_contacts": "distinct contacts",
    "distinct_days": "distinct days",
    "days_since_last": "days since last",
    "first_time": "first time",
}
POPULATIONS = {"later_customers": "customer", "non_converters": "non-converter"}


def reads_or_tells(text: str) -> None:
    problems: tuple[Problem, ...] = ()
    try:
        read_definitions(text, "any.yaml")
    except DefinitionError as error:
        problems = error.problems or pytest.fail("refused without a problem")
    for problem in problems:
        assert 1 <= problem.line <= text.count("\n") + 2
        assert problem.found
        assert problem.allowed
        assert str(problem).encode()


@given(st.text())
@settings(deadline=None)
def test_any_text_is_read_or_refused_with_problems(text: str) -> None:
    reads_or_tells(text)


@given(st.text(alphabet="{}[]:,-#&*!|>'\"%@`?\n\t ab1.~\\u0x<", max_size=60))
@settings(deadline=None)
def test_any_text_of_yaml_signs_is_read_or_refused_with_problems(text: str) -> None:
    reads_or_tells(text)


@given(st.integers(0, len(starter())), st.integers(0, 30), st.text(max_size=5))
@settings(deadline=None)
def test_a_file_with_a_piece_changed_is_read_or_refused_with_problems(
    start: int, length: int, inserted: str
) -> None:
    text = starter()
    reads_or_tells(text[:start] + inserted + text[start + length :])


names = st.sampled_from([
    "lifecycle", "metrics", "definitions", "potential", "motions", "leads", "m", "d", "event",
    "aggregate", "window", "where", "population", "outcome", "criteria", "require", "score", "all",
    "any", "of", "at_least", "metric", "trait", "in", "exists", "pql", "usage_score", "large",
    "medium", "high_touch", "low_touch", "activities", "role", "company", "grades", "stages",
    "events", "1", "_schema", "traits", "values", "becomes", "within", "status", "points", "name",
])  # fmt: skip
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.sampled_from(["count", "customer p50", "status is trial", "30 days", "all", "met", "m"])
)
documents = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=5),
    max_leaves=25,
)


@given(st.dictionaries(names, documents, max_size=6))
@settings(max_examples=200, deadline=None)
def test_any_values_under_any_fields_are_read_or_refused_with_problems(
    document: dict[str, Any],
) -> None:
    reads_or_tells(yaml.safe_dump(document))


def rendered(file: DefinitionFile) -> str:
    """A file's metrics, definitions, potential and motions as YAML again."""
    document = {
        "metrics": {name: rendered_metric(metric) for name, metric in file.metrics.items()},
        "definitions": {
            name: {
                "description": definition.description or "-",
                "population": "status is " + " or ".join(definition.population),
                "outcome": {
                    "becomes": definition.outcome.becomes,
                    "within": f"{definition.outcome.within_days} days",
                },
                "criteria": [rendered_rule(rule) for rule in definition.criteria.rules],
                "require": definition.criteria.require,
                "score": dict(definition.weights),
            }
            for name, definition in file.definitions.items()
        },
        "potential": {name: rendered_rule(rule) for name, rule in file.potential.items()},
        "motions": {motion.value: rendered_rule(rule) for motion, rule in file.motions.items()},
    }
    return yaml.safe_dump(document, sort_keys=False)


def rendered_metric(metric: Metric) -> dict[str, Any]:
    aggregate = metric.aggregate
    phrase = KINDS.get(aggregate.kind) or f"{aggregate.kind} of {aggregate.property}"
    if aggregate.kind == "contacts_active":
        phrase = f"contacts active on {aggregate.days} days within {aggregate.within} days"
    window = f"{metric.window.kind} {metric.window.days} days"
    return {
        "event": metric.event,
        "aggregate": phrase,
        "window": "whole trial" if metric.window.kind == "trial" else window,
    }


def rendered_rule(rule: Rule) -> dict[str, Any]:
    if isinstance(rule, Group):
        parts = [rendered_rule(part) for part in rule.rules]
        if isinstance(rule.require, str):
            return {rule.require: parts}
        return {"at_least": rule.require, "of": parts}
    if rule.subject in {"metric", "trait"}:
        return {rule.subject: rule.name, rule.comparison: rendered_threshold(rule.threshold)}
    if rule.subject == "usage_score":
        return {"usage_score": {rule.comparison: rule.threshold}}
    return {rule.subject: rendered_threshold(rule.threshold)}


def rendered_threshold(threshold: object) -> object:
    if isinstance(threshold, BenchmarkThreshold):
        return f"{POPULATIONS[threshold.population]} p{threshold.percentile}"
    return list(threshold) if isinstance(threshold, tuple) else threshold


numbers = st.integers(-1_000, 1_000_000) | st.floats(-1e6, 1e6)
benchmarks = st.builds(
    BenchmarkThreshold, st.sampled_from(grammar.PERCENTILES), st.sampled_from(sorted(POPULATIONS))
)
orders = st.sampled_from(["at_least", "at_most", "more_than", "less_than"])
words = st.text("abcdefg xyz", min_size=1, max_size=12).map(str.strip).filter(bool)
metric_tests = st.builds(
    Test, st.just("metric"), st.sampled_from("ab"), orders, numbers | benchmarks
)
trait_tests = st.one_of(
    st.builds(Test, st.just("trait"), words, orders, numbers),
    st.builds(Test, st.just("trait"), words, st.just("is"), words | st.booleans() | numbers),
    st.builds(
        Test,
        st.just("trait"),
        words,
        st.just("in"),
        st.lists(words, min_size=1, max_size=3).map(tuple),
    ),
    st.builds(Test, st.just("trait"), words, st.just("exists"), st.booleans()),
)
leaves: st.SearchStrategy[Rule] = metric_tests | trait_tests


def grouped(inner: st.SearchStrategy[Rule]) -> st.SearchStrategy[Rule]:
    return st.lists(inner, min_size=1, max_size=3).flatmap(
        lambda parts: st.builds(
            Group,
            st.sampled_from(["all", "any", *range(1, len(parts) + 1)]),
            st.just(tuple(parts)),
        )
    )


rules = st.recursive(leaves, grouped, max_leaves=6)
aggregates = st.one_of(
    st.sampled_from(sorted(KINDS.values())),
    words.map("sum of {}".format),
    words.map("max of {}".format),
    st.integers(1, 10).map(lambda days: f"contacts active on {days} days within 10 days"),
)
windows = st.just("whole trial") | st.builds(
    "{} {} days".format, st.sampled_from(["first", "last"]), st.integers(1, 3650)
)


@st.composite
def files(draw: st.DrawFn) -> str:
    """The text of a valid file with two metrics and one definition."""
    metrics = {
        name: {"event": draw(words), "aggregate": draw(aggregates), "window": draw(windows)}
        for name in "ab"
    }
    criteria = draw(st.lists(rules, min_size=1, max_size=4))
    definition = {
        "population": draw(st.sampled_from(["status is trial", "status is trial, free or paying"])),
        "outcome": {"becomes": "paying", "within": f"{draw(st.integers(1, 500))} days"},
        "criteria": [rendered_rule(rule) for rule in criteria],
        "require": draw(st.sampled_from(["all", "any", len(criteria)])),
        "score": {"a": draw(st.integers(1, 10)), "b": draw(st.floats(0.01, 1_000))},
    }
    levels = {level: rendered_rule(draw(rules)) for level in ("large", "medium")}
    return yaml.safe_dump(
        {"metrics": metrics, "definitions": {"d": definition}, "potential": levels}
    )


@given(files())
@settings(deadline=None)
def test_a_valid_file_that_is_written_out_is_read_as_the_same(text: str) -> None:
    file = read_definitions(text, "first.yaml")
    again = read_definitions(rendered(file), "again.yaml")
    assert again.metrics == file.metrics
    assert again.potential == file.potential
    assert again.motions == file.motions
    for name, definition in file.definitions.items():
        assert again.definitions[name].criteria == definition.criteria
        assert again.definitions[name].population == definition.population
        assert again.definitions[name].outcome == definition.outcome
        assert again.definitions[name].weights == definition.weights
