"""docs/definitions.md: every field is in it, its defaults are ours."""

import re
from pathlib import Path

import pytest

from pql.definitions.defaults import (
    DEFAULT_LEADS,
    DEFAULT_LIFECYCLE,
    DEFAULT_MOTIONS,
    DEFAULT_SEGMENTS,
)
from pql.definitions.fields import Section
from pql.definitions.filter_schemas import FiltersSchema
from pql.definitions.lead_schemas import ActivitySchema, FitSchema, LeadsSchema
from pql.definitions.lifecycle_schemas import LifecycleSchema
from pql.definitions.reading import read_definitions
from pql.definitions.rule_reading import MOTION_SUBJECTS, TRAIT_COMPARISONS
from pql.definitions.schemas import (
    DefinitionSchema,
    FileSchema,
    MetricSchema,
    MotionsSchema,
    OutcomeSchema,
    PotentialSchema,
)
from pql.definitions.segment_schemas import SegmentSchema

TEXT = (Path(__file__).parents[2] / "docs" / "definitions.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)
SCHEMAS = (
    ActivitySchema,
    DefinitionSchema,
    FileSchema,
    FiltersSchema,
    FitSchema,
    LeadsSchema,
    LifecycleSchema,
    MetricSchema,
    MotionsSchema,
    OutcomeSchema,
    PotentialSchema,
    SegmentSchema,
)


@pytest.mark.parametrize("schema", SCHEMAS)
def test_every_field_is_documented(schema: type[Section]) -> None:
    assert [name for name in schema().fields if f"`{name}`" not in TEXT] == []


@pytest.mark.parametrize("word", [*MOTION_SUBJECTS, *TRAIT_COMPARISONS])
def test_every_test_and_comparison_is_documented(word: str) -> None:
    assert f"`{word}" in TEXT


def test_the_defaults_are_documented_as_they_are() -> None:
    documented = {next(iter(block.split(":", 1))): block for block in BLOCKS}
    lifecycle = next(block for block in BLOCKS if "past_due" in block)
    assert read_definitions(lifecycle, "docs").lifecycle == DEFAULT_LIFECYCLE
    assert read_definitions(documented["leads"], "docs").leads == DEFAULT_LEADS
    assert read_definitions(documented["segments"], "docs").segments == DEFAULT_SEGMENTS
    assert read_definitions(documented["motions"], "docs").motions == DEFAULT_MOTIONS
    for section, values in (
        ("values", DEFAULT_LIFECYCLE.values),
        ("events", DEFAULT_LIFECYCLE.events),
    ):
        assert [name for name in values if f"\n    {name}:" not in lifecycle] == [], section
