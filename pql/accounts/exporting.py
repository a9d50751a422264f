"""The list of accounts as a file: all of it, some thousand rows after the others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from datetime import datetime
from operator import attrgetter

from pql.accounts.querying import AccountFilter, AccountSummary, list_ids, list_some
from pql.accounts.reasons import Explain
from pql.state.bulk import chunks
from pql.state.store import State
from pql.tables import csv_text

SCORE_STATE = "usage_score_state"
"""`known` or `unknown`, so that nobody takes an empty score for 0."""
NAMES = tuple(field.name for field in fields(AccountSummary))
COLUMNS = (*NAMES, SCORE_STATE)
AT_ONCE = 2_000
"""Rows that are in memory together."""

_values = attrgetter(*NAMES)


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
        explain: only the `sentence` is asked for.

    Raises:
        pql.accounts.querying.DefinitionUnknown: `asked.definition` is not in force.
    """
    with state.reading() as session:
        ids = list_ids(session, workspace_id, asked, sort)

    def lines() -> Iterator[str]:
        yield csv_text([COLUMNS])
        for some in chunks(ids, AT_ONCE):
            with state.reading() as session:
                found = list_some(session, workspace_id, some, asked, now=now, explain=explain)
            yield csv_text(map(_cells, found))

    return lines()


def _cells(account: AccountSummary) -> tuple[object, ...]:
    return (*_values(account), "unknown" if account.usage_score is None else "known")
