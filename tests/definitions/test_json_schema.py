"""The JSON Schema for editors: it takes what the reader takes, and notices what it can."""

from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from jsonschema import Draft7Validator

from pql.definitions import grammar
from pql.definitions.fields import Described
from pql.definitions.json_schema import definitions_schema
from pql.definitions.phrase_shapes import AGGREGATE, BENCHMARK, DURATION, POPULATION, WINDOW
from pql.definitions.reading import DefinitionError, read_definitions
from pql.definitions.schemas import FileSchema
from pql.definitions.versions import starter
from pql.definitions.yaml_lines import read_yaml
from tests.definitions.strategies import documents, texts
from tests.definitions.test_reading import DESIGN, METRIC, with_definition, with_metric

SCHEMA = definitions_schema()
VALIDATOR = Draft7Validator(SCHEMA)


def as_editors_see_it(text: str) -> Any:
    """The values of a file that is YAML."""
    return read_yaml(text, "file.yaml").value


def is_read(text: str) -> bool:
    try:
        read_definitions(text, "file.yaml")
    except DefinitionError:
        return False
    return True


def within(shape: Any) -> Iterator[dict[str, Any]]:
    """A shape and all that is in it."""
    if isinstance(shape, dict):
        yield shape
        shape = list(shape.values())
    for inner in shape if isinstance(shape, list) else ():
        yield from within(inner)


def test_it_is_a_schema_of_draft_7() -> None:
    Draft7Validator.check_schema(SCHEMA)
    assert SCHEMA["$schema"] == "http://json-schema.org/draft-07/schema#"


@pytest.mark.parametrize("section", FileSchema().fields)
def test_every_section_that_the_reader_takes_is_in_it_with_its_shape(section: str) -> None:
    field = FileSchema().fields[section]
    if isinstance(field, Described):
        assert field.shape
    assert {"description", "type"} <= SCHEMA["properties"][section].keys()


def test_no_field_is_without_a_shape() -> None:
    shapeless = [
        name
        for shape in within(SCHEMA)
        for name, field in shape.get("properties", {}).items()
        if field.keys() <= {"description"}
    ]
    assert shapeless == []


def test_what_it_refers_to_is_there() -> None:
    names = {shape["$ref"] for shape in within(SCHEMA) if isinstance(shape.get("$ref"), str)}
    assert names == {f"#/definitions/{name}" for name in SCHEMA["definitions"]}


@pytest.mark.parametrize("text", [starter(), DESIGN])
def test_it_takes_whole_files(text: str) -> None:
    VALIDATOR.validate(as_editors_see_it(text))


@given(texts)
@settings(deadline=None, max_examples=30)
def test_it_takes_every_file_that_the_reader_takes(text: str) -> None:
    read_definitions(text, "file.yaml")
    VALIDATOR.validate(as_editors_see_it(text))


@given(documents)
@settings(deadline=None)
def test_it_refuses_nothing_that_the_reader_takes(document: dict[str, Any]) -> None:
    text = yaml.safe_dump(document)
    if is_read(text):
        VALIDATOR.validate(as_editors_see_it(text))


@pytest.mark.parametrize(
    ("parse", "shape", "phrases"),
    [
        (grammar.parse_window, WINDOW, ["FIRST 1 day", "last  3650 days", " Whole Trial ",
         "first 0 days", "first 3651 days", "last week", "first 14", "firsts 14 days", "1 day"]),
        (grammar.parse_aggregate, AGGREGATE, ["Count", "distinct contact", "SUM of Minutes",
         "max of a b", "contact active on 1 day within 2 days", "sum of ", "counts", "average",
         "contacts active on 0 days within 2 days"]),
        (grammar.parse_benchmark, BENCHMARK, ["customer p50", "later customers P90", "customer p51",
         "non converters p10", "Non-Converter p25", "nonconverter p25", "customer 50", "p50"]),
        (grammar.parse_population, POPULATION, ["status is trial, free, or paying",
         "Status is Free or Trial", "status is internal", "status is trial and free", "trial",
         "status is trial free"]),
        (grammar.parse_duration, DURATION, ["1 day", "521 weeks", "522 weeks", "0 days", "30",
         "1 month", "3650 days", "3651 days"]),
    ],
)  # fmt: skip
def test_a_phrase_fits_exactly_where_the_reader_understands_it(
    parse: Any, shape: dict[str, Any], phrases: list[str]
) -> None:
    known = [phrase.replace("PROPERTY", "minutes") for phrase in shape["examples"]]
    understood = {phrase: parse(phrase) is not None for phrase in [*phrases, *known]}
    assert {phrase: Draft7Validator(shape).is_valid(phrase) for phrase in understood} == understood
    assert all(understood[phrase] for phrase in known)
    assert False in understood.values()


@pytest.mark.parametrize(
    "text",
    [
        with_metric("{event: e, agregate: count, window: whole trial}"),
        with_metric("{event: e, aggregate: cont, window: whole trial}"),
        with_metric("{event: e, aggregate: count}"),
        with_metric("{event: ' ', aggregate: count, window: whole trial}"),
        with_metric(f"{{{METRIC}, where: {{a: {{over: 1}}}}}}"),
        with_metric(f"{{{METRIC}, where: {{a: {{at_least: many}}}}}}"),
        f"metrics:\n  a b: {{{METRIC}}}\n",
        f"metric:\n  a: {{{METRIC}}}\n",
        with_definition("    criteria: []\n"),
        with_definition("    criteria: [{metric: m, at_least: customer p51}]\n"),
        with_definition("    criteria: [{metric: m, at_least: true}]\n"),
        with_definition("    criteria: [{metric: m, at_least: 1, at_most: 3}]\n"),
        with_definition("    criteria: [{metric: m}]\n"),
        with_definition("    criteria: [{metric: m, atleast: 1}]\n"),
        with_definition("    criteria: [{pql: met}]\n"),
        with_definition("    criteria: [{metric: m, at_least: 1}]\n    require: most\n"),
        with_definition("    criteria: [{metric: m, at_least: 1}]\n    score: {m: 0}\n"),
        with_definition("    criteria: [{trait: a, is: [b]}]\n"),
        with_definition("    criteria: [{trait: a, exists: 1}]\n"),
        "definitions: {d: {population: trial}}",
        "motions: {high_touch: {pql: met}}",
        "motions: {high_touch: {pql: met}, low_touch: {usage_score: {at_least: 101}}}",
        "motions: {high_touch: {pql: perhaps}, low_touch: {potential: huge}}",
        "potential: {large: {pql: met}, medium: {status: trial}}",
        "leads: {grades: {1: 75, 2: 50}}",
        "leads: {stages: {lead: 0, MQL: 50}}",
        "leads: {events: {demo_booked: sold}}",
        "leads: {activities: [{event: e, points: 5}]}",
        "leads: {role: [{name: boss, points: 5}]}",
        "leads: {role: [{points: 5, trait: a, is: b}]}",
        "leads: {role: [{name: a, points: 5, metric: m, at_least: 1}]}",
        "lifecycle: {after_trial: paying}",
        "lifecycle: {traits: {name: [a]}}",
        "lifecycle: {values: {gold: rich}}",
        "lifecycle: {internal_domains: [example]}",
        "lifecycle: {trial_days: 14 days}",
        "filters: {bots: sometimes}",
        "segments: {a: {trait: b, people: true}}",
        "segments: {a: {started: day}}",
        "[1, 2]",
    ],
)
def test_a_typical_mistake_is_noticed_by_both(text: str) -> None:
    assert not is_read(text)
    assert not VALIDATOR.is_valid(as_editors_see_it(text))
