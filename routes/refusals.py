"""Which HTTP status each error of the core has. The core knows none."""

from __future__ import annotations

from typing import Any

import structlog
from flask import Flask, Response, request
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from werkzeug.exceptions import (
    Conflict,
    NotFound,
    ServiceUnavailable,
    TooManyRequests,
    UnprocessableEntity,
)

from pql.accounts.describing import AccountUnknown
from pql.accounts.querying import DefinitionUnknown
from pql.analyses import AnalysisOver, AnalysisUnknown, TooManyAnalyses
from pql.definitions.problems import DefinitionError, Problem
from pql.events.store import EventStoreDamaged
from pql.faults import summary
from pql.leads.decisions import DecisionRefused
from pql.leads.querying import LeadAmbiguous, LeadUnknown
from pql.paging import CursorInvalid
from pql.pictures.asking import MetricUnknown
from pql.plans.versions import PlanUnknown
from pql.state.damage import StateDamaged
from pql.versioned_texts import VersionOutdated, VersionUnknown
from routes.errors import answer_error
from usage_ingest.billing.customers import CustomerUnknown, DecisionUnfit
from usage_ingest.identity_reviews.decisions import IdentityRefused, MergeUnknown, ReviewUnknown
from usage_ingest.quarantine.listing import QuarantinedEventUnknown

STORE_FAILURES = (EventStoreDamaged, InterfaceError, OperationalError, PoolExhausted)
"""The database is gone, full or busy: the request was good, and may be sent again."""
WORDS_OF_DAMAGE = "A store is damaged or gone; the service's log says which. Try again later."
RETRY_AFTER = 5
RETRY_LONG_AFTER = 60
"""Seconds: an analysis takes that long."""

NOT_FOUND = (
    AccountUnknown,
    AnalysisUnknown,
    LeadUnknown,
    MergeUnknown,
    MetricUnknown,
    PlanUnknown,
    QuarantinedEventUnknown,
    ReviewUnknown,
    CustomerUnknown,
    VersionUnknown,
)

CONFLICTS = (
    AnalysisOver,
    DecisionRefused,
    DecisionUnfit,
    IdentityRefused,
    LeadAmbiguous,
    VersionOutdated,
)

PARAMETERS = {DefinitionUnknown: ("definition",), CursorInvalid: ("cursor", "history_cursor")}
"""For errors about a parameter: the parameters that it can be about."""


log = structlog.get_logger(__name__)


class InvalidFields(UnprocessableEntity):
    """Something sent was refused. `field_errors` are the `errors` of a problem document."""

    def __init__(self, field_errors: list[dict[str, Any]]) -> None:
        super().__init__("; ".join(f"{e['field']}: {e['message']}" for e in field_errors))
        self.field_errors = field_errors


def register_refusals(app: Flask) -> None:
    """Answer errors of the core with the status they stand for."""
    for error in NOT_FOUND:
        app.register_error_handler(error, _answer_not_found)
    for parameter_error in PARAMETERS:
        app.register_error_handler(parameter_error, _answer_invalid_parameter)
    for failure in STORE_FAILURES:
        app.register_error_handler(failure, _answer_store_failure)
    app.register_error_handler(DefinitionError, _answer_definition_error)
    for conflict in CONFLICTS:
        app.register_error_handler(conflict, _answer_conflict)
    app.register_error_handler(TooManyAnalyses, _answer_too_many)


def _answer_store_failure(error: Exception) -> Response:
    is_damaged = isinstance(error, (EventStoreDamaged, StateDamaged))
    reason = str(error) if is_damaged else summary(error)
    log.error("the store does not answer", view=request.endpoint, reason=reason)
    words = WORDS_OF_DAMAGE if is_damaged else "The store does not answer. Try again."
    return answer_error(ServiceUnavailable(words, retry_after=RETRY_AFTER))


def _answer_not_found(error: Exception) -> Response:
    return answer_error(NotFound(str(error)))


def _answer_invalid_parameter(error: Exception) -> Response:
    names = PARAMETERS[type(error)]
    sent = next((name for name in names if name in request.args), names[0])
    found = {"location": "query", "field": sent, "found": request.args.get(sent)}
    return answer_error(InvalidFields([found | {"message": str(error)}]))


def _answer_definition_error(error: DefinitionError) -> Response:
    return answer_error(InvalidFields([_of_file(problem) for problem in error.problems]))


def _answer_conflict(error: Exception) -> Response:
    return answer_error(Conflict(str(error)))


def _answer_too_many(error: TooManyAnalyses) -> Response:
    return answer_error(TooManyRequests(str(error), retry_after=RETRY_LONG_AFTER))


def _of_file(problem: Problem) -> dict[str, Any]:
    return {
        "location": "body",
        "line": problem.line,
        "field": problem.field,
        "found": problem.found,
        "message": f"allowed: {problem.allowed}",
    }
