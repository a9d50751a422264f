"""The shape of a definition file: marshmallow schemas, a section each, that load into the model."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, post_load

from pql.definitions import grammar, phrase_shapes
from pql.definitions.account_schemas import AccountsSchema
from pql.definitions.defaults import (
    DEFAULT_LEADS,
    DEFAULT_LIFECYCLE,
    DEFAULT_MOTIONS,
    DEFAULT_SEGMENTS,
    default_potential,
)
from pql.definitions.fields import (
    UNKNOWN_FIELD,
    Described,
    Section,
    Shape,
    checked,
    checked_name,
    choice,
    nested,
    phrase,
    read_mapping,
    read_number,
    read_whole_number,
    refuse,
    text,
    whole_number_shape,
)
from pql.definitions.filter_schemas import FiltersSchema
from pql.definitions.lead_schemas import LeadsSchema
from pql.definitions.lifecycle_schemas import LifecycleSchema
from pql.definitions.model import (
    AccountSettings,
    Definition,
    DefinitionFile,
    FilterSettings,
    Group,
    Metric,
    Motion,
    Outcome,
    PropertyFilter,
    Rule,
    Test,
)
from pql.definitions.rule_reading import (
    CRITERION_SUBJECTS,
    MOTION_SUBJECTS,
    ORDER,
    PARTS,
    POTENTIAL_SUBJECTS,
    PROVISIONAL_SUBJECTS,
    TRAIT_COMPARISONS,
    names_benchmark,
    read_rule,
    read_rules,
    read_trait_threshold,
)
from pql.definitions.rule_shapes import CRITERION, MOTION_RULE, PROVISIONAL_RULE, limit_shapes
from pql.definitions.segment_schemas import SEGMENTS, SEGMENTS_SHAPE, read_segments
from pql.definitions.shapes import (
    NAME,
    SCALAR,
    list_of,
    mapping_of,
    mapping_with,
    section_shape,
)

FILTERS = "a mapping of properties to what they must be"
FILTER_OPERATORS = ("is", "is_not", "in", *ORDER, *PARTS, "exists")
FILTER = f"text, a number, a list, or a mapping with {', '.join(FILTER_OPERATORS)}"
METRICS = "a mapping of names to metrics"
DEFINITIONS = "a mapping of names to definitions"
CRITERIA = "a list of criteria, such as {metric: NAME, at_least: customer p50}"
REQUIRE = "all, any, or how many of the criteria"
SCORE = "a mapping of metrics to weights from 0.01 to 1,000"
WEIGHTS = (0.01, 1_000)
MOST_CRITERIA = 50
FOR_PEOPLE = "For people"


def _read_filters(value: object) -> tuple[PropertyFilter, ...]:
    groups = read_mapping(value, FILTERS, _read_filter)
    return tuple(condition for group in groups.values() for condition in group)


def _read_filter(name: str, value: object) -> list[PropertyFilter]:
    if isinstance(value, list):
        return [PropertyFilter(name, "in", read_trait_threshold("in", value))]
    if not isinstance(value, dict):
        return [PropertyFilter(name, "is", read_trait_threshold("is", checked(value, FILTER)))]
    unknown = {
        operator: [f"{UNKNOWN_FIELD}\n{', '.join(FILTER_OPERATORS)}"]
        for operator in value
        if operator not in FILTER_OPERATORS
    }
    if unknown or not value:
        raise ValidationError(unknown or FILTER)
    thresholds = read_mapping(value, FILTER, _read_filter_threshold)
    return [PropertyFilter(name, operator, limit) for operator, limit in thresholds.items()]


def _read_filter_threshold(operator: str, value: object) -> object:
    return read_trait_threshold(operator if operator in TRAIT_COMPARISONS else "is", value)


_LIMITS = mapping_with(limit_shapes(FILTER_OPERATORS))
_FILTER_SHAPE: Shape = {
    "anyOf": [SCALAR, list_of(SCALAR, least=1), {**_LIMITS, "minProperties": 1}]
}


class MetricSchema(Section):
    """A number for an account at a moment."""

    event = text("the name of an event, or any", about="What counts", required=True)
    aggregate = phrase(
        grammar.AGGREGATES,
        grammar.parse_aggregate,
        phrase_shapes.AGGREGATE,
        about="How events become a number",
        required=True,
    )
    window = phrase(
        grammar.WINDOWS,
        grammar.parse_window,
        phrase_shapes.WINDOW,
        about="When events count",
        required=True,
    )
    where = Described(
        FILTERS,
        _read_filters,
        shape=mapping_of(_FILTER_SHAPE),
        about="Only events whose properties fit",
        load_default=(),
    )
    description = text(about=FOR_PEOPLE, load_default="")
    owner = text(about=FOR_PEOPLE, load_default="")


def _read_metric(name: str, value: Any) -> Metric:
    return Metric(name=checked_name(name), **MetricSchema().load(value))


class OutcomeSchema(Section):
    """What a definition predicts."""

    becomes = choice(("paying",), required=True)
    within = phrase(
        grammar.DURATIONS,
        grammar.parse_duration,
        phrase_shapes.DURATION,
        about="So long after the window",
        required=True,
    )

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> Outcome:
        return Outcome(becomes=data["becomes"], within_days=data["within"])


def _read_criteria(value: object) -> tuple[Rule, ...]:
    if isinstance(value, list) and len(value) > MOST_CRITERIA:
        raise ValidationError(f"{len(value)} criteria\n{MOST_CRITERIA} at most")
    return read_rules(value, CRITERION_SUBJECTS)


def _read_require(value: object) -> str | int | None:
    return value if value in ("all", "any") else read_whole_number(value, 1, MOST_CRITERIA)


def _read_score(value: object) -> dict[str, float] | None:
    return read_mapping(value, SCORE, _read_weight) or None


def _read_weight(_metric: str, value: object) -> float:
    return checked(read_number(value, *WEIGHTS), "a weight from 0.01 to 1,000")


_WEIGHT_SHAPE: Shape = {"type": "number", "minimum": WEIGHTS[0], "maximum": WEIGHTS[1]}


class DefinitionSchema(Section):
    """Which accounts are product-qualified."""

    population = phrase(
        grammar.POPULATIONS,
        grammar.parse_population,
        phrase_shapes.POPULATION,
        about="Whom it speaks of",
        required=True,
    )
    outcome = nested(OutcomeSchema, required=True)
    criteria = Described(
        CRITERIA,
        _read_criteria,
        shape=list_of(CRITERION, least=1, most=MOST_CRITERIA),
        required=True,
    )
    require = Described(
        REQUIRE,
        _read_require,
        shape={"anyOf": [{"enum": ["all", "any"]}, whole_number_shape(1, MOST_CRITERIA)]},
        about="How many must be met",
        load_default="all",
    )
    score = Described(
        SCORE,
        _read_score,
        shape=mapping_of(_WEIGHT_SHAPE),
        about="What counts how much in the usage score",
        load_default=None,
    )
    description = text(about=FOR_PEOPLE, load_default="")
    owner = text(about=FOR_PEOPLE, load_default="")


def _read_definition(name: str, value: Any) -> Definition:
    data = DefinitionSchema().load(value)
    criteria = Group(data.pop("require"), data.pop("criteria"))
    if isinstance(criteria.require, int) and criteria.require > len(criteria.rules):
        raise ValidationError({"require": [f"all, any, or 1 to {len(criteria.rules)}"]})
    score = data.pop("score") or dict.fromkeys(_metrics_of(criteria), 1.0)
    return Definition(name=checked_name(name), criteria=criteria, weights=score, **data)


def _metrics_of(rule: Rule) -> list[str]:
    if isinstance(rule, Test):
        return [rule.name] if rule.subject == "metric" else []
    return [name for part in rule.rules for name in _metrics_of(part)]


def _rule(subjects: tuple[str, ...], shape: Shape) -> Described:
    return Described("a rule", lambda value: read_rule(value, subjects), shape=shape, required=True)


def _provisional_rule() -> Described:
    return Described("a rule", _read_provisional, shape=PROVISIONAL_RULE, required=True)


def _read_provisional(value: object) -> Rule:
    rule = read_rule(value, PROVISIONAL_SUBJECTS)
    if names_benchmark(rule):
        raise refuse("a benchmark", "numbers: these rules hold while there are no benchmarks")
    return rule


class PotentialSchema(Section):
    """How large an account may become."""

    large = _rule(POTENTIAL_SUBJECTS, CRITERION)
    medium = _rule(POTENTIAL_SUBJECTS, CRITERION)


class MotionsSchema(Section):
    """What an account gets."""

    high_touch = _rule(MOTION_SUBJECTS, MOTION_RULE)
    low_touch = _rule(MOTION_SUBJECTS, MOTION_RULE)

    @post_load
    def make(self, data: dict[str, Rule], **_: Any) -> dict[Motion, Rule]:
        return {motion: data[motion] for motion in (Motion.HIGH_TOUCH, Motion.LOW_TOUCH)}


class ProvisionalSchema(Section):
    """What an account gets until enough customers are there to compare with."""

    high_touch = _provisional_rule()
    low_touch = _provisional_rule()

    @post_load
    def make(self, data: dict[str, Rule], **_: Any) -> dict[Motion, Rule]:
        return {motion: data[motion] for motion in (Motion.HIGH_TOUCH, Motion.LOW_TOUCH)}


class FileSchema(Section):
    """A whole file. Every section may be left out."""

    lifecycle = nested(LifecycleSchema, load_default=DEFAULT_LIFECYCLE)
    metrics = Described(
        METRICS,
        lambda value: read_mapping(value, METRICS, _read_metric),
        shape=mapping_of(section_shape(MetricSchema), NAME),
        load_default=dict,
    )
    definitions = Described(
        DEFINITIONS,
        lambda value: read_mapping(value, DEFINITIONS, _read_definition),
        shape=mapping_of(section_shape(DefinitionSchema), NAME),
        load_default=dict,
    )
    potential = nested(PotentialSchema)
    motions = nested(MotionsSchema, load_default=DEFAULT_MOTIONS)
    provisional = nested(ProvisionalSchema, load_default=dict)
    leads = nested(LeadsSchema, load_default=DEFAULT_LEADS)
    filters = nested(FiltersSchema, load_default=FilterSettings())
    accounts = nested(AccountsSchema, load_default=AccountSettings())
    segments = Described(
        SEGMENTS, read_segments, shape=SEGMENTS_SHAPE, load_default=DEFAULT_SEGMENTS
    )

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> DefinitionFile:
        data.setdefault("potential", default_potential(data["metrics"]))
        return DefinitionFile(**data)
