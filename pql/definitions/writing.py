"""Definitions as they would be written in a file: the way back from the model. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import yaml

from pql.definitions import grammar
from pql.definitions.model import (
    BenchmarkThreshold,
    Definition,
    DefinitionFile,
    FitRule,
    LeadActivity,
    LeadSettings,
    Metric,
    PropertyFilter,
    Rule,
    SegmentBy,
    Test,
)
from pql.definitions.yaml_lines import NUMBER

ENDLESS = 1_000_000
"""The width of a line that is never broken."""

Document = dict[str, Any]


class _Dumper(yaml.SafeDumper):
    """Quotes text that the reader of definition files would take for a number, such as 1e3."""


_WHOLLY_NUMBER = re.compile(rf"(?:{NUMBER.pattern})\Z")
_Dumper.add_implicit_resolver("tag:yaml.org,2002:float", _WHOLLY_NUMBER, list("-+.0123456789"))


def as_document(file: DefinitionFile) -> Document:
    """A file as mappings, lists and plain values, with every default written out.

    Written as YAML, it reads as the same file.
    """
    own = {
        "metrics": {name: _metric(metric) for name, metric in file.metrics.items()},
        "definitions": {name: _definition(one) for name, one in file.definitions.items()},
        "potential": {name: rule_document(rule) for name, rule in file.potential.items()},
        "motions": {motion.value: rule_document(rule) for motion, rule in file.motions.items()},
        "provisional": {
            motion.value: rule_document(rule) for motion, rule in file.provisional.items()
        },
        "leads": _leads(file.leads),
        "segments": {name: _segment(one) for name, one in file.segments.items()},
    }
    others = {field.name: _plain(getattr(file, field.name)) for field in fields(file)}
    document = {name: own.get(name, section) for name, section in others.items()}
    if not file.provisional:
        del document["provisional"]
    return document


def in_one_line(value: object) -> str:
    """A value of a document as YAML in one line: `{event: login, aggregate: count}`."""
    text = yaml.dump(
        value,
        Dumper=_Dumper,
        default_flow_style=True,
        sort_keys=False,
        allow_unicode=True,
        width=ENDLESS,
    )
    return str(text).removesuffix("\n").removesuffix("\n...")


def rule_document(rule: Rule) -> Document:
    """A rule as it is written: `{metric: messages_sent, at_least: customer p50}`."""
    if not isinstance(rule, Test):
        parts = [rule_document(part) for part in rule.rules]
        if isinstance(rule.require, str):
            return {rule.require: parts}
        return {"at_least": rule.require, "of": parts}
    if rule.subject in ("metric", "trait"):
        return {rule.subject: rule.name, rule.comparison: _threshold(rule.threshold)}
    if rule.subject == "usage_score":
        return {rule.subject: {rule.comparison: rule.threshold}}
    return {rule.subject: _threshold(rule.threshold)}


def _threshold(threshold: object) -> object:
    if isinstance(threshold, BenchmarkThreshold):
        return grammar.write_benchmark(threshold)
    return list(threshold) if isinstance(threshold, tuple) else threshold


def _metric(metric: Metric) -> Document:
    return _filled(
        {
            "event": metric.event,
            "aggregate": grammar.write_aggregate(metric.aggregate),
            "window": grammar.write_window(metric.window),
            "where": _where(metric.where),
            "description": metric.description,
            "owner": metric.owner,
        }
    )


def _where(filters: tuple[PropertyFilter, ...]) -> Document:
    conditions: dict[str, Document] = {}
    for each in filters:
        conditions.setdefault(each.property, {})[each.operator] = _threshold(each.value)
    return {
        name: next(iter(limits.values())) if set(limits) in ({"is"}, {"in"}) else limits
        for name, limits in conditions.items()
    }


def _definition(definition: Definition) -> Document:
    outcome = definition.outcome
    return _filled(
        {
            "description": definition.description,
            "owner": definition.owner,
            "population": grammar.write_population(definition.population),
            "outcome": {
                "becomes": outcome.becomes,
                "within": grammar.write_duration(outcome.within_days),
            },
            "criteria": [rule_document(rule) for rule in definition.criteria.rules],
            "require": definition.criteria.require,
            "score": dict(definition.weights),
        }
    )


def _leads(leads: LeadSettings) -> Document:
    return {
        "activities": [_activity(activity) for activity in leads.activities],
        "role": [_fit(rule) for rule in leads.role],
        "company": [_fit(rule) for rule in leads.company],
        "grades": dict(zip((1, 2, 3), leads.grades, strict=True)),
        "stages": dict(leads.stages),
        "events": dict(leads.events),
    }


def _activity(activity: LeadActivity) -> Document:
    return _filled(
        {
            "event": activity.event,
            "points": activity.points,
            "half_life": grammar.write_duration(activity.half_life_days),
            "at_most": activity.at_most,
            "description": activity.description,
        }
    )


def _fit(fit: FitRule) -> Document:
    return {"name": fit.name, "points": fit.points, **rule_document(fit.rule)}


def _segment(segment: SegmentBy) -> Document:
    bands = {"bands": list(segment.bands)} if segment.bands else {}
    return {segment.by: segment.what, **bands}


def _plain(value: object) -> object:
    """A section whose fields are written as they are: text, numbers, lists and mappings."""
    if is_dataclass(value) and not isinstance(value, type):
        return _filled({field.name: _plain(getattr(value, field.name)) for field in fields(value)})
    if isinstance(value, Mapping):
        return {name: _plain(entry) for name, entry in value.items()}
    return [_plain(entry) for entry in value] if isinstance(value, tuple) else value


def _filled(document: Document) -> Document:
    """Without what says nothing: no text, nothing given."""
    return {name: value for name, value in document.items() if value not in ("", None, {})}
