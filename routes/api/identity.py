"""`/api/v1/identity`: who may be one person, who was made one, and who is not after all."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from pql.access import ADMIN, READ
from pql.paging import Page
from routes.api.blueprint import Blueprint
from routes.api.fields import PageQuery
from routes.api.identity_schemas import (
    MergePage,
    MergeSchema,
    ReviewPage,
    ReviewSchema,
    ReviewsQuery,
)
from routes.authentication import current_key, current_workspace_id, requires
from routes.service import current_state, current_time
from usage_ingest.identity_reviews.decisions import Decider
from usage_ingest.identity_reviews.listing import (
    MergeEntry,
    Review,
    list_merges,
    list_reviews,
    show_merge,
    show_review,
)

blueprint = Blueprint(
    "identity", __name__, url_prefix="/api/v1/identity", description="Who is one person"
)


@blueprint.route("/reviews")
@requires(READ)
@blueprint.arguments(ReviewsQuery, location="query")
@blueprint.response(200, ReviewPage)
def show_reviews(query: dict[str, Any]) -> Page[Review]:
    """List links that wait for a decision

    Events said of two users that they are one person. The newest first, in pages: send
    `next_cursor` as `cursor` for the next one.
    """
    with current_state().reading() as session:
        return list_reviews(session, current_workspace_id(), **query)


@blueprint.route("/reviews/<int:review_id>")
@requires(READ)
@blueprint.response(200, ReviewSchema)
@blueprint.alt_response(404, "NOT_FOUND")
def show_one_review(review_id: int) -> Review:
    """Show a link that waits for a decision, or that was decided about"""
    with current_state().reading() as session:
        return show_review(session, current_workspace_id(), review_id)


@blueprint.route("/reviews/<int:review_id>/merge", methods=["POST"])
@requires(ADMIN)
@blueprint.response(200, MergeSchema)
@blueprint.alt_response(404, "NOT_FOUND")
@blueprint.alt_response(409, "CONFLICT")
def merge_reviewed(review_id: int) -> MergeEntry:
    """Merge: the two are one person

    What was stored for the one becomes the other's within seconds, and scores follow.
    """
    with current_state().writing() as session:
        merge_id = _decider(session).merge(review_id)
        return show_merge(session, current_workspace_id(), merge_id)


@blueprint.route("/reviews/<int:review_id>/keep-apart", methods=["POST"])
@requires(ADMIN)
@blueprint.response(200, ReviewSchema)
@blueprint.alt_response(404, "NOT_FOUND")
@blueprint.alt_response(409, "CONFLICT")
def keep_reviewed_apart(review_id: int) -> Review:
    """Keep apart: the two are not one person, whatever events say; it is not asked again"""
    with current_state().writing() as session:
        _decider(session).keep_apart(review_id)
        return show_review(session, current_workspace_id(), review_id)


@blueprint.route("/merges")
@requires(READ)
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, MergePage)
def show_merges(query: dict[str, Any]) -> Page[MergeEntry]:
    """List merges, with what moved by each

    Those that events brought about and those that were approved; the newest first, in pages.
    """
    with current_state().reading() as session:
        return list_merges(session, current_workspace_id(), **query)


@blueprint.route("/merges/<int:merge_id>")
@requires(READ)
@blueprint.response(200, MergeSchema)
@blueprint.alt_response(404, "NOT_FOUND")
def show_one_merge(merge_id: int) -> MergeEntry:
    """Show a merge"""
    with current_state().reading() as session:
        return show_merge(session, current_workspace_id(), merge_id)


@blueprint.route("/merges/<int:merge_id>/undo", methods=["POST"])
@requires(ADMIN)
@blueprint.response(200, MergeSchema)
@blueprint.alt_response(404, "NOT_FOUND")
@blueprint.alt_response(409, "CONFLICT")
def undo_merge(merge_id: int) -> MergeEntry:
    """Undo a merge: each gets back what was its own, and the two are kept apart

    What was stored goes back within seconds, and scores follow.
    """
    with current_state().writing() as session:
        _decider(session).undo(merge_id)
        return show_merge(session, current_workspace_id(), merge_id)


def _decider(session: Session) -> Decider:
    return Decider(session, current_workspace_id(), current_key().name, current_time())
