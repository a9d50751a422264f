"""A definition file is read into values, or everything that is wrong with it is told at once."""

import pytest

from pql.definitions.defaults import DEFAULT_LEADS, DEFAULT_LIFECYCLE, DEFAULT_MOTIONS
from pql.definitions.model import (
    Aggregate,
    BenchmarkThreshold,
    Definition,
    Group,
    Metric,
    Outcome,
    PropertyFilter,
    Test,
    Window,
)
from pql.definitions.reading import DefinitionError, Problem, read_definitions
from pql.definitions.versions import starter

DESIGN = """
metrics:
  messages_sent:   {event: message_sent, aggregate: count, window: first 14 days, \
description: "...", owner: growth@example.com}
  active_people:   {event: any, aggregate: distinct contacts, window: last 7 days}
  minutes_watched: {event: lesson_watched, aggregate: sum of minutes, window: first 1 day}
definitions:
  trial_conversion:
    population: status is trial
    outcome: {becomes: paying, within: 30 days}
    criteria:
      - {metric: messages_sent, at_least: customer p50}     # what the median customer had done
      - {metric: active_people, at_least: 3}
    require: all
"""


def problems_of(text: str) -> list[Problem]:
    with pytest.raises(DefinitionError) as error:
        read_definitions(text, "growth.yaml")
    return list(error.value.problems)


def only_problem_of(text: str) -> Problem:
    problems = problems_of(text)
    assert len(problems) == 1, [str(problem) for problem in problems]
    return problems[0]


def with_metric(metric: str) -> str:
    return f"metrics:\n  m: {metric}\n"


def with_definition(rest: str) -> str:
    return (
        "metrics:\n  m: {event: e, aggregate: count, window: whole trial}\n"
        "definitions:\n  d:\n    population: status is trial\n"
        f"    outcome: {{becomes: paying, within: 30 days}}\n{rest}"
    )


def test_the_example_of_the_design_reads_as_it_is() -> None:
    file = read_definitions(DESIGN, "growth.yaml")
    assert list(file.metrics) == ["messages_sent", "active_people", "minutes_watched"]
    assert file.metrics["messages_sent"] == Metric(
        name="messages_sent",
        event="message_sent",
        aggregate=Aggregate("count"),
        window=Window("first", 14),
        description="...",
        owner="growth@example.com",
    )
    assert file.metrics["minutes_watched"].aggregate == Aggregate("sum", property="minutes")
    assert file.metrics["minutes_watched"].window == Window("first", 1)
    assert file.definitions["trial_conversion"] == Definition(
        name="trial_conversion",
        population=("trial",),
        outcome=Outcome("paying", 30),
        criteria=Group(
            "all",
            (
                Test("metric", "messages_sent", "at_least", BenchmarkThreshold(50)),
                Test("metric", "active_people", "at_least", 3),
            ),
        ),
        weights={"messages_sent": 1.0, "active_people": 1.0},
    )


def test_sections_that_are_left_out_are_the_defaults() -> None:
    file = read_definitions(DESIGN, "growth.yaml")
    assert file.lifecycle == DEFAULT_LIFECYCLE
    assert file.motions == DEFAULT_MOTIONS
    assert file.leads == DEFAULT_LEADS


def test_potential_that_is_left_out_counts_the_first_metric_of_people() -> None:
    large = read_definitions(DESIGN, "growth.yaml").potential["large"]
    assert isinstance(large, Group)
    assert large.rules[0] == Test("metric", "active_people", "at_least", 10)


def test_what_a_new_workspace_starts_with_is_valid_and_says_the_defaults() -> None:
    file = read_definitions(starter(), "starter.yaml")
    assert list(file.definitions) == ["trial_conversion"]
    assert file.leads == DEFAULT_LEADS
    assert file.motions == DEFAULT_MOTIONS


def test_filters_on_properties_are_short_where_they_can_be() -> None:
    where = "{channel: email, kind: [a, b], size: {at_least: 10, at_most: 20}, id: {exists: true}}"
    file = read_definitions(
        with_metric(f"{{event: e, aggregate: count, window: whole trial, where: {where}}}"), "f"
    )
    assert file.metrics["m"].where == (
        PropertyFilter("channel", "is", "email"),
        PropertyFilter("kind", "in", ("a", "b")),
        PropertyFilter("size", "at_least", 10),
        PropertyFilter("size", "at_most", 20),
        PropertyFilter("id", "exists", True),
    )


def test_what_is_given_for_the_life_cycle_replaces_the_defaults_entry_by_entry() -> None:
    lifecycle = read_definitions(
        "lifecycle:\n  traits: {plan: tier}\n  values: {Gold: paying}\n  trial_days: 14\n"
        "  internal_domains: ['@Example.com']\n",
        "f",
    ).lifecycle
    assert lifecycle.traits["plan"] == ("tier",)
    assert lifecycle.traits["status"] == DEFAULT_LIFECYCLE.traits["status"]
    assert lifecycle.values["gold"] == "paying"
    assert lifecycle.values["trialing"] == "trial"
    assert lifecycle.trial_days == 14
    assert lifecycle.internal_domains == ("example.com",)


def test_a_problem_names_file_line_field_what_was_found_and_what_is_allowed() -> None:
    problem = only_problem_of(
        with_definition("    criteria:\n      - {metric: messages_send, at_least: 3}\n")
    )
    assert problem == Problem(
        file="growth.yaml",
        line=8,
        field="definitions.d.criteria[0].metric",
        found="the metric messages_send, which is not defined",
        allowed="m",
    )
    assert str(problem) == (
        "growth.yaml:8: definitions.d.criteria[0].metric: "
        "found the metric messages_send, which is not defined; allowed: m"
    )


def test_all_problems_are_told_at_once_in_the_order_of_their_lines() -> None:
    problems = problems_of(
        "metrics:\n"
        "  a: {event: e, agregate: count, window: whole trial}\n"
        "  b: {event: e, aggregate: cont, window: last week}\n"
        "definitions:\n"
        "  d: {population: trial, criteria: [{metric: c, at_least: 1}]}\n"
    )
    assert [(problem.line, problem.field) for problem in problems] == [
        (2, "metrics.a.aggregate"),
        (2, "metrics.a.agregate"),
        (3, "metrics.b.aggregate"),
        (3, "metrics.b.window"),
        (5, "definitions.d.criteria[0].metric"),
        (5, "definitions.d.outcome"),
        (5, "definitions.d.population"),
    ]


def test_a_misspelt_field_is_answered_with_the_one_that_was_meant() -> None:
    problems = problems_of(with_metric("{event: e, agregate: count, window: whole trial}"))
    assert problems[1].found == "an unknown field"
    assert problems[1].allowed.startswith("did you mean aggregate?")


METRIC = "event: e, aggregate: count, window: whole trial"


@pytest.mark.parametrize(
    ("text", "field"),
    [
        (with_metric("{event: e, aggregate: sum, window: whole trial}"), "metrics.m.aggregate"),
        (
            with_metric("{event: e, aggregate: count, window: first 0 days}"),
            "metrics.m.window",
        ),
        (
            with_metric("{event: e, aggregate: count, window: last 99999 days}"),
            "metrics.m.window",
        ),
        (
            with_metric(
                "{event: e, aggregate: contact active on 8 days within 7 days, window: last 9 days}"
            ),
            "metrics.m.aggregate",
        ),
        (with_metric("3"), "metrics.m"),
        (with_metric(f"{{{METRIC}, where: {{a: {{over: 1}}}}}}"), "metrics.m.where.a.over"),
        (with_metric(f"{{{METRIC}, where: {{a: {{at_least: x}}}}}}"), "metrics.m.where.a.at_least"),
        (with_metric(f"{{{METRIC}, where: {{a: null}}}}"), "metrics.m.where.a"),
        (f"metrics:\n  a b: {{{METRIC}}}\n", "metrics.a b"),
        (with_definition("    criteria: []\n"), "definitions.d.criteria"),
        (
            with_definition("    criteria: [{metric: m, at_least: customer p51}]\n"),
            "definitions.d.criteria[0].at_least",
        ),
        (
            with_definition("    criteria: [{metric: m, at_least: 1e300}]\n"),
            "definitions.d.criteria[0].at_least",
        ),
        (
            with_definition("    criteria: [{metric: m, at_least: .inf}]\n"),
            "definitions.d.criteria[0].at_least",
        ),
        (
            with_definition("    criteria: [{metric: m, at_least: true}]\n"),
            "definitions.d.criteria[0].at_least",
        ),
        (
            with_definition("    criteria: [{metric: m, at_least: 1, at_most: 3}]\n"),
            "definitions.d.criteria[0]",
        ),
        (with_definition("    criteria: [{pql: met}]\n"), "definitions.d.criteria[0].pql"),
        (
            with_definition("    criteria: [{metric: m, at_least: 1}]\n    require: 2\n"),
            "definitions.d.require",
        ),
        (
            with_definition("    criteria: [{metric: m, at_least: 1}]\n    score: {m: 0}\n"),
            "definitions.d.score.m",
        ),
        (
            with_definition("    criteria: [{at_least: 3, of: [{trait: a, exists: true}]}]\n"),
            "definitions.d.criteria[0].at_least",
        ),
        ("motions: {high_touch: {pql: met}}", "motions.low_touch"),
        (
            "motions: {high_touch: {pql: met}, low_touch: {usage_score: {at_least: 101}}}",
            "motions.low_touch.usage_score.at_least",
        ),
        (
            "motions: {high_touch: {pql: perhaps}, low_touch: {potential: huge}}",
            "motions.high_touch.pql",
        ),
        ("leads: {grades: {1: 50, 2: 75, 3: 25}}", "leads.grades"),
        ("leads: {stages: {lead: 60, MQL: 50}}", "leads.stages"),
        ("leads: {events: {demo_booked: sold}}", "leads.events.demo_booked"),
        ("leads: {activities: [{event: e, points: 5}]}", "leads.activities[0].half_life"),
        ("leads: {role: [{name: boss, points: 5}]}", "leads.role[0]"),
        ("leads: {role: [{points: 5, trait: a, is: b}]}", "leads.role[0].name"),
        ("leads: {role: [{name: a, points: 5, metric: m, at_least: 1}]}", "leads.role[0].metric"),
        ("lifecycle: {after_trial: paying}", "lifecycle.after_trial"),
        ("lifecycle: {traits: {name: [a]}}", "lifecycle.traits.name"),
        ("lifecycle: {values: {gold: rich}}", "lifecycle.values.gold"),
        ("lifecycle: {internal_domains: [example]}", "lifecycle.internal_domains[0]"),
        ("metric: {}", "metric"),
        ("[1, 2]", ""),
    ],
)
def test_what_is_not_allowed_is_found_where_it_stands(text: str, field: str) -> None:
    assert problems_of(text)[0].field == field


@pytest.mark.parametrize(
    ("text", "found", "line"),
    [
        ("", "an empty file", 1),
        ("# nothing but a remark\n", "an empty file", 1),
        ("metrics:\n\tm: 1\n", "character '\\t' that cannot start any token", 2),
        ("metrics: {a: 1\n", "expected ',' or '}', but got '<stream end>'", 2),
        ("leads: {}\n---\nleads: {}\n", "another document", 2),
        ("leads:\n  x: \0\n", "the character U+0000", 2),
        ('leads: "\\ud800"\n', "the character U+D800", 1),
        ("leads: !!python/object:os.system {}\n", "the tag", 1),
        ("[" * 100, "values nested more than 24 deep", 1),
        ("a: &a [*a]\n", "a file that is too large once its aliases are written out", 1),
        ("? [a]\n: b\n", "a list or mapping as a name", 1),
        ("x" * 300_000, "300,000 characters", 1),
    ],
)
def test_what_is_not_the_yaml_of_a_definition_is_refused(text: str, found: str, line: int) -> None:
    problem = problems_of(text)[0]
    assert problem.found.startswith(found)
    assert problem.line == line


def test_a_name_that_is_given_twice_is_refused_with_both_lines() -> None:
    problems = problems_of(f"metrics:\n  m: {{{METRIC}}}\n  m: {{{METRIC}}}\n")
    assert [(problem.line, problem.found) for problem in problems] == [(3, "m a second time")]
    assert "line 2" in problems[0].allowed


def test_aliases_that_multiply_are_stopped_early() -> None:
    layers = "".join(f"l{n}: &l{n} [{', '.join([f'*l{n - 1}'] * 9)}]\n" for n in range(1, 9))
    problem = only_problem_of(f"l0: &l0 [x]\n{layers}")
    assert problem.found == "a file that is too large once its aliases are written out"


def test_an_anchor_saves_writing_something_twice() -> None:
    file = read_definitions(
        f"metrics:\n  a: &same {{{METRIC}}}\n  b: *same\n",
        "f",
    )
    assert file.metrics["a"].event == file.metrics["b"].event


def test_yes_and_no_are_text_and_not_truth() -> None:
    file = read_definitions(
        with_definition("    criteria: [{trait: country, in: [no, yes, on]}]\n"), "f"
    )
    assert file.definitions["d"].criteria.rules[0] == Test(
        "trait", "country", "in", ("no", "yes", "on")
    )


def test_a_section_with_nothing_in_it_is_told_what_belongs_there() -> None:
    problem = only_problem_of("motions:\nmetrics: {}\n")
    assert (problem.line, problem.field, problem.found) == (1, "motions", "nothing")
    assert problem.allowed == "a mapping with high_touch, low_touch"


def test_a_definition_without_anything_is_told_all_that_it_needs() -> None:
    problems = problems_of("definitions:\n  d: {}\n")
    assert [problem.field for problem in problems] == [
        "definitions.d.criteria",
        "definitions.d.outcome",
        "definitions.d.population",
    ]
    assert (
        problems[0].allowed == "a list of criteria, such as {metric: NAME, at_least: customer p50}"
    )
