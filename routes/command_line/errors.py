"""What a user can mend, said in one line."""

from __future__ import annotations

from environs import EnvError
from sqlalchemy.exc import OperationalError

from pql.access import KeyNameInvalid, KeyUnknown
from pql.accounts.describing import AccountUnknown
from pql.accounts.querying import DefinitionUnknown
from pql.analyses import AnalysisOver, AnalysisUnknown, TooManyAnalyses
from pql.cohorts import OutcomeUnsupported
from pql.definitions.versions import DefinitionsTooLarge
from pql.events.store import EventsTooLarge, EventStoreBusy
from pql.finder.questions import EventNotRecorded, WindowTooLong
from pql.finder.reading import TableInvalid
from pql.leads.decisions import DecisionRefused
from pql.leads.querying import LeadUnknown
from pql.pictures.asking import MetricUnknown
from pql.plans.versions import PlanUnknown
from pql.state.opening import SchemaStale
from pql.versioned_texts import VersionUnknown
from pql.workspaces import WorkspaceExists, WorkspaceNameInvalid, WorkspaceUnknown
from routes.ports import PortTaken
from routes.supervising import CannotStart
from usage_ingest.identity_reviews.decisions import IdentityRefused, MergeUnknown, ReviewUnknown
from usage_ingest.quarantine.listing import QuarantinedEventUnknown

EXPECTED: tuple[type[Exception], ...] = (
    AccountUnknown,
    AnalysisOver,
    AnalysisUnknown,
    CannotStart,
    DecisionRefused,
    DefinitionUnknown,
    DefinitionsTooLarge,
    EnvError,
    EventNotRecorded,
    EventStoreBusy,
    EventsTooLarge,
    IdentityRefused,
    KeyNameInvalid,
    KeyUnknown,
    LeadUnknown,
    MergeUnknown,
    MetricUnknown,
    OperationalError,
    OutcomeUnsupported,
    PlanUnknown,
    PortTaken,
    QuarantinedEventUnknown,
    ReviewUnknown,
    SchemaStale,
    TableInvalid,
    TooManyAnalyses,
    VersionUnknown,
    WindowTooLong,
    WorkspaceExists,
    WorkspaceNameInvalid,
    WorkspaceUnknown,
)
"""The domain's errors that a command's arguments, settings or surroundings cause. Add yours."""


def sentence(error: Exception) -> str:
    """One line that says what is wrong and, where we know, what to do."""
    if isinstance(error, OperationalError):
        return f"DATABASE_URL cannot be reached: {_first_line(str(error.orig))}"
    return _first_line(str(error))


def _first_line(text: str) -> str:
    """Drivers write their history below it."""
    return text.strip().partition("\n")[0]
