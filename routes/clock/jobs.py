"""The jobs of the clock: how often each runs and what it does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy import exists, select

from pql import analyses, changes, job_runs, sessions
from pql.benchmarks.forgetting import forget_unused
from pql.benchmarks.refreshing import refresh_if_due
from pql.events.store import EventStoreDamaged
from pql.faults import PlainError, summary
from pql.fitted.requesting import request_due
from pql.fitted.scoring import score_due
from pql.known_time import HOUSEKEEPING, time_ahead
from pql.leads.evaluation import mark_due_leads, mark_leads_ahead
from pql.leases import LeaseLost
from pql.settings import Settings
from pql.state.models import Change, JournalEntry, StagedBatch
from pql.state.store import State
from pql.words import counted
from routes.clock.analysing import run_analyses
from routes.clock.stages import STAGES, Stage, told
from routes.clock.work import Work
from segments.due_accounts import mark_due, mark_evaluated_ahead
from segments.evaluation import evaluate_backlog
from usage_ingest import person_accounts
from usage_ingest.billing import taking_up as billing
from usage_ingest.quarantine.expiring import expire_quarantine

log = structlog.get_logger(__name__)

KEEP_RUNS = timedelta(days=7)
KEEP_ANALYSES = timedelta(days=30)
KEEP_BENCHMARKS = timedelta(days=7)

LINE, BACKLOG, BENCHMARKS, ANALYSES = "line", "backlog", "benchmarks", "analyses"
THREADS = (LINE, BACKLOG, BENCHMARKS, ANALYSES)
"""Jobs of one thread run one after the other. A refresh must not hold up the line."""


class JobFailed(PlainError):
    """Part of a job failed; the text says which and how. Each failure has been logged."""


@dataclass(frozen=True, slots=True)
class Job:
    """Something to do every so often. `run` tells in words what it did; no words: nothing."""

    name: str
    every: timedelta
    run: Callable[[Work, datetime], str]
    thread: str = LINE
    has_work: Callable[[State], bool] = lambda _state: True


def run_line(work: Work, _now: datetime) -> str:
    """Every stage in order, again and again while there is something to do."""
    done: Counter[str] = Counter()
    failures: dict[str, str] = {}
    while not work.ending.is_set():
        found = _run_stages(work, failures)
        done.update(found)
        if failures or not any(found.values()):
            break
    if failures:
        raise JobFailed("; ".join(f"{name}: {error}" for name, error in failures.items()))
    return ", ".join(f"{count} {name}" for name, count in done.items() if count)


def _run_stages(work: Work, failures: dict[str, str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for stage in STAGES:
        found[stage.name] = _run_stage(stage, work, failures)
        if stage.feeds_the_rest and stage.name in failures:
            break
    return found


def _run_stage(stage: Stage, work: Work, failures: dict[str, str]) -> int:
    """A failing stage is noted and does not keep the later ones from their own work."""
    try:
        with work.trouble.noticing(stage.name):
            return stage.run(work, work.clock())
    except LeaseLost:
        raise
    except EventStoreDamaged as error:
        failures[stage.name] = str(error)
        return 0
    except Exception as error:
        log.exception("a stage failed", stage=stage.name)
        failures[stage.name] = summary(error)
        return 0


def line_has_work(state: State) -> bool:
    """Whether anything waits in the journal, half-way to the event store, or for an evaluation."""
    waiting = select(Change.subject_id).where(Change.subject != changes.BACKLOG)
    with state.reading() as session:
        if session.scalar(select(exists(select(StagedBatch.id)) | exists(waiting))):
            return True
        if billing.has_work(session):
            return True
    with state.journal_engine.connect() as journal:
        return bool(journal.scalar(select(exists(select(JournalEntry.id)))))


def sweep(work: Work, now: datetime) -> str:
    """Mark what time alone changed: a trial day passed, a window closed, points faded.

    After a clock that was ahead, what was worked out by it is marked, too.
    """
    with work.state.writing() as session:
        work.fence(session)
        if job_runs.any_ahead(session, (LINE, BACKLOG), now):
            mark_evaluated_ahead(session, now)
            mark_leads_ahead(session, now)
        accounts, contacts = mark_due(session, now), mark_due_leads(session, now)
    due = f"{counted(accounts, 'account')} and {counted(contacts, 'contact')} due"
    return due if accounts or contacts else ""


def link_waiting_customers(work: Work, now: datetime) -> str:
    """Take up customers of the payment provider whose account has turned up since."""
    with work.state.reading() as session:
        if not billing.has_waiting(session):
            return ""
    with work.state.writing() as session:
        work.fence(session)
        found = billing.take_up_waiting(session, now)
    return f"{found} customers of the payment provider linked" if found else ""


def work_off_backlog(work: Work, _now: datetime) -> str:
    """Evaluate accounts that wait among very many, while the line goes on with what comes in."""
    evaluated = 0
    while not work.ending.is_set():
        asked = (work.state, work.store, work.clock(), work.fence)
        found = told(evaluate_backlog(*asked, setbacks=work.setbacks))
        evaluated += found
        if not found:
            break
    return f"{counted(evaluated, 'account')} evaluated" if evaluated else ""


def refresh_benchmarks(work: Work, now: datetime) -> str:
    """Compute the benchmarks of workspaces whose customers changed."""
    refreshed = refresh_if_due(work.state, work.store, now, work.fence, work.setbacks)
    return f"{refreshed} workspaces refreshed" if refreshed else ""


def score_fitted(work: Work, now: datetime) -> str:
    """Score accounts by the fitted models in use; have those checked and fitted that are due."""
    if not work.settings.fitted_scores:
        return ""
    scored = score_due(work.state, work.store, now, work.fence, work.setbacks)
    with work.state.writing() as session:
        work.fence(session)
        requested = request_due(session, now)
    return f"{scored} scored, {requested} fits asked for" if scored or requested else ""


def settle_people(work: Work, now: datetime) -> str:
    """Ask for the settling of people where a workspace decided anew who of them is an account."""
    with work.state.writing() as session:
        work.fence(session)
        requested = person_accounts.request_due(session, now)
    return f"{requested} workspaces settle their people" if requested else ""


def keep_house(work: Work, now: datetime) -> str:
    """Forget what is past its time: job runs, analyses, sessions, benchmarks that nothing names.

    It always tells something, so that every run is recorded: they tell which time it is.
    """
    with work.state.writing() as session:
        work.fence(session)
        known = now - time_ahead(session, now)
        runs = job_runs.purge(session, known - KEEP_RUNS)
        results = analyses.purge(session, known - KEEP_ANALYSES)
        over = sessions.purge(session, known, sessions.session_limits(work.settings))
        versions = forget_unused(session, known - KEEP_BENCHMARKS)
    return (
        f"{runs} job runs, {results} analyses, {over} sessions and {versions} versions of "
        "benchmarks forgotten"
    )


def expire(work: Work, now: datetime) -> str:
    """Let go of what has been in quarantine for longer than it is to be kept."""
    with work.state.reading() as session:
        known = now - time_ahead(session, now)
    before = known - timedelta(days=work.settings.quarantine_days)
    expired = expire_quarantine(work.state, before, now, work.fence)
    return f"{expired} quarantined events expired" if expired else ""


def backlog_has_work(state: State) -> bool:
    """Whether any account waits in the backlog."""
    with state.reading() as session:
        return changes.has_backlog(session)


def analyses_have_work(state: State) -> bool:
    """Whether any analysis waits."""
    with state.reading() as session:
        return analyses.has_work(session)


def jobs(settings: Settings) -> tuple[Job, ...]:
    """Every job of the clock."""
    return (
        Job(LINE, timedelta(seconds=settings.load_interval), run_line, has_work=line_has_work),
        Job(
            BACKLOG,
            timedelta(seconds=1),
            work_off_backlog,
            thread=BACKLOG,
            has_work=backlog_has_work,
        ),
        Job("sweep", timedelta(minutes=1), sweep),
        Job("billing", timedelta(minutes=1), link_waiting_customers),
        Job("benchmarks", timedelta(seconds=15), refresh_benchmarks, thread=BENCHMARKS),
        Job("fitted scores", timedelta(minutes=1), score_fitted, thread=BENCHMARKS),
        Job("person accounts", timedelta(seconds=10), settle_people),
        Job(HOUSEKEEPING, timedelta(hours=1), keep_house),
        Job("quarantine", timedelta(hours=1), expire),
        Job(
            "analyses",
            timedelta(seconds=1),
            run_analyses,
            thread=ANALYSES,
            has_work=analyses_have_work,
        ),
    )
