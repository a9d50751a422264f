"""How long a replay of twelve weeks takes, against one evaluation of every account.

100,000 simulated accounts that began their trials over a year, and 20 million events. One replay
looks at those in trial on each day, as a PQL definition does, the other at everybody on each day
until they pay; a version with other thresholds is in force, so that everything is decided twice.
The evaluation measures and decides every account once, by the same file, without writing anything
down.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select

from benchmarks.evaluating.year import AT_ONCE, fill_a_year
from benchmarks.loading.stores import Stores, empty_stores, opened_stores, put_in_force
from benchmarks.results import Result
from pql.accounts.facts import FROM_TRAIT, STATUS, TRIAL_ENDS, TRIAL_STARTED
from pql.benchmarks.refreshing import refresh
from pql.benchmarks.repository import load_current
from pql.calendars import UTC_CALENDAR
from pql.definitions import versions
from pql.definitions.reading import read_definitions
from pql.metrics.measuring import measure
from pql.state.bulk import table_of
from pql.state.models import Account, AccountFact
from pql.trials import naive, read_traits, read_trials
from segments.deciding import Subjects, decide
from segments.replay.judging import trial_days
from segments.replay.planning import plan_definitions
from segments.replay.question import Question
from segments.resting import traits_asked

EVERYBODY = (Path(__file__).parent / "evaluating" / "definitions.yaml").read_text(encoding="utf-8")
TRIALS = EVERYBODY.replace("status is trial or free or paying", "status is trial")
WEEKS = 12


def measure_replay(folder: Path) -> list[Result]:
    """Seconds of replays about those in trial and about everybody, and of one evaluation."""
    now = datetime.now(UTC)
    with empty_stores(folder / "year") as stores:
        workspace_id = stores.workspace_id
        put_in_force(stores, TRIALS, now)
    with opened_stores(folder / "year", workspace_id) as stores:
        state = stores.state
        stores.events.close()
        fill_a_year(folder / "year", state, workspace_id, now)
    with opened_stores(folder / "year", workspace_id) as stores:
        add_facts(stores)
        refresh(stores.state, stores.events, workspace_id, now, lambda _session: None)
        evaluation = round(_seconds(lambda: evaluate_everybody(stores, now)), 2)
        trials = _seconds(lambda: replay_weeks(stores, TRIALS, now))
        put_in_force(stores, EVERYBODY, now)
        everybody = _seconds(lambda: replay_weeks(stores, EVERYBODY, now))
    return [
        Result("replay_12_weeks", round(trials, 2), "s", evaluation),
        Result("replay_12_weeks_everybody", round(everybody, 2), "s", evaluation),
    ]


def add_facts(stores: Stores) -> None:
    """Keep what the accounts' life cycles would have been worked out from."""
    columns = (Account.id, Account.trial_started_at, Account.trial_ends_at, Account.converted_at)
    with stores.state.reading() as session:
        accounts = session.execute(select(*columns)).all()
    rows = [row for account in accounts for row in _facts(stores.workspace_id, account)]
    for start in range(0, len(rows), AT_ONCE):
        with stores.state.writing() as session:
            session.connection().execute(
                insert(table_of(AccountFact)), rows[start : start + AT_ONCE]
            )


def evaluate_everybody(stores: Stores, now: datetime) -> None:
    """Measure and decide every account, once."""
    file = read_definitions(EVERYBODY, "everybody.yaml")
    with stores.state.reading() as session:
        moments = read_trials(session, stores.workspace_id)
        traits = read_traits(session, stores.workspace_id, traits_asked(file))
        in_force = versions.current(session, stores.workspace_id)
        benchmarks = load_current(session, stores.workspace_id, in_force.version_id, in_force.file)
    moments = moments.assign(as_of=naive(now)).rename_axis("moment_id").reset_index()
    moments["as_of"] = moments["as_of"].astype("datetime64[us]")
    values = measure(stores.events, stores.workspace_id, list(file.metrics.values()), moments)
    known = [traits.get(account_id, {}) for account_id in moments["account_id"]]
    subjects = Subjects(
        statuses=moments["status"].tolist(),
        traits={name: [each.get(name) for each in known] for name in traits_asked(file)},
        trial_days=trial_days(moments, UTC_CALENDAR),
        metrics={name: values[name].to_numpy() for name in file.metrics},
    )
    decide(file, file.definitions["conversion"], subjects, benchmarks)


def replay_weeks(stores: Stores, in_force: str, now: datetime) -> None:
    """What `pql definitions plan` does with a file whose bars are lower than those in force."""
    planned = in_force.replace("customer p50", "customer p25")
    plan_definitions(
        stores.state,
        stores.events,
        stores.workspace_id,
        Question(read_definitions(planned, "planned.yaml"), WEEKS),
        progress=lambda _share, _text: None,
        now=now,
    )


def _facts(workspace_id: int, account: Any) -> list[dict[str, Any]]:
    account_id, started, ends, converted = account
    told = [
        (TRIAL_STARTED, started.isoformat(), started),
        (TRIAL_ENDS, ends.isoformat(), started),
        *([] if converted is None else [(STATUS, "paying", converted)]),
    ]
    common = {"workspace_id": workspace_id, "account_id": account_id, "known_from": FROM_TRAIT}
    return [
        {
            **common,
            "field": field,
            "value": value,
            "effective_at": at,
            "detail": "simulated",
            "recorded_at": at + timedelta(seconds=1),
        }
        for field, value, at in told
    ]


def _seconds(work: Callable[[], None]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun
