"""A file that asks for too much is refused: how much, where, and how to mend it."""

from collections.abc import Callable

import pytest

from pql.definitions.limits import LIMITS
from pql.definitions.reading import DefinitionError, read_applied, read_definitions

METRIC = "  m{}: {{event: e, aggregate: count, window: first {} days}}\n"
WHERE = "  m{}: {{event: e, aggregate: count, window: first 1 day, where: {}}}\n"
DEFINITION = """\
  d{}:
    population: status is trial
    outcome: {{becomes: paying, within: 30 days}}
    criteria: [{{trait: plan, is: pro}}]
"""


def of_metrics(number: int) -> str:
    return "metrics:\n" + "".join(METRIC.format(n, 7) for n in range(number))


def of_windows(number: int) -> str:
    return "metrics:\n" + "".join(METRIC.format(n, n + 2) for n in range(number))


def of_conditions(number: int) -> str:
    full, rest = divmod(number, 50)
    sizes = [50] * full + [rest] * bool(rest)
    filters = ["{" + ", ".join(f"p{p}: 1" for p in range(size)) + "}" for size in sizes]
    return "metrics:\n" + "".join(WHERE.format(n, each) for n, each in enumerate(filters))


def of_properties(number: int) -> str:
    return "metrics:\n" + WHERE.format(0, "{" + ", ".join(f"p{n}: 1" for n in range(number)) + "}")


def of_values(number: int) -> str:
    return "metrics:\n" + WHERE.format(0, "{p: [" + ", ".join(map(str, range(number))) + "]}")


def of_definitions(number: int) -> str:
    return "definitions:\n" + "".join(DEFINITION.format(n) for n in range(number))


def of_tests(number: int) -> str:
    tests = ", ".join(["{pql: met}"] * (number - 1))
    return f"motions:\n  high_touch: {{any: [{tests}]}}\n  low_touch: {{pql: met}}\n"


def of_activities(number: int) -> str:
    activity = "    - {event: e, points: 1, half_life: 30 days, at_most: 9}\n"
    return "leads:\n  activities:\n" + activity * number


def of_names(number: int) -> str:
    return "accounts: {exclude_domains: [" + ", ".join(f"{n}.test" for n in range(number)) + "]}"


EXAMPLES: dict[str, Callable[[int], str]] = {
    "metrics": of_metrics,
    "different windows": of_windows,
    "conditions of metrics": of_conditions,
    "different properties": of_properties,
    "values in conditions of metrics": of_values,
    "definitions": of_definitions,
    "tests in rules": of_tests,
    "activities of leads": of_activities,
    "names of the life cycle, filters and accounts": of_names,
}


@pytest.mark.parametrize("limit", LIMITS, ids=lambda limit: limit.what)
def test_as_much_as_is_allowed_is_no_excess_and_one_more_is(limit: object) -> None:
    what, most = limit.what, limit.most  # type: ignore[attr-defined]
    _, none = read_applied(EXAMPLES[what](most), "test.yaml")
    assert [problem for problem in none if problem.found.endswith(what)] == []
    with pytest.raises(DefinitionError) as refused:
        read_definitions(EXAMPLES[what](most + 1), "test.yaml")
    (problem,) = (each for each in refused.value.problems if each.found.endswith(what))
    assert problem.found == f"{most + 1:,} {what}"
    assert problem.allowed.startswith(f"{most:,} at most; ")


def test_the_line_is_that_of_the_first_that_is_too_many() -> None:
    with pytest.raises(DefinitionError, match=r"test.yaml:202: metrics.m200: found 3,900 metrics"):
        read_definitions(of_metrics(3_900), "test.yaml")


def test_a_file_that_was_applied_before_can_be_read_and_says_what_is_too_much() -> None:
    file, (problem,) = read_applied(of_metrics(201), "test.yaml")
    assert len(file.metrics) == 201
    assert problem.found == "201 metrics"


def test_of_very_many_problems_the_first_are_told() -> None:
    uses = "".join(f"    m{n}: 1\n" for n in range(10_000))
    with pytest.raises(DefinitionError) as refused:
        read_definitions("definitions:\n" + DEFINITION.format(1) + "    score:\n" + uses, "t.yaml")
    assert len(refused.value.problems) <= 400
