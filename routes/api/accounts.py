"""`/api/v1/accounts`: the list, the list as a file, and one account with its reasons."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Response, request

from pql.access import READ
from pql.accounts.exporting import account_lines
from pql.accounts.querying import AccountFilter, AccountSummary, list_accounts
from pql.fitted.describing import AccountInFull, describe_in_full
from pql.paging import Page
from routes.api.account_schemas import (
    AccountDescriptionSchema,
    AccountFilterQuery,
    AccountListQuery,
    AccountPage,
    AccountQuery,
    HistoryQuery,
)
from routes.api.blueprint import Blueprint
from routes.authentication import current_workspace_id, requires
from routes.downloads import answer_download
from routes.service import current_state, current_time
from segments.retelling import retell, retell_in_a_sentence

CSV = "text/csv"

blueprint = Blueprint(
    "accounts", __name__, url_prefix="/api/v1", description="Accounts and their sales motion"
)


@blueprint.route("/accounts")
@requires(READ)
@blueprint.arguments(AccountListQuery, location="query")
@blueprint.response(200, AccountPage)
@blueprint.alt_response(200, schema={"type": "string"}, content_type=CSV, success=True)
def show_accounts(query: dict[str, Any]) -> Page[AccountSummary] | Response:
    """List accounts

    Filtered, sorted and in pages: send `next_cursor` as `cursor` for the next one.
    """
    if _wants_csv(query.pop("format")):
        return answer_csv(query["asked"], query["sort"])
    with current_state().reading() as session:
        return list_accounts(
            session,
            current_workspace_id(),
            now=current_time(),
            explain=retell_in_a_sentence,
            **query,
        )


@blueprint.route("/accounts.csv")
@requires(READ)
@blueprint.arguments(AccountFilterQuery, location="query")
@blueprint.response(200, {"type": "string"}, content_type=CSV)
def download_accounts(query: dict[str, Any]) -> Response:
    """Download accounts

    Every account asked for, as comma-separated values. An unknown score is an empty cell, and
    `usage_score_state` says so.
    """
    return answer_csv(query["asked"], query["sort"])


@blueprint.route("/account")
@requires(READ)
@blueprint.arguments(AccountQuery, location="query")
@blueprint.response(200, AccountDescriptionSchema)
@blueprint.alt_response(404, "NOT_FOUND")
def show_account_of_any_id(query: dict[str, Any]) -> AccountInFull:
    """Explain an account, whatever its id

    For ids that a path does not carry unchanged: `.` and `..`, and those with slashes behind a
    proxy that merges them.
    """
    return _described(query.pop("id"), query)


@blueprint.route("/accounts/<any_text:account_id>")
@requires(READ)
@blueprint.arguments(HistoryQuery, location="query")
@blueprint.response(200, AccountDescriptionSchema)
@blueprint.alt_response(404, "NOT_FOUND")
def show_account(query: dict[str, Any], account_id: str) -> AccountInFull:
    """Explain an account

    The explanation of every result, the people, the life cycle and the history.
    """
    return _described(account_id, query)


def _described(account_id: str, history: dict[str, Any]) -> AccountInFull:
    with current_state().reading() as session:
        return describe_in_full(
            session,
            current_workspace_id(),
            account_id,
            now=current_time(),
            explain=retell,
            **history,
        )


def answer_csv(asked: AccountFilter, sort: str) -> Response:
    """The accounts asked for as a file."""
    workspace_id, now = current_workspace_id(), current_time()
    lines = partial(
        account_lines, current_state(), workspace_id, asked, sort, now, retell_in_a_sentence
    )
    return answer_download(lines, CSV, "accounts.csv")


def _wants_csv(format_asked: str | None) -> bool:
    if format_asked:
        return format_asked == "csv"
    return request.accept_mimetypes.best_match(["application/json", CSV]) == CSV
