"""Definition files for hypothesis: valid ones, and any values under the names that files use."""

from typing import Any

from hypothesis import strategies as st

from pql.definitions import grammar
from pql.definitions.model import PERIODS, BenchmarkThreshold, Group, Rule, Test
from pql.definitions.writing import in_one_line, rule_document

KINDS = {
    "count": "count",
    "distinct_contacts": "distinct contacts",
    "distinct_days": "distinct days",
    "days_since_last": "days since last",
    "first_time": "first time",
}

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
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=5),
    max_leaves=25,
)
documents = st.dictionaries(names, values, max_size=6)
"""Hardly ever valid."""

words = st.text("abcdefg xyz", min_size=1, max_size=12).map(str.strip).filter(bool)
telling = words | st.sampled_from(["yes", "1", "1e3", "~", "null", "2026-01-31", "a: b", "#", "Ä"])
"""Text that a careless writer of YAML would make something else of."""
_numbers = st.integers(-1_000, 1_000_000) | st.floats(-1e6, 1e6)
_days = st.integers(1, 500).map("{} days".format) | st.integers(1, 50).map("{} weeks".format)
_benchmarks = st.builds(
    BenchmarkThreshold,
    st.sampled_from(grammar.PERCENTILES),
    st.sampled_from(["later_customers", "non_converters"]),
)
_orders = st.sampled_from(["at_least", "at_most", "more_than", "less_than"])
_metric_tests = st.builds(
    Test, st.just("metric"), st.sampled_from("ab"), _orders, _numbers | _benchmarks
)
_several = st.lists(telling, min_size=1, max_size=3).map(tuple)
_trait_tests = st.one_of(
    st.builds(Test, st.just("trait"), words, _orders, _numbers),
    st.builds(Test, st.just("trait"), words, st.just("is"), telling | st.booleans() | _numbers),
    st.builds(Test, st.just("trait"), words, st.just("in"), _several),
    st.builds(
        Test, st.just("trait"), words, st.sampled_from(["contains", "starts_with", "has"]), telling
    ),
    st.builds(Test, st.just("trait"), words, st.just("exists"), st.booleans()),
)
_leaves: st.SearchStrategy[Rule] = _metric_tests | _trait_tests


def _grouped(inner: st.SearchStrategy[Rule]) -> st.SearchStrategy[Rule]:
    return st.lists(inner, min_size=1, max_size=3).flatmap(
        lambda parts: st.builds(
            Group,
            st.sampled_from(["all", "any", *range(1, len(parts) + 1)]),
            st.just(tuple(parts)),
        )
    )


_rules = st.recursive(_leaves, _grouped, max_leaves=6)
_aggregates = st.one_of(
    st.sampled_from(sorted(KINDS.values())),
    words.map("sum of {}".format),
    words.map("max of {}".format),
    st.integers(1, 10).map(lambda days: f"contacts active on {days} days within 10 days"),
)
_windows = st.just("whole trial") | st.builds(
    "{} {} days".format, st.sampled_from(["first", "last"]), st.integers(1, 3650)
)
_where = st.dictionaries(
    words,
    telling
    | st.lists(telling, min_size=1, max_size=3)
    | st.fixed_dictionaries({"at_least": _numbers}, optional={"exists": st.booleans()})
    | st.fixed_dictionaries({"contains": telling}, optional={"has": telling}),
    max_size=2,
)
_points = st.integers(1, 100) | st.integers(-100, -1)
_activities = st.fixed_dictionaries(
    {"event": telling, "points": _points, "half_life": _days},
    optional={"at_most": st.integers(1, 100), "description": telling},
)


@st.composite
def _fits(draw: st.DrawFn) -> dict[str, Any]:
    named = {"name": draw(telling), "points": draw(_points)}
    return named | rule_document(draw(_trait_tests))


_bands = st.lists(_numbers, max_size=4, unique=True).map(sorted)

_sections = st.fixed_dictionaries(
    {},
    optional={
        "leads": st.fixed_dictionaries(
            {}, optional={"activities": st.lists(_activities), "role": st.lists(_fits())}
        ),
        "lifecycle": st.fixed_dictionaries(
            {},
            optional={
                "traits": st.fixed_dictionaries({}, optional={"plan": words | st.lists(words)}),
                "values": st.dictionaries(telling, st.sampled_from(grammar.STATUSES)),
                "trial_days": st.none() | st.integers(1, 3650),
                "internal_domains": st.lists(st.sampled_from(["example.com", "@Example.org"])),
            },
        ),
        "accounts": st.fixed_dictionaries(
            {"from_email_domain": st.booleans()},
            optional={"exclude_domains": st.lists(st.just("example.com"))},
        ),
        "filters": st.fixed_dictionaries(
            {"bots": st.booleans()}, optional={"test_accounts": st.lists(telling)}
        ),
        "segments": st.dictionaries(
            st.sampled_from(["plan", "size", "cohort"]),
            st.one_of(
                st.builds(lambda trait, bands: {"trait": trait, "bands": bands}, telling, _bands),
                st.builds(lambda bands: {"people": True, "bands": bands}, _bands),
                st.sampled_from(PERIODS).map(lambda period: {"started": period}),
            ),
        ),
    },
)


@st.composite
def files(draw: st.DrawFn) -> dict[str, Any]:
    """A valid file with two metrics and one definition, as it is before it is written as YAML."""
    metrics = {
        name: {
            "event": draw(telling),
            "aggregate": draw(_aggregates),
            "window": draw(_windows),
            "where": draw(_where),
        }
        for name in "ab"
    }
    criteria = draw(st.lists(_rules, min_size=1, max_size=4))
    definition = {
        "population": draw(st.sampled_from(["status is trial", "status is trial, free or paying"])),
        "outcome": {"becomes": "paying", "within": draw(_days)},
        "criteria": [rule_document(rule) for rule in criteria],
        "require": draw(st.sampled_from(["all", "any", len(criteria)])),
        "score": {"a": draw(st.integers(1, 10)), "b": draw(st.floats(0.01, 1_000))},
    }
    levels = {level: rule_document(draw(_rules)) for level in ("large", "medium")}
    own = {"metrics": metrics, "definitions": {"d": definition}, "potential": levels}
    return own | draw(_sections)


texts = files().map(in_one_line)
"""Valid files as text."""
