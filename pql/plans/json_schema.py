"""The JSON Schema of tracking plans: editors check and complete them by it."""

from __future__ import annotations

from pql.definitions.fields import Shape
from pql.definitions.shapes import document_schema
from pql.plans.schemas import PlanSchema


def plan_schema() -> Shape:
    """The schema, draft 7."""
    return document_schema(PlanSchema, "A tracking plan of pql")
