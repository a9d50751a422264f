"""Records merges and the links that wait for a decision, in the transaction that found them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from pql.state.bulk import insert_into, table_of
from pql.state.models import ContactMerge, IdentityReview
from usage_ingest.identity.holdings import Moved, Place
from usage_ingest.identity.links import LINK, Asked, Merge
from usage_ingest.identity.records import AccountRecord

OPEN, MERGED, APART = "open", "merged", "kept_apart"
"""The states of a review."""
STATES = (OPEN, MERGED, APART)


@dataclass(frozen=True, slots=True)
class Pair:
    """Two contacts by row id, the lower one first."""

    lower_id: int
    higher_id: int

    @classmethod
    def of(cls, one: int, other: int) -> Pair:
        return cls(min(one, other), max(one, other))


def record_merges(
    session: Session,
    workspace_id: int,
    merges: Sequence[Merge],
    now: datetime,
    merged_by: str = LINK,
) -> None:
    """Keep what was merged, and what moved by it. The contacts have been written."""
    rows = [
        {
            "workspace_id": workspace_id,
            "origin_id": merge.origin.id,
            "target_id": merge.target.id,
            "merged_at": now,
            "why": merge.why,
            "message_id": merge.message_id,
            "merged_by": merged_by,
            "moved": moved_as_json(merge.moved),
        }
        for merge in merges
    ]
    if rows:
        session.execute(insert(table_of(ContactMerge)), rows)


def ask_for_review(
    session: Session,
    workspace_id: int,
    asked: Iterable[Asked],
    sources: Mapping[str, int | None],
    now: datetime,
) -> None:
    """Put links on the review list, or count them there. `sources` are keys by message id."""
    for each in asked:
        origin, target = each.origin.current(), each.target.current()
        if origin is target or origin.id is None or target.id is None:
            continue
        said_by = {
            "target_id": target.id,
            "kind": each.event.kind,
            "message_id": each.event.message_id,
            "source_id": sources.get(each.event.message_id),
            "last_asked_at": now,
        }
        _ask(session, workspace_id, Pair.of(origin.id, target.id), said_by)


def keep_pair_apart(
    session: Session, workspace_id: int, pair: Pair, *, target_id: int, by: str, now: datetime
) -> None:
    """See to it that no event makes one person of the two, whether one asked for it or not."""
    decided = {"state": APART, "decided_by": by, "decided_at": now}
    row = {
        "workspace_id": workspace_id,
        "lower_id": pair.lower_id,
        "higher_id": pair.higher_id,
        "target_id": target_id,
        "times": 0,
        "kind": "undo",
        "first_asked_at": now,
        "last_asked_at": now,
    }
    statement = insert_into(session, IdentityReview).values(**row, **decided)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["workspace_id", "lower_id", "higher_id"], set_=decided
        )
    )


def find_pair(session: Session, workspace_id: int, pair: Pair) -> IdentityReview | None:
    """The review of two contacts."""
    return session.scalar(
        select(IdentityReview).where(
            IdentityReview.workspace_id == workspace_id,
            IdentityReview.lower_id == pair.lower_id,
            IdentityReview.higher_id == pair.higher_id,
        )
    )


def moved_as_json(moved: Moved) -> dict[str, Any]:
    """What `moved_from_json` reads. The accounts have been written."""
    return {
        "traits": dict(moved.traits),
        "place": _place_as_json(moved.place),
        "place_before": _place_as_json(moved.place_before),
    }


def moved_from_json(document: Mapping[str, Any], accounts: Mapping[int, AccountRecord]) -> Moved:
    """What moved by a merge. An account that is gone is none."""
    return Moved(
        document["traits"],
        _place_from_json(document["place"], accounts),
        _place_from_json(document["place_before"], accounts),
    )


def account_ids_in(document: Mapping[str, Any]) -> set[int]:
    """The accounts that something moved by a merge names."""
    places = (document["place"], document["place_before"])
    return {place[0] for place in places if place and place[0] is not None}


def _ask(session: Session, workspace_id: int, pair: Pair, said_by: Mapping[str, Any]) -> None:
    row = {
        "workspace_id": workspace_id,
        "lower_id": pair.lower_id,
        "higher_id": pair.higher_id,
        "state": OPEN,
        "times": 1,
        "first_asked_at": said_by["last_asked_at"],
    }
    statement = insert_into(session, IdentityReview).values(**row, **said_by)
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["workspace_id", "lower_id", "higher_id"],
            set_={**said_by, "times": IdentityReview.times + 1},
            where=IdentityReview.state == OPEN,
        )
    )


def _place_as_json(place: Place | None) -> list[Any] | None:
    if place is None:
        return None
    grouped_at = place.grouped_at.isoformat() if place.grouped_at else None
    return [place.account.id if place.account else None, grouped_at]


def _place_from_json(
    document: Sequence[Any] | None, accounts: Mapping[int, AccountRecord]
) -> Place | None:
    if document is None:
        return None
    account_id, grouped_at = document
    at = datetime.fromisoformat(grouped_at) if grouped_at else None
    return Place(accounts.get(account_id), at)
