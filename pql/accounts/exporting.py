"""The list of accounts as a file: every page of it, one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import astuple, fields
from datetime import datetime
from itertools import chain

from pql.accounts.querying import AccountFilter, AccountSummary, list_accounts
from pql.accounts.reasons import Explain
from pql.paging import LARGEST_PAGE, Page
from pql.state.store import State
from pql.tables import csv_lines

SCORE_STATE = "usage_score_state"
"""`known` or `unknown`, so that nobody takes an empty score for 0."""
COLUMNS = (*(field.name for field in fields(AccountSummary)), SCORE_STATE)


def account_lines(  # noqa: PLR0917 - what is listed, as it is listed elsewhere
    state: State,
    workspace_id: int,
    asked: AccountFilter,
    sort: str,
    now: datetime,
    explain: Explain,
) -> Iterator[str]:
    """CSV lines of all accounts asked for, read as they are taken.

    Each page has a session of its own: a slow download holds no transaction open. Errors of the
    filter are raised before the first line.

    Raises:
        pql.accounts.querying.DefinitionUnknown: `asked.definition` is not in force.
    """

    def page_after(cursor: str | None) -> Page[AccountSummary]:
        with state.reading() as session:
            return list_accounts(
                session,
                workspace_id,
                asked,
                sort=sort,
                limit=LARGEST_PAGE,
                cursor=cursor,
                now=now,
                explain=explain,
            )

    first = page_after(None)

    def later_accounts() -> Iterator[AccountSummary]:
        page = first
        while page.next_cursor:
            page = page_after(page.next_cursor)
            yield from page.data

    return csv_lines(COLUMNS, map(_cells, chain(first.data, later_accounts())))


def _cells(account: AccountSummary) -> tuple[object, ...]:
    return (*astuple(account), "unknown" if account.usage_score is None else "known")
