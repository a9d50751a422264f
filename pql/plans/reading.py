"""A tracking plan's text to values, or everything that is wrong with it at once."""

from __future__ import annotations

from marshmallow import ValidationError

from pql.definitions.problems import DefinitionError
from pql.definitions.reading import find_problems
from pql.definitions.yaml_lines import read_yaml
from pql.plans.model import Plan
from pql.plans.schemas import PlanSchema


def read_plan(text: str, file_name: str) -> Plan:
    """Read a tracking plan.

    Raises:
        DefinitionError: with every problem of the file, each with line, field, found and allowed.
    """
    document = read_yaml(text, file_name, sections="events and on_violation")
    problems = list(document.problems)
    try:
        plan: Plan = PlanSchema().load(document.value)
    except ValidationError as error:
        problems += find_problems(document, error)
        raise DefinitionError(problems) from error
    if problems:
        raise DefinitionError(problems)
    return plan
