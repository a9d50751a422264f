"""The section that says by what benchmarks are told apart."""

import pytest

from pql.definitions.defaults import DEFAULT_SEGMENTS
from pql.definitions.model import SegmentBy
from pql.definitions.reading import DefinitionError, read_definitions


def problem(segments: str) -> tuple[str, str, str]:
    """What is wrong with a file of these segments: field, found, allowed."""
    with pytest.raises(DefinitionError) as refused:
        read_definitions(f"segments: {segments}", "file.yaml")
    (one,) = refused.value.problems
    return one.field, one.found, one.allowed


def test_a_segment_is_by_a_trait_by_people_or_by_the_start() -> None:
    text = "{region: {trait: country}, team: {people: true, bands: [2, 10]}, q: {started: quarter}}"
    assert read_definitions(f"segments: {text}", "file.yaml").segments == {
        "region": SegmentBy("trait", "country"),
        "team": SegmentBy("people", True, (2, 10)),
        "q": SegmentBy("started", "quarter"),
    }


def test_without_the_section_there_are_four_and_with_an_empty_one_none() -> None:
    assert read_definitions("metrics: {}", "file.yaml").segments == DEFAULT_SEGMENTS
    assert read_definitions("segments: {}", "file.yaml").segments == {}


@pytest.mark.parametrize(
    ("segments", "field", "allowed"),
    [
        ("{a: {}}", "segments.a", "exactly one of trait, people and started"),
        ("{a: {trait: b, people: true}}", "segments.a", "exactly one of"),
        ("{a: {started: day}}", "segments.a.started", "week, month, quarter"),
        ("{a: {people: false}}", "segments.a.people", "true"),
        ("{a: {trait: b, bands: [5, 2]}}", "segments.a.bands", "ascending numbers"),
        ("{a: {started: week, bands: [1]}}", "segments.a.bands", "have no bands"),
        ("{a: {traits: b}}", "segments.a.traits", "trait"),
        ("[a]", "segments", "a mapping of names"),
    ],
)
def test_every_mistake_is_told_with_what_is_allowed(
    segments: str, field: str, allowed: str
) -> None:
    found = problem(segments)
    assert found[0] == field
    assert allowed in found[2]


def test_more_than_can_be_worked_out_each_day_are_refused() -> None:
    many = ", ".join(f"s{number}: {{trait: t}}" for number in range(9))
    assert problem(f"{{{many}}}")[0] == "segments"
