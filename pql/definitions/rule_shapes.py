"""Rules for editors. A rule may hold rules, so each kind is a definition that shapes refer to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pql.definitions import grammar, phrase_shapes
from pql.definitions.fields import Shape, text_shape
from pql.definitions.rule_reading import (
    CRITERION_SUBJECTS,
    FIT_SUBJECTS,
    LEVELS,
    METRIC_COMPARISONS,
    MOTION_SUBJECTS,
    ORDER,
    PARTS,
    PROVISIONAL_SUBJECTS,
    TRAIT_COMPARISONS,
)
from pql.definitions.shapes import BOOLEAN, NUMBER, SCALAR, list_of, mapping_with, one_or_list_of

LONGEST_SUBJECT = 200

CRITERION: Shape = {"$ref": "#/definitions/criterion"}
"""In criteria and potential."""
MOTION_RULE: Shape = {"$ref": "#/definitions/motion_rule"}
PROVISIONAL_RULE: Shape = {"$ref": "#/definitions/provisional_rule"}
FIT_RULE: Shape = {"$ref": "#/definitions/fit_rule"}

_METRIC_THRESHOLD: Shape = {"anyOf": [NUMBER, phrase_shapes.BENCHMARK]}
_TRAIT_THRESHOLDS: Mapping[str, Shape] = {
    **dict.fromkeys(ORDER, NUMBER),
    "is": SCALAR,
    "in": list_of(SCALAR, least=1),
    **dict.fromkeys(PARTS, SCALAR),
    "exists": BOOLEAN,
}
_SCORE: Shape = {"type": "number", "minimum": 0, "maximum": 100}


def rule_definitions() -> dict[str, Shape]:
    """Every kind of rule by the name that shapes refer to it by."""
    return {
        "criterion": rule_shape(CRITERION_SUBJECTS, CRITERION),
        "motion_rule": rule_shape(MOTION_SUBJECTS, MOTION_RULE),
        "provisional_rule": rule_shape(PROVISIONAL_SUBJECTS, PROVISIONAL_RULE),
        "fit_rule": rule_shape(FIT_SUBJECTS, FIT_RULE),
    }


def rule_shape(
    subjects: tuple[str, ...], inner: Shape, beside: Mapping[str, Shape] | None = None
) -> Shape:
    """A test of one of the subjects, or a group of `inner` rules.

    `beside` are required fields that stand beside the rule's own.
    """
    rules = [*_tests(subjects), *_groups(inner)]
    return {"anyOf": [_with(rule, beside or {}) for rule in rules]}


def limit_shapes(comparisons: tuple[str, ...]) -> dict[str, Shape]:
    """What traits and properties may be compared with."""
    return {name: _TRAIT_THRESHOLDS.get(name, SCALAR) for name in comparisons}


def _tests(subjects: tuple[str, ...]) -> Iterator[Shape]:
    for subject in subjects:
        yield _TESTS[subject]


def _comparison(subject: str, about: str, limits: Mapping[str, Shape]) -> Shape:
    name = {"description": about, **text_shape(LONGEST_SUBJECT)}
    shape = mapping_with({subject: name, **limits}, (subject,))
    return {**shape, "minProperties": 2, "maxProperties": 2}


_TESTS: Mapping[str, Shape] = {
    "metric": _comparison(
        "metric",
        "A metric of this file, and one comparison",
        dict.fromkeys(METRIC_COMPARISONS, _METRIC_THRESHOLD),
    ),
    "trait": _comparison(
        "trait",
        "A trait of the account or person, and one comparison",
        limit_shapes(TRAIT_COMPARISONS),
    ),
    "status": mapping_with(
        {"status": one_or_list_of({"enum": list(grammar.STATUSES)}, least=1)}, ("status",)
    ),
    "pql": mapping_with({"pql": {"enum": ["met", "not_met"]}}, ("pql",)),
    "potential": mapping_with(
        {"potential": one_or_list_of({"enum": list(LEVELS)}, least=1)}, ("potential",)
    ),
    "usage_score": mapping_with(
        {
            "usage_score": {
                **mapping_with(dict.fromkeys(ORDER, _SCORE)),
                "minProperties": 1,
                "maxProperties": 1,
            }
        },
        ("usage_score",),
    ),
}


def _groups(inner: Shape) -> Iterator[Shape]:
    rules = list_of(inner, least=1)
    yield mapping_with({"all": {"description": "Every one is met", **rules}}, ("all",))
    yield mapping_with({"any": {"description": "One is met", **rules}}, ("any",))
    count = {"description": "How many must be met", "type": "integer", "minimum": 1}
    yield mapping_with({"at_least": count, "of": rules}, ("at_least", "of"))


def _with(rule: Shape, beside: Mapping[str, Shape]) -> Shape:
    """A rule with required fields beside its own."""
    limits = {name: rule[name] + len(beside) for name in _COUNTS if name in rule}
    fields = {**beside, **rule["properties"]}
    return {**rule, **mapping_with(fields, (*beside, *rule["required"])), **limits}


_COUNTS = ("minProperties", "maxProperties")
