"""The fitted models of a workspace that count: the latest of each definition."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from pql.state.models import FittedModel


def current_models(
    session: Session, workspace_id: int, definition_version_id: int
) -> Mapping[str, FittedModel]:
    """The latest fit of each definition of a version, by the definition's name."""
    latest = (
        select(func.max(FittedModel.id))
        .where(
            FittedModel.workspace_id == workspace_id,
            FittedModel.definition_version_id == definition_version_id,
        )
        .group_by(FittedModel.definition)
    )
    rows = session.scalars(select(FittedModel).where(FittedModel.id.in_(latest)))
    return {row.definition: row for row in rows}
