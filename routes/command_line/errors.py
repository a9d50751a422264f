"""What a user can mend, said in one line."""

from __future__ import annotations

import duckdb
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolExhausted

from pql.access import KeyNameInvalid, KeyUnknown
from pql.accounts.describing import AccountUnknown
from pql.accounts.querying import DefinitionUnknown
from pql.analyses import AnalysisOver, AnalysisUnknown, TooManyAnalyses
from pql.cohorts import OutcomeUnsupported
from pql.definitions.versions import DefinitionsTooLarge
from pql.events.opening import EventsUrlInvalid
from pql.events.store import EventsTooLarge, EventStoreBusy, EventStoreDamaged
from pql.faults import summary
from pql.finder.questions import EventNotRecorded, WindowTooLong
from pql.finder.table_files import TableInvalid
from pql.leads.decisions import DecisionRefused
from pql.leads.querying import LeadUnknown
from pql.pictures.asking import MetricUnknown
from pql.plans.versions import PlanUnknown
from pql.settings import SettingInvalid
from pql.state.damage import StateDamaged
from pql.state.opening import SchemaStale
from pql.state.store import StateUrlInvalid
from pql.versioned_texts import VersionUnknown
from pql.workspaces import WorkspaceExists, WorkspaceNameInvalid, WorkspaceUnknown
from routes.command_line.preparing import PreparationEnded
from routes.ports import PortTaken
from routes.secret_key import SecretKeyUnusable
from routes.supervising import CannotStart
from usage_ingest.identity_reviews.decisions import IdentityRefused, MergeUnknown, ReviewUnknown
from usage_ingest.quarantine.listing import QuarantinedEventUnknown
from usage_ingest.store_check import EventStoreMismatch

EXPECTED: tuple[type[Exception], ...] = (
    AccountUnknown,
    AnalysisOver,
    AnalysisUnknown,
    CannotStart,
    DecisionRefused,
    DefinitionUnknown,
    DefinitionsTooLarge,
    EventNotRecorded,
    EventStoreBusy,
    EventStoreDamaged,
    EventStoreMismatch,
    EventsTooLarge,
    EventsUrlInvalid,
    IdentityRefused,
    KeyNameInvalid,
    KeyUnknown,
    LeadUnknown,
    MergeUnknown,
    MetricUnknown,
    OutcomeUnsupported,
    PlanUnknown,
    PortTaken,
    PreparationEnded,
    QuarantinedEventUnknown,
    ReviewUnknown,
    SchemaStale,
    SecretKeyUnusable,
    SettingInvalid,
    StateUrlInvalid,
    TableInvalid,
    TooManyAnalyses,
    UnicodeEncodeError,
    VersionUnknown,
    WindowTooLong,
    WorkspaceExists,
    WorkspaceNameInvalid,
    WorkspaceUnknown,
)
"""The domain's errors that a command's arguments, settings or surroundings cause. Add yours."""


SURROUNDINGS: tuple[type[Exception], ...] = (
    InterfaceError,
    OperationalError,
    OSError,
    PoolExhausted,
    duckdb.OutOfMemoryException,
)
"""What a file, a disk, a port, another program or a database server causes, of whatever kind."""
REFUSALS_OF_POSTGRESQL = ("08", "28", "3D", "42501", "53", "55", "57", "58")
"""How the SQLSTATE of errors begins that are no mistake of ours: not reached, not let in, no such
database, no permission, out of room, locked, shut down, a fault of the system."""


def is_expected(error: Exception) -> bool:
    """Whether a user can mend it, so that a line says more than a traceback."""
    return isinstance(error, (*EXPECTED, *SURROUNDINGS)) or _is_refusal(error)


def sentence(error: Exception) -> str:
    """One line that says what is wrong and, where we know, what to do."""
    if isinstance(error, StateDamaged):
        return str(error)
    if isinstance(error, DBAPIError):
        return f"DATABASE_URL cannot be reached: {summary(error.orig or error)}"
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename} cannot be used: {error.strerror}"
    if isinstance(error, UnicodeEncodeError):  # an argument of bytes that are no text
        return f"{error.object[:100]!r} cannot be written as {error.encoding}: {error.reason}"
    return _first_line(str(error))


def _is_refusal(error: Exception) -> bool:
    if not isinstance(error, DBAPIError):
        return False
    state = getattr(error.orig, "sqlstate", None) or ""
    return str(state).startswith(REFUSALS_OF_POSTGRESQL)


def _first_line(text: str) -> str:
    """Drivers write their history below it."""
    return text.strip().partition("\n")[0]
