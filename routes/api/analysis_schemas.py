"""Analyses as the API gives them."""

from __future__ import annotations

from marshmallow import Schema, fields

from pql.analyses import STATES
from routes.api.fields import PageQuery, PageSchema, WithSummary, described, one_of


class AnalysisQuery(PageQuery):
    """Which analyses to list."""

    state = fields.String(
        load_default=None, validate=one_of(STATES), metadata=described("Only in this state")
    )


class AnalysisSchema(Schema):
    """An analysis and how far it is."""

    id = fields.Integer(metadata={"example": 17})
    kind = fields.String(metadata={"example": "definition_plan"})
    state = fields.String(metadata={"enum": list(STATES)})
    progress = fields.Float(metadata=described("0 to 1", 0.35))
    progress_text = fields.String(metadata=described("What is being done"))
    requested_at = fields.AwareDateTime()
    requested_by = fields.String(metadata=described("The name of the key, or the command line"))
    started_at = fields.AwareDateTime(allow_none=True)
    finished_at = fields.AwareDateTime(allow_none=True)
    error = fields.String(metadata=described("Why it failed; else empty"))


class AnalysisPage(PageSchema):
    """Some analyses, the newest first."""

    data = fields.List(fields.Nested(AnalysisSchema))


class AnalysisDetailSchema(WithSummary, AnalysisSchema):
    """An analysis with what was asked and what came of it."""

    parameters = fields.Dict(metadata=described("What was asked for"))
    result = fields.Dict(allow_none=True, metadata=described("null until it is done"))
