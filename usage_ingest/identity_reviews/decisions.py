"""What people decide about who is who: two are one, they are not, or a merge was wrong.

A decision changes the state at once, and stages what it does to stored events like a load stages
its batch: the loader brings it into the event store, exactly once, and has everybody concerned
scored again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, func, select, update
from sqlalchemy.orm import Session, aliased

from pql.accounts.facts import FactReader
from pql.definitions import versions
from pql.leads.merging import part_leads
from pql.paging import LARGEST_NUMBER
from pql.state.models import Contact, ContactMerge, IdentityReview
from pql.workspace_settings import settings_of
from usage_ingest.identity.links import REVIEW
from usage_ingest.identity.memberships import accounts_of
from usage_ingest.identity.merges import APART, MERGED, OPEN, Pair, keep_pair_apart, record_merges
from usage_ingest.identity.people import people_of
from usage_ingest.identity.people_writing import write_people
from usage_ingest.identity_reviews.restoring import Restored, restore
from usage_ingest.loading import batches
from usage_ingest.loading.reconsidering import to_reconsider
from usage_ingest.loading.staging import lock_workspaces, stage_decision
from usage_ingest.person_accounts import settle_people


class ReviewUnknown(LookupError):
    """The workspace has no such review."""

    def __init__(self, review_id: int) -> None:
        super().__init__(f"there is no review {review_id}; list them for their ids")


class MergeUnknown(LookupError):
    """The workspace has no such merge."""

    def __init__(self, merge_id: int) -> None:
        super().__init__(f"there is no merge {merge_id}; list them for their ids")


class IdentityRefused(ValueError):
    """The decision does not fit what was decided before; the message says how."""


@dataclass(frozen=True, slots=True)
class Decider:
    """Decides for one workspace, in a transaction that the caller opened. `by` is who decides."""

    session: Session
    workspace_id: int
    by: str
    now: datetime

    def merge(self, review_id: int) -> int:
        """Two contacts are one person. The id of the merge.

        Raises:
            ReviewUnknown: there is no such review.
            IdentityRefused: the two are one already.
        """
        review = self._review(review_id)
        now_is = self._roots([review.lower_id, review.higher_id])
        lower_id, higher_id = now_is[review.lower_id], now_is[review.higher_id]
        if lower_id == higher_id:
            raise IdentityRefused("the two are one contact already")
        target_id = now_is[review.target_id]
        origin_id = lower_id if target_id == higher_id else higher_id
        merge_id = self._merge(origin_id, target_id)
        self._close(review)
        return merge_id

    def keep_apart(self, review_id: int) -> None:
        """Two contacts are two persons, whatever events say from now on.

        Raises:
            ReviewUnknown: there is no such review.
            IdentityRefused: they were merged.
        """
        review = self._review(review_id)
        if len(set(self._roots([review.lower_id, review.higher_id]).values())) == 1:
            raise IdentityRefused("the two are one contact now; undo the merge, that keeps them so")
        review.state, review.decided_by, review.decided_at = APART, self.by, self.now

    def undo(self, merge_id: int) -> None:
        """A merge was wrong: both contacts get back what was theirs, and are kept apart.

        Raises:
            MergeUnknown: there is no such merge.
            IdentityRefused: it was undone before.
        """
        lock_workspaces(self.session, [self.workspace_id])
        own = ContactMerge.id == min(merge_id, LARGEST_NUMBER)
        rows = select(ContactMerge).where(own, ContactMerge.workspace_id == self.workspace_id)
        merge = self.session.scalar(rows)
        if merge is None:
            raise MergeUnknown(merge_id)
        if merge.undone_at is not None:
            raise IdentityRefused(f"this merge was undone at {merge.undone_at:%Y-%m-%d %H:%M} UTC")
        merge.undone_at, merge.undone_by = self.now, self.by
        self._keep_apart_for_good(merge)
        restored = restore(self.session, self.workspace_id, merge)
        self._keep_reviewed_apart()
        part_leads(self.session, self.workspace_id, restored.contact_ids[1], self.now)
        self._stage_restored(restored)
        settle_people(self.session, self.workspace_id, restored.contact_ids, self.now)

    def _review(self, review_id: int) -> IdentityReview:
        lock_workspaces(self.session, [self.workspace_id])
        own = IdentityReview.id == min(review_id, LARGEST_NUMBER)
        rows = select(IdentityReview).where(own, IdentityReview.workspace_id == self.workspace_id)
        review = self.session.scalar(rows)
        if review is None:
            raise ReviewUnknown(review_id)
        return review

    def _roots(self, contact_ids: Iterable[int]) -> dict[int, int]:
        """The contacts that these are now."""
        rows = select(Contact.id, Contact.merged_into_id).where(
            Contact.workspace_id == self.workspace_id, Contact.id.in_(contact_ids)
        )
        return {row.id: row.merged_into_id or row.id for row in self.session.execute(rows)}

    def _merge(self, origin_id: int, target_id: int) -> int:
        people = people_of(
            self.session,
            self.workspace_id,
            [origin_id, target_id],
            FactReader(versions.current(self.session, self.workspace_id).file.lifecycle),
            settings_of(self.session, self.workspace_id).person_accounts,
        )
        contacts = {contact.id: contact for contact in people.contacts}
        people.merge(contacts[origin_id], contacts[target_id], REVIEW, None)
        people.settle(contacts[target_id])
        people.finish()
        write_people(self.session, self.workspace_id, people, self.now)
        record_merges(self.session, self.workspace_id, people.merges, self.now, self.by)
        content = batches.Content(
            batches.no_events(),
            batches.attributions_table(self.workspace_id, people.attributions),
            moves=batches.moves_table(self.workspace_id, people.moves()),
        )
        self._stage(content, [origin_id, target_id])
        latest = select(ContactMerge.id).where(ContactMerge.origin_id == origin_id)
        return self.session.scalars(latest.order_by(ContactMerge.id.desc()).limit(1)).one()

    def _stage_restored(self, restored: Restored) -> None:
        nothing = batches.no_events()
        content = batches.Content(
            nothing,
            batches.attributions_table(self.workspace_id, []),
            restored.events,
            restored.moves,
        )
        self._stage(content, restored.contact_ids, restored.account_ids)

    def _stage(
        self,
        content: batches.Content,
        contact_ids: Iterable[int],
        account_ids: Iterable[int] = (),
    ) -> None:
        concerned = set(contact_ids)
        accounts = {*account_ids, *accounts_of(self.session, concerned)}
        document = to_reconsider(self.workspace_id, accounts, concerned)
        stage_decision(self.session, content, document, self.now)

    def _close(self, review: IdentityReview) -> None:
        """The review, and every other that is answered by it."""
        answered = self.session.scalars(_reviews(self.workspace_id, OPEN, are_one=True))
        self._decide({review.id, *answered}, MERGED)

    def _keep_apart_for_good(self, merge: ContactMerge) -> None:
        keep_pair_apart(
            self.session,
            self.workspace_id,
            Pair.of(merge.origin_id, merge.target_id),
            target_id=merge.target_id,
            by=self.by,
            now=self.now,
        )

    def _keep_reviewed_apart(self) -> None:
        """What was approved, and holds no more, is not asked again."""
        no_more = self.session.scalars(_reviews(self.workspace_id, MERGED, are_one=False))
        self._decide(no_more.all(), APART)

    def _decide(self, review_ids: Iterable[int], state: str) -> None:
        self.session.execute(
            update(IdentityReview)
            .where(IdentityReview.id.in_(review_ids))
            .values(state=state, decided_by=self.by, decided_at=self.now)
        )


def _reviews(workspace_id: int, state: str, *, are_one: bool) -> Select[int]:
    """The reviews in a state whose two contacts are one by now, or are not."""
    lower, higher = aliased(Contact), aliased(Contact)
    one = func.coalesce(lower.merged_into_id, lower.id)
    other = func.coalesce(higher.merged_into_id, higher.id)
    return (
        select(IdentityReview.id)
        .join(lower, lower.id == IdentityReview.lower_id)
        .join(higher, higher.id == IdentityReview.higher_id)
        .where(IdentityReview.workspace_id == workspace_id, IdentityReview.state == state)
        .where(one == other if are_one else one != other)
    )
