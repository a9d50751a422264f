"""The `leads` section of a definition file."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, post_load

from pql.definitions import grammar, phrase_shapes
from pql.definitions.defaults import DEFAULT_LEADS
from pql.definitions.fields import (
    Described,
    Section,
    Shape,
    attempt,
    checked,
    number,
    phrase,
    read_list,
    read_mapping,
    read_number,
    read_whole_number,
    text,
    whole_number_shape,
)
from pql.definitions.model import FitRule, LeadActivity, LeadSettings
from pql.definitions.rule_reading import FIT_SUBJECTS, read_rule
from pql.definitions.rule_shapes import FIT_RULE, rule_shape
from pql.definitions.shapes import list_of, mapping_of, section_shape

STAGES = ("subscriber", "lead", "MQL", "SQL", "opportunity", "customer", "advocate")
SCORED = ("lead", "MQL")
"""The stages that a score leads to."""
HIGHEST_SCORE = 100
ACTIVITIES = "a list of activities, each with event, points and half_life"
POINTS = f"a number from 1 to {HIGHEST_SCORE}, or from -{HIGHEST_SCORE} to -1"
FIT = "name, points and a test of a trait"
FITS = f"a list of entries, each with {FIT}"
MOVES = "a mapping of event names to stages"
GRADES = "a lowest score for each of 1, 2 and 3, falling, from 1 to 100"
SCORED_STAGES = "a lowest score from 1 to 100 for lead and for MQL, the latter higher"


def _read_points(value: object) -> float | None:
    points = read_number(value, -HIGHEST_SCORE, HIGHEST_SCORE)
    return points if points is not None and abs(points) >= 1 else None


def _points(about: str) -> Described:
    shape: Shape = {
        "anyOf": [
            {"type": "number", "minimum": 1, "maximum": HIGHEST_SCORE},
            {"type": "number", "minimum": -HIGHEST_SCORE, "maximum": -1},
        ]
    }
    return Described(POINTS, _read_points, shape=shape, about=about, required=True)


class ActivitySchema(Section):
    """An event that shows interest."""

    event = text("the name of an event", required=True)
    points = _points("For each such event; negative ones take away")
    half_life = phrase(
        grammar.DURATIONS,
        grammar.parse_duration,
        phrase_shapes.DURATION,
        about="After this the points are half",
        required=True,
    )
    at_most = number(
        1,
        HIGHEST_SCORE,
        about="For all such events together, given or taken away",
        load_default=HIGHEST_SCORE,
    )
    description = text(about="For people", load_default="")

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> LeadActivity:
        half_life = data.pop("half_life")
        return LeadActivity(half_life_days=half_life, **data)


class FitSchema(Section):
    """What a rule about traits is worth. The rule's own fields stand beside these."""

    name = text("what a person would call it", required=True)
    points = _points("Given where the rule is met; negative ones take away")


def _read_activities(value: object) -> tuple[LeadActivity, ...]:
    return read_list(value, ACTIVITIES, ActivitySchema().load)


def _read_fits(value: object) -> tuple[FitRule, ...]:
    return read_list(value, FITS, _read_fit)


def _read_fit(value: object) -> FitRule:
    if not isinstance(value, dict):
        raise ValidationError(FIT)
    own = {name: entry for name, entry in value.items() if name in FitSchema().fields}
    test = {name: entry for name, entry in value.items() if name not in own}
    errors: dict[str, Any] = {}
    fit = attempt(lambda: FitSchema().load(own), errors)
    rule = attempt(lambda: read_rule(test, FIT_SUBJECTS), errors)
    if fit is None or rule is None:
        raise ValidationError(errors)
    return FitRule(rule=rule, **fit)


def _read_grades(value: object) -> tuple[int, int, int] | None:
    if not isinstance(value, dict) or set(value) != {"1", "2", "3"}:
        return None
    best, good, fair = (read_whole_number(value[grade], 1, HIGHEST_SCORE) for grade in "123")
    return (best, good, fair) if best and good and fair and best > good > fair else None


def _read_stages(value: object) -> dict[str, int] | None:
    if not isinstance(value, dict) or set(value) != set(SCORED):
        return None
    lead, mql = (read_whole_number(value[stage], 1, HIGHEST_SCORE) for stage in SCORED)
    return {"lead": lead, "MQL": mql} if lead and mql and lead < mql else None


def _read_moves(value: object) -> dict[str, str]:
    return read_mapping(value, MOVES, _read_move)


def _read_move(_event: str, stage: object) -> str:
    return checked(stage if isinstance(stage, str) and stage in STAGES else None, ", ".join(STAGES))


def _scores(*names: str) -> Shape:
    scores = dict.fromkeys(names, whole_number_shape(1, HIGHEST_SCORE))
    # Editors take the names 1, 2 and 3 for numbers that no list of names allows: they are counted.
    limits = {"required": list(names), "maxProperties": len(names)}
    return {"type": "object", "properties": scores, **limits}


_FIT_SHAPE = rule_shape(FIT_SUBJECTS, FIT_RULE, section_shape(FitSchema)["properties"])


class LeadsSchema(Section):
    """How leads are scored and staged. What is left out is the default."""

    activities = Described(
        ACTIVITIES,
        _read_activities,
        shape=list_of(section_shape(ActivitySchema)),
        about="Events that show interest",
        load_default=DEFAULT_LEADS.activities,
    )
    role = Described(
        FITS,
        _read_fits,
        shape=list_of(_FIT_SHAPE),
        about="Who the person is",
        load_default=DEFAULT_LEADS.role,
    )
    company = Described(
        FITS,
        _read_fits,
        shape=list_of(_FIT_SHAPE),
        about="Where the person works",
        load_default=DEFAULT_LEADS.company,
    )
    grades = Described(
        GRADES, _read_grades, shape=_scores("1", "2", "3"), load_default=DEFAULT_LEADS.grades
    )
    stages = Described(
        SCORED_STAGES, _read_stages, shape=_scores(*SCORED), load_default=DEFAULT_LEADS.stages
    )
    events = Described(
        MOVES,
        _read_moves,
        shape=mapping_of({"enum": list(STAGES)}),
        about="Events and the stage that they move a lead to",
        load_default=DEFAULT_LEADS.events,
    )

    @post_load
    def make(self, data: dict[str, Any], **_: Any) -> LeadSettings:
        return LeadSettings(**data)
