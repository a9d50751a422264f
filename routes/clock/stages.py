"""The way from a journal entry to a motion: the stages, in order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime
from time import monotonic

import structlog

from pql.leads.evaluation import evaluate_changed_leads
from pql.turns import tell
from routes.clock.work import Work
from segments.evaluation import Evaluated, evaluate_changed
from usage_ingest.billing import taking_up as billing
from usage_ingest.loading.loader import LoadResult, load

LONGEST_LOADING = 1.0
"""Seconds after which what has changed is evaluated, however much still waits."""
LONGEST_BEHIND_BACKLOG = 5.0
"""The same where a backlog waits: what was loaded is old then, and much more is about the same."""
BETWEEN_LARGE_LOADS = 1.0
"""Seconds from the begin of a load to the next where many events come in. A load does much once,
however many events it has, and the next one is read meanwhile."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Stage:
    """One step of the line. `run` tells how much it did; 0 means that nothing waits for it.

    Where a stage that `feeds_the_rest` fails, the later ones wait: accounts are marked before their
    events are in the event store, and evaluated without them the mark would be gone too early.
    """

    name: str
    run: Callable[[Work, datetime], int]
    feeds_the_rest: bool = False


def load_events(work: Work, now: datetime) -> int:
    """Journal entries become stored events; accounts and contacts they change are marked.

    Behind a backlog it goes on for a while: what one account did since is evaluated once. But what
    others sent beside it is evaluated at once.
    """
    loaded, began = 0, monotonic()
    while True:
        load_began = monotonic()
        result = _load_once(work, now)
        work.reader.keep_pace(monotonic() - load_began)
        loaded += result.events
        longest = LONGEST_BEHIND_BACKLOG if work.reader.is_behind else LONGEST_LOADING
        if not result.more or work.reader.is_beside or work.ending.is_set():
            return loaded
        if monotonic() > began + longest:
            return loaded
        if work.reader.is_behind and not work.reader.is_full:
            pause = max(0.0, load_began + BETWEEN_LARGE_LOADS - monotonic())
            if work.ending.wait(pause):
                return loaded
        now = work.clock()


def _load_once(work: Work, now: datetime) -> LoadResult:
    reader, care = work.reader, work.care
    result = load(work.state, work.store, work.settings, now, work.fence, reader=reader, care=care)
    for each in result.set_aside:
        log.error("a request was set aside in quarantine as a whole", **asdict(each))
    return result


def take_up_billing(work: Work, now: datetime) -> int:
    """What the payment provider told becomes facts and traits of accounts, which are marked."""
    with work.state.reading() as session:
        if not billing.has_work(session):
            return 0
    with work.state.writing() as session:
        work.fence(session)
        return billing.take_up(session, now)


def evaluate_accounts(work: Work, now: datetime) -> int:
    """Marked accounts are measured, scored and routed."""
    asked = (work.state, work.store, now, work.fence)
    return told(evaluate_changed(*asked, setbacks=work.setbacks))


def told(evaluated: Evaluated) -> int:
    """How many accounts were evaluated. Those that could not be are logged.

    Raises:
        pql.turns.WorkspacesFailed: some workspaces could not be evaluated at all.
    """
    for failure in evaluated.failures:
        log.error(
            "an account could not be evaluated",
            account_id=failure.account_id,
            definition=failure.definition,
            exc_info=failure.error,
        )
    tell(evaluated.errors)
    return evaluated.accounts


def evaluate_contacts(work: Work, now: datetime) -> int:
    """Marked contacts get their lead score, grade and stage."""
    return evaluate_changed_leads(work.state, work.store, now, work.fence)


STAGES = (
    Stage("events loaded", load_events, feeds_the_rest=True),
    Stage("customers taken up", take_up_billing),
    Stage("accounts evaluated", evaluate_accounts),
    Stage("contacts evaluated", evaluate_contacts),
)
