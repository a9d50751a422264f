"""The analysis `fitted_score`: check what is in use, and fit anew what is due."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
from sqlalchemy.orm import Session

from pql.accounts.querying import DefinitionUnknown
from pql.definitions import versions
from pql.definitions.model import Definition
from pql.definitions.versions import AppliedDefinitions
from pql.events.store import EventStore
from pql.finder.recording_ends import recording_notices
from pql.fitted.checking import check, silenced
from pql.fitted.documents import model_of
from pql.fitted.fitting import Attempt, fit
from pql.fitted.reading import Span, read_past
from pql.fitted.repository import current_models
from pql.fitted.requesting import is_recent
from pql.fitted.saving import Subject, save
from pql.fitted.screening import Past
from pql.state.models import FittedModel
from pql.state.store import State
from pql.trials import Evidence, read_evidence

Progress = Callable[[float, str], None]


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for: one definition, or all; fits of a week ago only, or any.

    `until` is the last date (ISO 8601) of which everything was recorded; left out, the last heard.
    """

    definition: str | None = None
    only_due: bool = False
    until: str | None = None


def run(
    state: State,
    store: EventStore,
    workspace_id: int,
    parameters: Mapping[str, Any],
    *,
    progress: Progress,
    now: datetime,
) -> dict[str, Any]:
    """Check and fit the scores of the definitions in force; the sentence of each.

    Parameters: those of `Request`. With `only_due` a model younger than a week is only checked.

    Raises:
        DefinitionUnknown: the file in force has no such definition.
        RecordingNotBegun: the first event is later than `until`.
    """
    asked = Request(**parameters)
    with state.reading() as session:
        applied = versions.current(session, workspace_id)
        applied.check_size()
        until = None if asked.until is None else date.fromisoformat(asked.until)
        evidence = read_evidence(store, session, workspace_id, now, until)
        definitions = _asked_for(applied, asked.definition)
    said = {}
    for number, definition in enumerate(definitions):
        progress(number / len(definitions), f"fitting a score for {definition.name}")
        said[definition.name] = _work_on(state, evidence, applied, definition, asked=asked, now=now)
    return {"fitted": said}


def _asked_for(applied: AppliedDefinitions, name: str | None) -> list[Definition]:
    definitions = applied.file.definitions
    if name is not None and name not in definitions:
        raise DefinitionUnknown(name, list(definitions))
    wanted = list(definitions.values()) if name is None else [definitions[name]]
    return [each for each in wanted if each.outcome.becomes == "paying"]


def _work_on(
    state: State,
    evidence: Evidence,
    applied: AppliedDefinitions,
    definition: Definition,
    *,
    asked: Request,
    now: datetime,
) -> dict[str, Any]:
    with state.reading() as session:
        notices = () if asked.until else recording_notices(evidence)
        past = read_past(evidence, session, applied, definition, notices)
        before = current_models(session, evidence.workspace_id, applied.version_id)
        latest = before.get(definition.name)
    if asked.only_due and latest is not None and is_recent(latest.fitted_at, now):
        with state.writing() as session:
            return _answer(_check(session, latest.id, past, now))
    attempt = fit(past)
    span = Span.of(applied.file, definition)
    with state.writing() as session:
        subject = Subject(evidence.workspace_id, applied.version_id, definition.name, span)
        until = _confirmed_until(past, attempt)
        return _answer(save(session, subject, attempt, confirmed_until=until, now=now))


def _check(session: Session, model_id: int, past: Past, now: datetime) -> FittedModel:
    """Silence a model that fails on newer trials."""
    row = session.get_one(FittedModel, model_id)
    if row.is_used and row.model is not None and row.confirmed_until is not None:
        found = check(model_of(row.model), past, row.confirmed_until)
        row.checked_at, row.check = now, found.document
        if found.alarms:
            row.is_used, row.reason = False, silenced(found, now)
    return row


def _confirmed_until(past: Past, attempt: Attempt) -> datetime | None:
    """When the last trial began that is known now: what begins after it is new."""
    if attempt.confirmation is None:
        return None
    last: datetime = np.max(past.started_at).astype("datetime64[us]").item()
    return last.replace(tzinfo=UTC)


def _answer(row: FittedModel) -> dict[str, Any]:
    return {"model_id": row.id, "is_used": row.is_used, "reason": row.reason}
