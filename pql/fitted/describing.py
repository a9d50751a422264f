"""An account with everything there is to show, its fitted scores included."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy.orm import Session

from pql.accounts.describing import AccountDescription, describe_account
from pql.accounts.reasons import Explain
from pql.fitted.querying import AccountFitted, describe_fitted


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountInFull(AccountDescription):
    """An account's description, and what fitted scores say of it beside the rules."""

    fitted: Sequence[AccountFitted]


def describe_in_full(
    session: Session,
    workspace_id: int,
    key: str,
    *,
    now: datetime,
    explain: Explain,
    history_limit: int = 50,
    history_cursor: str | None = None,
) -> AccountInFull:
    """The account with this key; see `describe_account`.

    Raises:
        AccountUnknown: the workspace has none.
        pql.paging.CursorInvalid: `history_cursor` is not one that this history gave out.
    """
    described = describe_account(
        session,
        workspace_id,
        key,
        now=now,
        explain=explain,
        history_limit=history_limit,
        history_cursor=history_cursor,
    )
    known = {field.name: getattr(described, field.name) for field in fields(described)}
    return AccountInFull(**known, fitted=describe_fitted(session, workspace_id, key))
