"""What one file says otherwise than another: its meaning, told in the file's own words."""

import pytest
from hypothesis import given, settings

from pql.definitions.differences import Difference, find_differences, summarize
from pql.definitions.reading import read_definitions
from pql.definitions.versions import starter
from pql.definitions.writing import as_document, in_one_line
from tests.definitions.strategies import texts

BEFORE = """
metrics:
  logins: {event: login, aggregate: count, window: first 14 days}
  people: {event: any, aggregate: distinct contacts, window: last 7 days}
definitions:
  conversion:
    population: status is trial
    outcome: {becomes: paying, within: 30 days}
    criteria:
      - {metric: logins, at_least: customer p50}
      - {metric: people, at_least: 3}
    score: {logins: 1}
potential:
  large: {metric: people, at_least: 10}
  medium: {metric: people, at_least: 3}
"""


def differences(before: str, after: str) -> tuple[Difference, ...]:
    return find_differences(
        read_definitions(before, "before.yaml"), read_definitions(after, "after.yaml")
    )


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("first 14 days", "first 7 days", "~ metrics.logins.window: first 14 days -> first 7 days"),
        (
            "  people: {",
            "  invites: {event: invite, aggregate: count, window: whole trial}\n  people: {",
            "+ metrics.invites: {event: invite, aggregate: count, window: whole trial}",
        ),
        (
            "  logins: {event: login, aggregate: count",
            "  logins: {event: login, where: {role: admin}, aggregate: count",
            "+ metrics.logins.where: {role: admin}",
        ),
        (
            "at_least: customer p50",
            "at_least: customer p75",
            "~ definitions.conversion.criteria.logins.at_least: customer p50 -> customer p75",
        ),
        (
            "      - {metric: people, at_least: 3}\n",
            "",
            "- definitions.conversion.criteria.people: {at_least: 3}",
        ),
        (
            "    score:",
            "    require: any\n    score:",
            "~ definitions.conversion.require: all -> any",
        ),
        ("within: 30 days", "within: 4 weeks", "~ definitions.conversion.outcome.within: "
         "30 days -> 28 days"),
        ("is trial\n", "is trial or free\n", "~ definitions.conversion.population: "
         "status is trial -> status is trial or free"),
        ("score: {logins: 1}", "score: {logins: 1, people: 2}",
         "+ definitions.conversion.score.people: 2"),
        ("at_least: 10", "at_least: 20", "~ potential.large.at_least: 10 -> 20"),
    ],
)  # fmt: skip
def test_a_change_is_told_where_it_is_with_what_was_and_is(old: str, new: str, told: str) -> None:
    assert BEFORE.count(old) == 1
    (found,) = differences(BEFORE, BEFORE.replace(old, new))
    assert str(found) == told
    (back,) = differences(BEFORE.replace(old, new), BEFORE)
    assert (back.path, back.before, back.after) == (found.path, found.after, found.before)


@pytest.mark.parametrize(
    ("added", "told"),
    [
        (
            "motions:\n  high_touch: {all: [{pql: met}, {potential: [large, medium]}]}\n"
            "  low_touch: {any: [{pql: met}, "
            "{all: [{usage_score: {at_least: 60}}, {potential: [large, medium]}]}]}\n",
            [
                "~ motions.high_touch.all.potential: [large] -> [large, medium]",
                "~ motions.low_touch.any.all.usage_score.at_least: 50 -> 60",
            ],
        ),
        ("lifecycle: {trial_days: 14}\n", ["+ lifecycle.trial_days: 14"]),
        (
            "lifecycle: {values: {gold: paying, free: trial}}\n",
            ["~ lifecycle.values.free: free -> trial", "+ lifecycle.values.gold: paying"],
        ),
        (
            "leads: {activities: [{event: demo_booked, points: 50, half_life: 30 days}]}\n",
            [
                "~ leads.activities.demo_booked.points: 40 -> 50",
                "~ leads.activities.demo_booked.at_most: 40 -> 100",
                "- leads.activities.form_filled_in: {points: 15, half_life: 30 days, at_most: 30}",
                "- leads.activities.webinar_attended: "
                "{points: 15, half_life: 30 days, at_most: 30}",
                "- leads.activities.guide_downloaded: "
                "{points: 10, half_life: 30 days, at_most: 30}",
            ],
        ),
        ("leads: {stages: {lead: 10, MQL: 60}}\n", ["~ leads.stages.MQL: 50 -> 60"]),
        ("filters: {test_accounts: [test-*]}\n", ["~ filters.test_accounts: [] -> [test-*]"]),
    ],
)
def test_a_section_is_compared_with_what_holds_without_it(added: str, told: list[str]) -> None:
    assert [str(each) for each in differences(BEFORE, BEFORE + added)] == told


def test_what_only_looks_otherwise_makes_no_difference() -> None:
    looks = BEFORE.replace("metrics:", "# A remark.\nmetrics:").replace(
        "first 14 days", "First  14 Days"
    )
    assert differences(BEFORE, f"{looks}filters: {{bots: true}}\n") == ()
    assert summarize(()) == "nothing"


def test_two_tests_of_one_metric_are_told_apart() -> None:
    range_of_people = BEFORE.replace(
        "- {metric: people, at_least: 3}",
        "- {metric: people, at_least: 3}\n      - {metric: people, at_most: 50}",
    )
    (found,) = differences(BEFORE, range_of_people)
    assert str(found) == "+ definitions.conversion.criteria.people 2: {at_most: 50}"


def test_the_summary_counts_by_section_and_kind() -> None:
    after = BEFORE.replace("logins: {event: login", "visits: {event: login").replace(
        "metric: logins", "metric: visits"
    )
    after = after.replace("score: {logins: 1}", "score: {visits: 1}").replace("10}", "12}")
    assert summarize(differences(BEFORE, after)) == (
        "metrics: 1 added, 1 removed; definitions: 2 added, 2 removed; potential: 1 changed"
    )


def test_the_first_metric_and_definition_are_told_one_by_one() -> None:
    assert {each.section for each in differences("metrics: {}", starter())} == {
        "metrics",
        "definitions",
        "potential",
        "provisional",
    }
    assert "+ metrics.events: " in "\n".join(map(str, differences("metrics: {}", starter())))


@given(texts, texts)
@settings(deadline=None, max_examples=15)
def test_files_have_no_differences_exactly_where_they_mean_the_same(one: str, other: str) -> None:
    first, second = read_definitions(one, "one"), read_definitions(other, "other")
    assert bool(find_differences(first, second)) == (as_document(first) != as_document(second))
    assert find_differences(first, first) == ()
    back = [(each.path, each.after, each.before) for each in find_differences(second, first)]
    there = [(each.path, each.before, each.after) for each in find_differences(first, second)]
    assert sorted(back, key=repr) == sorted(there, key=repr)


def test_text_stays_text_when_it_is_shown() -> None:
    assert in_one_line({"a": "1e3", "b": "yes", "c": 1000.0, "d": "+.5E3"}) == (
        "{a: '1e3', b: 'yes', c: 1000.0, d: '+.5E3'}"
    )


def test_another_first_definition_is_told_for_benchmarks_are_its() -> None:
    same = "population: status is trial, outcome: {becomes: paying, within: 30 days}"
    one, two = (
        f"  {name}: {{{same}, criteria: [{{trait: a, exists: true}}]}}\n" for name in ("b", "c")
    )
    told = differences(f"definitions:\n{one}{two}", f"definitions:\n{two}{one}")
    assert [str(each) for each in told] == ["~ definitions.(first): b -> c"]
