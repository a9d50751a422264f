"""The list of accounts, as the API, the command line and the pages ask for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, and_, case, func, or_, select
from sqlalchemy.orm import Session

from pql.accounts.leading import MOTION_RANKS, definition_names, standings_of
from pql.accounts.reasons import Document, Explain, is_provisional, kept_of
from pql.calendars import Calendar
from pql.paging import Order, Page
from pql.state.models import Account, Contact, ContactAccount, Standing
from pql.workspace_settings import settings_of

STATUSES = ("trial", "free", "paying", "churned", "internal", "unknown")
SORTS = (
    "motion", "-motion", "score", "-score", "name", "-name", "last_seen", "-last_seen",
    "evaluated", "-evaluated", "key", "-key",
)  # fmt: skip
SCORES = 1_000
"""More than there are scores."""
DEFAULT_SORT = "-motion"
SHOWN = (
    Account.id,
    Account.key,
    Account.name,
    Account.status,
    Account.plan,
    Account.trial_started_at,
    Account.trial_ends_at,
    Account.converted_at,
    Account.last_seen_at,
)


class DefinitionUnknown(LookupError):
    """The workspace has no definition of this name. The message lists those it has."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        super().__init__(f"there is no definition {name!r}; known: {', '.join(known) or 'none'}")


@dataclass(frozen=True, slots=True)
class AccountFilter:
    """Which accounts are asked for; what is `None` is not asked about.

    With `definition`, the result of that definition is filtered, sorted and shown, and accounts
    without one are left out. Without, it is the leading definition's. Scores are 0 to 100, both
    ends included; an account whose score is unknown is in no range. `search` is part of the name or
    the key.
    """

    motion: str | None = None
    status: str | None = None
    definition: str | None = None
    pql: str | None = None
    min_score: int | None = None
    max_score: int | None = None
    search: str | None = None


@dataclass(frozen=True, slots=True)
class AccountSummary:
    """One account as a list shows it. `id` is the key the product gave it; `None` is unknown.

    `trial_day` counts from 1 and is known for trials only. `people` are the contacts seen in it.
    `definition` and `reason` (one sentence) belong to the result that `motion`, `pql` and
    `usage_score` come from; `provisional` says that its motion is by rules that hold only until
    there are enough customers to compare with.
    """

    id: str
    name: str | None
    status: str
    plan: str | None
    trial_started_at: datetime | None
    trial_ends_at: datetime | None
    trial_day: int | None
    converted_at: datetime | None
    people: int
    motion: str | None
    pql: str | None
    usage_score: int | None
    definition: str | None
    reason: str | None
    last_seen_at: datetime
    evaluated_at: datetime | None
    provisional: bool | None = None


def list_accounts(
    session: Session,
    workspace_id: int,
    asked: AccountFilter,
    *,
    sort: str = DEFAULT_SORT,
    limit: int = 50,
    cursor: str | None = None,
    now: datetime,
    explain: Explain,
) -> Page[AccountSummary]:
    """A page of the workspace's accounts, `limit` at most, with their reasons.

    Raises:
        DefinitionUnknown: `asked.definition` is not in force.
        pql.paging.CursorInvalid: `cursor` is not one that this list gave out for this sort.
    """
    names = definition_names(session, workspace_id)
    _check_definition(asked, names)
    order = _order(sort, asked)
    query = order.sorted(_query(workspace_id, asked, order).where(order.after(cursor)))
    rows = session.execute(query.limit(limit + 1)).all()
    shown = rows[:limit]
    found = [(row, row.people) for row in shown]
    summaries = summarise(session, workspace_id, found, names, asked, now=now, explain=explain)
    if len(rows) <= limit:
        return Page(summaries, None)
    return Page(summaries, order.cursor(shown[-1].sort_value, shown[-1].id))


def list_ids(
    session: Session, workspace_id: int, asked: AccountFilter, sort: str = DEFAULT_SORT
) -> list[int]:
    """The row numbers of all accounts asked for, in their order.

    Raises:
        DefinitionUnknown: `asked.definition` is not in force.
    """
    _check_definition(asked, definition_names(session, workspace_id))
    ids = _matching(select(Account.id), workspace_id, asked)
    return list(session.scalars(_order(sort, asked).sorted(ids)))


def count_motions(
    session: Session, workspace_id: int, asked: AccountFilter
) -> dict[str | None, int]:
    """How many accounts each motion has among those asked for, whatever motion is asked for.

    Raises:
        DefinitionUnknown: `asked.definition` is not in force.
    """
    _check_definition(asked, definition_names(session, workspace_id))
    motion = _results(asked).motion
    query = _matching(select(motion, func.count()), workspace_id, replace(asked, motion=None))
    return {row[0]: row[1] for row in session.execute(query.group_by(motion))}


def summarise(
    session: Session,
    workspace_id: int,
    accounts: Sequence[tuple[Any, int]],
    names: Sequence[str],
    asked: AccountFilter,
    *,
    now: datetime,
    explain: Explain,
) -> list[AccountSummary]:
    """Accounts with their number of people, as a list shows them, in the order given.

    An account is a whole one, or a row that has the `SHOWN` columns.
    """
    ids = [account.id for account, _ in accounts]
    leading = standings_of(session, ids, [asked.definition] if asked.definition else names)
    told = explain(session, workspace_id, [kept_of(row) for row in leading.values()])
    reasons = dict(zip(leading, told, strict=True))
    calendar = settings_of(session, workspace_id).calendar
    return [
        _summary(
            account,
            people,
            leading.get(account.id),
            reasons.get(account.id, {}),
            asked,
            trial_day(account, now, calendar),
        )
        for account, people in accounts
    ]


def people_of() -> ColumnElement[int]:
    """How many contacts were seen in the account of the enclosing query, each person once."""
    return (
        select(func.count())
        .select_from(ContactAccount)
        .join(Contact, Contact.id == ContactAccount.contact_id)
        .where(ContactAccount.account_id == Account.id, Contact.merged_into_id.is_(None))
        .correlate(Account)
        .scalar_subquery()
    )


def trial_day(account: Any, now: datetime, calendar: Calendar) -> int | None:
    """Which day of its trial the account is on, the first is 1; `None` where it is not in one."""
    if account.status != "trial" or account.trial_started_at is None:
        return None
    return calendar.trial_day(account.trial_started_at, now)


def _check_definition(asked: AccountFilter, names: Sequence[str]) -> None:
    if asked.definition is not None and asked.definition not in names:
        raise DefinitionUnknown(asked.definition, names)


def _results(asked: AccountFilter) -> type[Account] | type[Standing]:
    """Where motion, PQL state and score are read: the account has a copy of the leading result."""
    return Account if asked.definition is None else Standing


def _order(sort: str, asked: AccountFilter) -> Order:
    columns: Mapping[str, tuple[SQLColumnExpression[Any], Any]] = {
        "motion": (_standing_of(_results(asked)), int),
        "score": (_results(asked).usage_score, int),
        "name": (func.lower(func.coalesce(Account.name, Account.key)), str),
        "last_seen": (Account.last_seen_at, datetime),
        "evaluated": (_results(asked).evaluated_at, datetime),
        "key": (Account.key, str),
    }
    column, kind = columns[sort.removeprefix("-")]
    return Order(sort, column, kind, Account.id, descending=sort.startswith("-"))


def _standing_of(results: type[Account] | type[Standing]) -> ColumnElement[int]:
    """Motion first, then score: as `pql.accounts.leading.rank`, in one number."""
    ranks = {motion.value: place for motion, place in MOTION_RANKS.items()}
    rank = case(ranks, value=results.motion)
    return rank * SCORES + func.coalesce(results.usage_score, -1)


def _query(workspace_id: int, asked: AccountFilter, order: Order) -> Select[*tuple[Any, ...]]:
    columns = _columns(asked).add_columns(order.column.label("sort_value"))
    return _matching(columns, workspace_id, asked)


def _columns(asked: AccountFilter) -> Select[*tuple[Any, ...]]:
    """What a summary needs. Whole accounts take several times as long to read."""
    results = _results(asked)
    copies = (results.motion, results.pql, results.usage_score, results.evaluated_at)
    return select(*SHOWN, *copies, people_of().label("people"))


def _matching(
    query: Select[*tuple[Any, ...]], workspace_id: int, asked: AccountFilter
) -> Select[*tuple[Any, ...]]:
    query = query.select_from(Account).where(Account.workspace_id == workspace_id)
    if asked.definition is not None:
        of_definition = Standing.definition == asked.definition
        query = query.join(Standing, and_(Standing.account_id == Account.id, of_definition))
    return query.where(*_conditions(asked))


def _conditions(asked: AccountFilter) -> Iterator[ColumnElement[bool]]:
    results = _results(asked)
    if asked.motion is not None:
        yield results.motion == asked.motion
    if asked.status is not None:
        yield Account.status == asked.status
    if asked.pql is not None:
        yield results.pql == asked.pql
    if asked.min_score is not None:
        yield results.usage_score >= asked.min_score
    if asked.max_score is not None:
        yield results.usage_score <= asked.max_score
    if asked.search is not None:
        yield _found(asked.search)


def _found(search: str) -> ColumnElement[bool]:
    return or_(
        Account.name.icontains(search, autoescape=True),
        Account.key.icontains(search, autoescape=True),
    )


def _summary(  # noqa: PLR0917 - the account, its result, and what was asked
    account: Any,
    people: int,
    standing: Any,
    reason: Document,
    asked: AccountFilter,
    day: int | None,
) -> AccountSummary:
    results = account if asked.definition is None else standing
    return AccountSummary(
        id=account.key,
        name=account.name,
        status=account.status,
        plan=account.plan,
        trial_started_at=account.trial_started_at,
        trial_ends_at=account.trial_ends_at,
        trial_day=day,
        converted_at=account.converted_at,
        people=people,
        motion=results.motion,
        pql=results.pql,
        usage_score=results.usage_score,
        definition=standing.definition if standing else None,
        reason=reason.get("sentence"),
        last_seen_at=account.last_seen_at,
        evaluated_at=results.evaluated_at,
        provisional=is_provisional(reason),
    )
