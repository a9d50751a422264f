"""All that is known about one account, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from pql.accounts.leading import definition_names, rank
from pql.accounts.querying import AccountFilter, AccountSummary, people_of, summarise
from pql.accounts.reasons import Document, Explain, kept_of
from pql.paging import Order, Page, is_storable
from pql.state.models import (
    Account,
    AccountFact,
    Contact,
    ContactAccount,
    Evaluation,
    Lead,
    Standing,
)

CONTACTS_SHOWN = 200
Told = TypeVar("Told", "AccountResult", "AccountChange")


class AccountUnknown(LookupError):
    """The workspace has no account of this key."""

    def __init__(self, key: str) -> None:
        super().__init__(f"there is no account {key!r}")


@dataclass(frozen=True, slots=True)
class AccountContact:
    """A contact of the account, as marketing and sales see it: `None` where it is no lead yet."""

    contact_id: int
    user_id: str | None
    email: str | None
    name: str | None
    last_seen_at: datetime
    lead_score: int | None
    lead_grade: int | None
    lead_stage: str | None


@dataclass(frozen=True, slots=True)
class AccountResult:
    """What a definition says of the account now. The motion is the same `since` then."""

    definition: str
    pql: str
    usage_score: int | None
    motion: str
    since: datetime
    evaluated_at: datetime
    explanation: Document


@dataclass(frozen=True, slots=True)
class AccountChange:
    """A change of score, PQL state or motion: see `pql.state.models.Evaluation`."""

    id: int
    definition: str
    definition_version_id: int
    benchmark_version_id: int | None
    evaluated_at: datetime
    pql: str | None
    usage_score: int | None
    motion: str | None
    previous_motion: str | None
    explanation: Document


@dataclass(frozen=True, slots=True)
class AccountDescription:
    """An account, its results by definition (the leading one first), and how all of it came about.

    `contacts` are the best leads first, `CONTACTS_SHOWN` at most; `summary.people` counts them all.
    `facts` are in the order they took effect, `history` is newest first.
    """

    summary: AccountSummary
    traits: dict[str, Any]
    churned_at: datetime | None
    first_seen_at: datetime
    lifecycle: dict[str, Any]
    explanation: Document | None
    standings: Sequence[AccountResult]
    contacts: Sequence[AccountContact]
    facts: Sequence[AccountFact]
    history: Page[AccountChange]


def describe_account(
    session: Session,
    workspace_id: int,
    key: str,
    *,
    now: datetime,
    explain: Explain,
    history_limit: int = 50,
    history_cursor: str | None = None,
) -> AccountDescription:
    """The account with this key, in a fixed number of queries.

    Raises:
        AccountUnknown: the workspace has none.
        pql.paging.CursorInvalid: `history_cursor` is not one that this history gave out.
    """
    account = find_account(session, workspace_id, key)
    people = session.execute(select(people_of()).where(Account.id == account.id)).scalar_one()
    names = definition_names(session, workspace_id)
    rows = _standings(session, account, names)
    changes = _history(session, account, history_limit, history_cursor)
    kept = [kept_of(row) for row in (*rows, *changes.data)]
    told = explain(session, workspace_id, kept)
    why_now, why_then = told[: len(rows)], told[len(rows) :]
    standings = [_with(AccountResult, *each) for each in zip(rows, why_now, strict=True)]
    history = [_with(AccountChange, *each) for each in zip(changes.data, why_then, strict=True)]
    (summary,) = summarise(
        session, workspace_id, [(account, people)], names, AccountFilter(), now=now, explain=explain
    )
    return AccountDescription(
        summary=summary,
        traits=account.traits,
        churned_at=account.churned_at,
        first_seen_at=account.first_seen_at,
        lifecycle=account.lifecycle,
        explanation=standings[0].explanation if standings else None,
        standings=standings,
        contacts=_contacts(session, account),
        facts=_facts(session, account),
        history=Page(history, changes.next_cursor),
    )


def find_account(session: Session, workspace_id: int, key: str) -> Account:
    """The account that the product calls by this key, which may be any text.

    Raises:
        AccountUnknown: the workspace has none.
    """
    named = select(Account).where(Account.workspace_id == workspace_id, Account.key == key)
    account = session.scalar(named) if is_storable(key) else None
    if account is None:
        raise AccountUnknown(key)
    return account


def _with(kind: type[Told], row: Standing | Evaluation, why: Document) -> Told:
    """A row as it is described."""
    own = (field.name for field in fields(kind) if field.name != "explanation")
    return kind(**{name: getattr(row, name) for name in own}, explanation=why)


def _standings(session: Session, account: Account, names: Sequence[str]) -> list[Standing]:
    found = session.scalars(
        select(Standing).where(Standing.account_id == account.id, Standing.definition.in_(names))
    )
    in_file_order = sorted(found, key=lambda standing: names.index(standing.definition))
    return sorted(in_file_order, key=lambda each: rank(each.motion, each.usage_score), reverse=True)


def _contacts(session: Session, account: Account) -> list[AccountContact]:
    rows = session.execute(
        select(
            Contact.id,
            Contact.user_id,
            Contact.email,
            Contact.name,
            Contact.last_seen_at,
            Lead.score,
            Lead.grade,
            Lead.stage,
        )
        .join(ContactAccount, ContactAccount.contact_id == Contact.id)
        .outerjoin(Lead, Lead.contact_id == Contact.id)
        .where(ContactAccount.account_id == account.id, Contact.merged_into_id.is_(None))
        .order_by(Lead.score.is_(None), Lead.score.desc(), Contact.last_seen_at.desc(), Contact.id)
        .limit(CONTACTS_SHOWN)
    )
    return [AccountContact(*row) for row in rows]


def _facts(session: Session, account: Account) -> Sequence[AccountFact]:
    return session.scalars(
        select(AccountFact)
        .where(AccountFact.account_id == account.id)
        .order_by(AccountFact.effective_at, AccountFact.id)
    ).all()


def _history(
    session: Session, account: Account, limit: int, cursor: str | None
) -> Page[Evaluation]:
    newest_first = Order("history", Evaluation.id, int, Evaluation.id, descending=True)
    of_account = select(Evaluation).where(Evaluation.account_id == account.id)
    query = newest_first.sorted(of_account.where(newest_first.after(cursor)))
    rows = session.scalars(query.limit(limit + 1)).all()
    shown = rows[:limit]
    more = len(rows) > limit
    return Page(shown, newest_first.cursor(shown[-1].id, shown[-1].id) if more else None)
