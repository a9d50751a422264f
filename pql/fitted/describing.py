"""An account with everything there is to show: fitted scores and moved benchmarks included."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from sqlalchemy.orm import Session

from pql.accounts.describing import AccountDescription, describe_account
from pql.accounts.reasons import Document, Explain
from pql.benchmarks.drifting import MetricDrift
from pql.benchmarks.querying import list_moved
from pql.fitted.querying import AccountFitted, describe_fitted


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountInFull(AccountDescription):
    """An account's description, and what is to be known beside it.

    `fitted` is what fitted scores say of it. `moved` are the metrics of the leading result that
    trials do otherwise of late: the benchmark it is compared with is to be read with care.
    """

    fitted: Sequence[AccountFitted]
    moved: Sequence[MetricDrift]


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
    return AccountInFull(
        **known,
        fitted=describe_fitted(session, workspace_id, key),
        moved=_moved(session, workspace_id, described.explanation),
    )


def _moved(
    session: Session, workspace_id: int, explanation: Document | None
) -> Sequence[MetricDrift]:
    """Of the metrics that the explanation speaks of, by the benchmark that it names."""
    version = (explanation or {}).get("benchmark_version")
    if explanation is None or version is None:
        return ()
    scored = {part["metric"] for part in explanation["score"]["parts"]}
    tested = {test["name"] for test in explanation["criteria"] if test["subject"] == "metric"}
    return list_moved(session, workspace_id, version, scored | tested)
