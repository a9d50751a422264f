"""Names that a definition file uses and must define: the metrics of criteria, scores and rules.

Works on the plain values, so that a file with other problems hears about these as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from pql.definitions.problems import MOST_OF_A_KIND, Path, Problem
from pql.definitions.suggesting import suggest
from pql.definitions.yaml_lines import Document

SECTIONS_WITH_RULES = ("definitions", "potential", "motions", "provisional")


def find_unknown_metrics(document: Document) -> list[Problem]:
    """The uses of metrics that the file does not define, the first `MOST_OF_A_KIND`."""
    metrics = document.find(("metrics",))
    known = tuple(metrics) if isinstance(metrics, dict) else ()
    unknown = ((path, name) for path, name in _uses(document) if name not in known)
    return [
        document.problem(path, f"the metric {name}, which is not defined", suggest(name, known))
        for path, name in islice(unknown, MOST_OF_A_KIND)
    ]


def _uses(document: Document) -> Iterator[tuple[Path, str]]:
    for section in SECTIONS_WITH_RULES:
        yield from _tested(document.find((section,)), (section,))
    definitions = document.find(("definitions",))
    for definition in definitions if isinstance(definitions, dict) else ():
        place: Path = ("definitions", definition, "score")
        weights = document.find(place)
        for metric in weights if isinstance(weights, dict) else ():
            yield (*place, metric), metric


def _tested(value: object, path: Path) -> Iterator[tuple[Path, str]]:
    if isinstance(value, list):
        for place, entry in enumerate(value):
            yield from _tested(entry, (*path, place))
    if isinstance(value, dict):
        name = value.get("metric")
        if isinstance(name, str):
            yield (*path, "metric"), name.strip()
        for key, entry in value.items():
            yield from _tested(entry, (*path, key))
