"""The list of accounts as a file: all of it, some thousand rows after the others.

Rows are read as the driver gives them: with an object for each, and one for each of its times, a
hundred thousand accounts take several times as long.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from pql.accounts.leading import definition_names, rank
from pql.accounts.lifecycle import TRIAL
from pql.accounts.querying import AccountFilter, AccountSummary, list_ids, people_of
from pql.accounts.reasons import COLUMNS as KEPT
from pql.accounts.reasons import Document, Explain, Kept, is_provisional
from pql.calendars import Calendar
from pql.state.bulk import as_stored, chunks, is_one_of, rows_as_stored
from pql.state.models import Account, Standing
from pql.state.store import State, read_json
from pql.tables import csv_text
from pql.workspace_settings import settings_of

SCORE_STATE = "usage_score_state"
"""`known` or `unknown`, so that nobody takes an empty score for 0."""
COLUMNS = (*(field.name for field in fields(AccountSummary)), SCORE_STATE)
AT_ONCE = 5_000
"""Rows that are in memory together."""

Row = tuple[Any, ...]

ACCOUNTS = select(
    Account.id,
    Account.key,
    Account.name,
    Account.status,
    Account.plan,
    as_stored(Account.trial_started_at),
    as_stored(Account.trial_ends_at),
    as_stored(Account.converted_at),
    people_of(),
    as_stored(Account.last_seen_at),
    Account.pql,
    Account.usage_score,
    Account.motion,
    as_stored(Account.evaluated_at),
)
RESULTS = select(
    Standing.account_id,
    Standing.pql,
    Standing.usage_score,
    Standing.motion,
    *(as_stored(getattr(Standing, name)) for name in KEPT),
)
DEFINITION, EVALUATED = (4 + KEPT.index(name) for name in ("definition", "evaluated_at"))
NO_RESULT = (None,) * (4 + len(KEPT))


def account_lines(  # noqa: PLR0917 - what is listed, as it is listed elsewhere
    state: State,
    workspace_id: int,
    asked: AccountFilter,
    sort: str,
    now: datetime,
    explain: Explain,
) -> Iterator[str]:
    """CSV of all accounts asked for, many lines at once, read as they are taken.

    Which accounts they are, and their order, is read first; what is shown of them, when it is their
    turn. Each part has a session of its own: a slow download holds no transaction open. Errors of
    the filter are raised before the first line.

    Args:
        explain: only the `sentence`, and whether it is `provisional`, are asked for.

    Raises:
        pql.accounts.querying.DefinitionUnknown: `asked.definition` is not in force.
    """
    with state.reading() as session:
        ids = list_ids(session, workspace_id, asked, sort)

    def lines() -> Iterator[str]:
        yield csv_text([COLUMNS])
        for some in chunks(ids, AT_ONCE):
            with state.reading() as session:
                yield csv_text(_rows(session, workspace_id, some, asked, now, explain))

    return lines()


def _rows(  # noqa: PLR0917 - as `account_lines`
    session: Session,
    workspace_id: int,
    ids: Sequence[int],
    asked: AccountFilter,
    now: datetime,
    explain: Explain,
) -> Iterator[Row]:
    """The cells of these accounts, in this order, without accounts that are gone."""
    found = rows_as_stored(session, ACCOUNTS.where(is_one_of(session, Account.id, ids)))
    accounts = {row[0]: row for row in found}
    names = [asked.definition] if asked.definition else definition_names(session, workspace_id)
    results = _leading(session, ids, names)
    told = explain(session, workspace_id, [_kept(row) for row in results.values()])
    reasons = dict(zip(results, told, strict=True))
    days = _trial_days(accounts, now, settings_of(session, workspace_id).calendar)
    for each in ids:
        if each in accounts:
            result, reason = results.get(each, NO_RESULT), reasons.get(each, {})
            yield _cells(accounts[each], result, reason, days.get(each), bool(asked.definition))


def _leading(session: Session, ids: Sequence[int], names: Sequence[str]) -> Mapping[int, Row]:
    """For each account the leading one of its results: see `pql.accounts.leading`."""
    wanted = RESULTS.where(
        is_one_of(session, Standing.account_id, ids), Standing.definition.in_(names)
    )
    rows = rows_as_stored(session, wanted)
    if len(names) > 1:
        rows.sort(key=lambda row: names.index(row[DEFINITION]), reverse=True)
        rows.sort(key=lambda row: rank(row[3], row[2]))
    return {row[0]: row for row in rows}


def _kept(row: Row) -> Kept:
    definition, definition_version, benchmark_version, evaluated_at, evidence, explanation = row[4:]
    return Kept(
        definition,
        definition_version,
        benchmark_version,
        _time(evaluated_at).replace(tzinfo=UTC),
        evidence,
        _document(explanation) if evidence is None else None,
    )


def _cells(
    account: Row, result: Row, reason: Document, day: int | None, is_of_definition: bool
) -> Row:
    _, key, name, status, plan, started, ends, converted, people, last_seen, *copies = account
    if is_of_definition:
        copies = [*result[1:4], result[EVALUATED]]
    pql, score, motion, evaluated = copies
    return (
        key,
        name,
        status,
        plan,
        _text(started),
        _text(ends),
        day,
        _text(converted),
        people,
        motion,
        pql,
        score,
        result[DEFINITION],
        reason.get("sentence"),
        _text(last_seen),
        _text(evaluated),
        is_provisional(reason),
        "unknown" if score is None else "known",
    )


def _trial_days(accounts: Mapping[int, Row], now: datetime, calendar: Calendar) -> dict[int, int]:
    """As `pql.accounts.querying.trial_day`, of those that are in a trial."""
    started = {row[0]: _time(row[5]) for row in accounts.values() if row[3] == TRIAL and row[5]}
    today = np.datetime64(now.astimezone(UTC).replace(tzinfo=None), "us")
    days = calendar.trial_days(np.array([*started.values()], dtype="datetime64[us]"), today)
    return dict(zip(started, np.maximum(days, 1).tolist(), strict=True))


def _text(stored: str | datetime | None) -> str | None:
    """A time as ISO 8601: text on SQLite, which is so nearly already."""
    if not stored:
        return None
    text = stored if isinstance(stored, str) else stored.isoformat()
    return f"{text[:10]}T{text[11:].removesuffix('.000000')}+00:00"


def _time(stored: str | datetime) -> datetime:
    return datetime.fromisoformat(stored) if isinstance(stored, str) else stored


def _document(stored: Any) -> Document | None:
    document: Document | None = read_json(stored) if isinstance(stored, str) else stored
    return document
