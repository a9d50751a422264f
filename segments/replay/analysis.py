"""The replay as an analysis: what was asked for as JSON, and what came of it as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from pql.definitions.reading import read_definitions
from pql.events.store import EventStore
from pql.state.store import State
from segments.replay.planning import Plan, plan_definitions
from segments.replay.question import Capacity, Question
from segments.replay.walking import Progress


def run(
    state: State,
    store: EventStore,
    workspace_id: int,
    parameters: Mapping[str, Any],
    *,
    progress: Progress,
    now: datetime,
) -> dict[str, Any]:
    """Replay the file in `parameters`: `text`, `weeks`, `definition`, `reps` and `per_rep`."""
    reps, per_rep = parameters["reps"], parameters["per_rep"]
    question = Question(
        read_definitions(parameters["text"], "definitions.yaml"),
        parameters["weeks"],
        parameters["definition"],
        None if reps is None or per_rep is None else Capacity(reps, per_rep),
        parameters["text"],
    )
    plan = plan_definitions(state, store, workspace_id, question, progress=progress, now=now)
    return as_document(plan)


def as_document(plan: Plan) -> dict[str, Any]:
    """The plan as JSON can hold it; times are ISO 8601."""
    return {name: _plain(value) for name, value in asdict(plan).items()}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value
