"""The list of accounts and the page of one account."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from pql.accounts.leading import definition_names
from pql.accounts.querying import STATUSES, count_motions, list_accounts
from pql.fitted.describing import describe_in_full
from pql.state.models import Workspace
from routes.api.account_schemas import (
    AccountFilterQuery,
    AccountListQuery,
    AccountQuery,
    HistoryQuery,
)
from routes.api.accounts import answer_csv
from routes.authentication import current_workspace_id
from routes.pages.columns import account_columns
from routes.pages.parameters import kept_parameters, read_parameters
from routes.pages.session import signed_in
from routes.pages.strips import place
from routes.service import current_state, current_time
from segments.retelling import retell, retell_in_a_sentence

blueprint = Blueprint("accounts_page", __name__)


@blueprint.get("/")
def show_start() -> ResponseReturnValue:
    """Begin with the list."""
    return redirect(url_for(".show_list"))


@blueprint.get("/accounts")
@signed_in
def show_list() -> ResponseReturnValue:
    """Show a page of the list, with how many accounts each motion has."""
    query = read_parameters(AccountListQuery(exclude=["format"]))
    workspace_id, now = current_workspace_id(), current_time()
    with current_state().reading() as session:
        words = _list_words(session, workspace_id, query)
        words["page"] = list_accounts(
            session, workspace_id, now=now, explain=retell_in_a_sentence, **query
        )
    return render_template("accounts.html", **words)


@blueprint.get("/accounts.csv")
@signed_in
def download_list() -> ResponseReturnValue:
    """Give the accounts of the list as a file."""
    query = read_parameters(AccountFilterQuery())
    return answer_csv(query["asked"], query["sort"])


@blueprint.get("/account")
@signed_in
def show_account() -> ResponseReturnValue:
    """Explain one account, whatever its id: links lead here."""
    query = read_parameters(AccountQuery())
    return _explained(query.pop("id"), query)


@blueprint.get("/accounts/<any_text:account_id>")
@signed_in
def show_account_at_path(account_id: str) -> ResponseReturnValue:
    """The same at an address that is easier to type."""
    return _explained(account_id, read_parameters(HistoryQuery()))


def _explained(account_id: str, history: dict[str, Any]) -> ResponseReturnValue:
    with current_state().reading() as session:
        account = describe_in_full(
            session,
            current_workspace_id(),
            account_id,
            now=current_time(),
            explain=retell,
            **history,
        )
    return render_template("account.html", account=account, place=place)


def _list_words(session: Session, workspace_id: int, query: dict[str, Any]) -> dict[str, Any]:
    kept = kept_parameters(AccountListQuery())
    return {
        "asked": query["asked"],
        "counts": count_motions(session, workspace_id, query["asked"]),
        "definitions": definition_names(session, workspace_id),
        "workspace": session.get_one(Workspace, workspace_id).name,
        "kept": kept,
        "is_filtered": bool(kept.keys() - {"sort", "limit"}),
        "is_later_page": query["cursor"] is not None,
        "columns": account_columns(query["sort"]),
        "motions": ["high_touch", "low_touch", "no_touch", "unknown"],
        "statuses": STATUSES,
    }
