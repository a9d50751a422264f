"""The `segments` section of a definition file: by what benchmarks are told apart."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from marshmallow import ValidationError, post_load

from pql.definitions.fields import (
    Described,
    Section,
    Shape,
    checked,
    checked_name,
    choice,
    read_list,
    read_mapping,
    read_number,
    text,
)
from pql.definitions.model import PERIODS, SegmentBy
from pql.definitions.shapes import NAME, NUMBER, list_of, mapping_of, section_shape

SEGMENTS = "a mapping of names to what accounts are told apart by"
BANDS = "a list of up to 20 ascending numbers"
ONE_OF = "exactly one of trait, people and started"
MOST_BANDS = 20
MOST_SEGMENTS = 8


def _read_bands(value: object) -> tuple[float, ...] | None:
    bands = read_list(value, BANDS, lambda band: checked(read_number(band), BANDS))
    is_ascending = all(low < high for low, high in pairwise(bands))
    return bands if is_ascending and len(bands) <= MOST_BANDS else None


class SegmentSchema(Section):
    """One way to tell accounts apart."""

    trait = text("the name of a trait", about="By the value of this trait")
    people = Described(
        "true",
        lambda value: True if value is True else None,
        shape={"const": True},
        about="By how many people were seen in the account",
    )
    started = choice(PERIODS, about="By when the trial began")
    bands = Described(
        BANDS,
        _read_bands,
        shape=list_of(NUMBER, most=MOST_BANDS),
        about="Where the next band of numbers begins",
        load_default=(),
    )

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> SegmentBy:
        bands = data.pop("bands")
        if len(data) != 1:
            raise ValidationError(ONE_OF)
        if bands and "started" in data:
            raise ValidationError({"bands": ["nothing: months and the like have no bands"]})
        ((by, what),) = data.items()
        return SegmentBy(by, what, bands)


SEGMENTS_SHAPE: Shape = {
    **mapping_of(
        {
            **section_shape(SegmentSchema),
            "oneOf": [{"required": [by]} for by in ("trait", "people", "started")],
        },
        NAME,
    ),
    "maxProperties": MOST_SEGMENTS,
}


def _read_segment(name: str, value: Any) -> SegmentBy:
    checked_name(name)
    segment: SegmentBy = SegmentSchema().load(value)
    return segment


def read_segments(value: object) -> dict[str, SegmentBy] | None:
    """Every segment by its name; `None` where there are too many to work out each day."""
    segments = read_mapping(value, SEGMENTS, _read_segment)
    return segments if len(segments) <= MOST_SEGMENTS else None
