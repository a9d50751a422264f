"""docs/tracking-plans.md: every field, type and kind is in it."""

from pathlib import Path

import pytest

from pql.definitions.fields import Section
from pql.plans.checking import KINDS
from pql.plans.recording import MOST_ROWS, OTHERS
from pql.plans.schemas import EventSchema, PlanSchema, PropertySchema
from pql.plans.types import TYPES

TEXT = (Path(__file__).parents[2] / "docs" / "tracking-plans.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("schema", [PlanSchema, EventSchema, PropertySchema])
def test_every_field_is_documented(schema: type[Section]) -> None:
    assert [name for name in schema().fields if f"| `{name}` |" not in TEXT] == []


@pytest.mark.parametrize("word", [*TYPES, *KINDS])
def test_every_type_and_kind_is_documented(word: str) -> None:
    assert f"`{word}`" in TEXT


def test_the_bound_is_documented() -> None:
    assert f"{MOST_ROWS:,} rows" in TEXT
    assert OTHERS in TEXT
