"""Writes down what came of a fit: the model, how it was judged, and whether it is used."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from pql.fitted.documents import document_of
from pql.fitted.fitting import Attempt
from pql.fitted.reading import Span
from pql.state.models import FittedModel


@dataclass(frozen=True, slots=True)
class Subject:
    """What a score is fitted for: a definition, by its name in a version of the file."""

    workspace_id: int
    definition_version_id: int
    definition: str
    span: Span


def save(
    session: Session,
    subject: Subject,
    attempt: Attempt,
    *,
    confirmed_until: datetime | None,
    now: datetime,
) -> FittedModel:
    """Keep what came of a fit; from now on it is the definition's."""
    row = FittedModel(
        workspace_id=subject.workspace_id,
        definition=subject.definition,
        definition_version_id=subject.definition_version_id,
        fitted_at=now,
        window_days=subject.span.window,
        horizon_days=subject.span.horizon,
        confirmed_until=confirmed_until,
        is_used=attempt.is_used,
        reason=attempt.sentence,
        model=None if attempt.model is None else document_of(attempt.model),
        evaluation=evaluation_of(attempt),
    )
    session.add(row)
    session.flush()
    return row


def evaluation_of(attempt: Attempt) -> dict[str, Any]:
    """How a fit was judged, as JSON can hold it."""
    return {
        "screened": asdict(attempt.screened),
        "one_rule": None
        if attempt.one_rule is None
        else {"name": attempt.one_rule.name, **asdict(attempt.one_rule)},
        "confirmation": None if attempt.confirmation is None else asdict(attempt.confirmation),
        "reasons": list(attempt.reasons),
    }
