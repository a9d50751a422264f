"""Takes a merge apart: the contact that was merged gets back what was its own, and so its events.

All contacts that became one form a tree: each was merged into another, and these hang together by
the merges that still hold. Undoing a merge cuts the tree in two, wherever it is in it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import pyarrow as pa
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from pql.events.schema import RESTORATION_SCHEMA
from pql.state.bulk import chunks
from pql.state.models import Contact, ContactAccount, ContactMerge
from usage_ingest.identity.holdings import Inheritance, give_back
from usage_ingest.identity.links import Move
from usage_ingest.identity.memberships import accounts_of, inherit_anew
from usage_ingest.identity.merges import account_ids_in, moved_as_json, moved_from_json
from usage_ingest.identity.people import read_contacts
from usage_ingest.identity.people_writing import write_contacts
from usage_ingest.identity.places import changes, course_of, has_moved, together
from usage_ingest.identity.records import AccountRecord, ContactRecord, Said
from usage_ingest.loading.batches import moves_table


@dataclass(frozen=True, slots=True)
class Restored:
    """What an undone merge does to stored events, and whom it concerns, by row id."""

    events: pa.Table
    moves: pa.Table
    contact_ids: tuple[int, int]
    account_ids: frozenset[int]


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two halves of a tree that was cut: its root, and all that it is made of."""

    root_id: int
    contact_ids: Sequence[int]

    @property
    def merged_ids(self) -> list[int]:
        return [each for each in self.contact_ids if each != self.root_id]


def restore(session: Session, workspace_id: int, merge: ContactMerge) -> Restored:
    """Undo a merge in the state. `merge` is marked as undone."""
    session.flush()
    root_id, everyone = _tree(session, workspace_id, merge.target_id)
    merges = _merges(session, everyone, merge)
    before = accounts_of(session, [root_id])
    named = before.union(*(account_ids_in(each.moved) for each in merges))
    contacts, accounts = read_contacts(session, workspace_id, everyone, named)
    course = course_of(contacts[root_id])
    _give_back(merges, merge, contacts, accounts)
    leaving = _below(merge.origin_id, merges)
    gone = Side(merge.origin_id, sorted(leaving))
    left = Side(root_id, sorted(everyone - leaving))
    for side in (gone, left):
        inherit_anew(session, side.root_id, side.merged_ids)
        _give_own_places(side, contacts)
        _settle_place(session, contacts[side.root_id], side.root_id, accounts)
    contacts[gone.root_id].merged_into = None
    for each in gone.merged_ids:
        contacts[each].merged_into = contacts[gone.root_id]
    write_contacts(session, workspace_id, contacts.values())
    rows = [
        row
        for side in (gone, left)
        for row in _restorations(session, workspace_id, side, contacts[side.root_id], before)
    ]
    roots = [contacts[side.root_id] for side in (gone, left)]
    return Restored(
        pa.Table.from_pylist(rows, schema=RESTORATION_SCHEMA),
        moves_table(workspace_id, chain.from_iterable(_moves(each, course) for each in roots)),
        (gone.root_id, left.root_id),
        frozenset(before),
    )


def _tree(session: Session, workspace_id: int, contact_id: int) -> tuple[int, set[int]]:
    """The contact that this one is now, and all that are that one now, itself included."""
    contact = session.get_one(Contact, contact_id)
    root_id = contact.merged_into_id or contact_id
    merged = select(Contact.id).where(
        Contact.workspace_id == workspace_id,
        or_(Contact.id == root_id, Contact.merged_into_id == root_id),
    )
    return root_id, set(session.scalars(merged))


def _merges(session: Session, everyone: set[int], undone: ContactMerge) -> list[ContactMerge]:
    """The merges that hold a tree together, and the undone one, in their order."""
    counts = or_(ContactMerge.undone_at.is_(None), ContactMerge.id == undone.id)
    found = [
        merge
        for some in chunks(sorted(everyone))
        for merge in session.scalars(
            select(ContactMerge).where(counts, ContactMerge.origin_id.in_(some))
        )
    ]
    return sorted(found, key=lambda merge: merge.id)


def _give_back(
    merges: Sequence[ContactMerge],
    undone: ContactMerge,
    contacts: dict[int, ContactRecord],
    accounts: dict[int, AccountRecord],
) -> None:
    """Take what came by the merge from its target, and from whatever that was merged into."""
    into: defaultdict[int, list[ContactMerge]] = defaultdict(list)
    for merge in merges:
        into[merge.target_id].append(merge)
    onward = {merge.origin_id: merge.target_id for merge in merges if merge is not undone}
    step: int | None = undone.target_id
    while step is not None:
        inherited = [
            Inheritance(contacts[each.origin_id], moved_from_json(each.moved, accounts))
            for each in into[step]
        ]
        kept = give_back(contacts[step], inherited, contacts[undone.origin_id])
        holding = (each for each in into[step] if each is not undone)
        for merge, inheritance in zip(holding, kept, strict=True):
            merge.moved = moved_as_json(inheritance.moved)
        step = onward.get(step)


def _below(contact_id: int, merges: Iterable[ContactMerge]) -> set[int]:
    """A contact and all that were merged into it, directly or not."""
    origins: defaultdict[int, list[int]] = defaultdict(list)
    for merge in merges:
        origins[merge.target_id].append(merge.origin_id)
    found, left = set[int](), [contact_id]
    while left:
        found.add(left[-1])
        left += origins[left.pop()]
    return found


def _give_own_places(side: Side, contacts: Mapping[int, ContactRecord]) -> None:
    """Where a contact was is known of what it was told itself, and of those merged into it."""
    root = contacts[side.root_id]
    if not root.places_known:  # an earlier release kept no more than where it is
        root.places = [Said(root.grouped_at, root.account)] if root.account else []
        return
    root.places = [said for said in root.places if not said.inherited]
    for each in side.merged_ids:
        own = [said for said in contacts[each].places if not said.inherited]
        root.places = together(root.places, own)
    if root.places and not (root.account and root.account.is_person):
        root.account, root.grouped_at = root.places[-1].account, root.places[-1].at
    elif not root.places and root.account and not root.account.is_person:
        root.account, root.grouped_at = None, None


def _moves(root: ContactRecord, before: Sequence[Said]) -> Iterator[Move]:
    """What is in the account in which both were, or the last one, but not in that of its time."""
    known = [before]
    if root.account and has_moved(root):
        known.append([Said(None, root.account)])
    for course in known:
        for change in changes(course, course_of(root)):
            yield Move(root, *change)


def _settle_place(
    session: Session,
    contact: ContactRecord,
    contact_id: int,
    accounts: Mapping[int, AccountRecord],
) -> None:
    """Who was brought into an account by the other half belongs to the last one of its own."""
    seen_in = session.scalars(
        select(ContactAccount)
        .where(ContactAccount.contact_id == contact_id)
        .order_by(ContactAccount.first_seen_at)
    ).all()
    if contact.account is None or contact.account.id in {each.account_id for each in seen_in}:
        return
    contact.account = accounts.get(seen_in[-1].account_id) if seen_in else None
    contact.grouped_at = seen_in[-1].first_seen_at if contact.account else None
    contact.places = [Said(contact.grouped_at, contact.account)] if contact.account else []


def _restorations(
    session: Session, workspace_id: int, side: Side, root: ContactRecord, before: set[int]
) -> Iterator[dict[str, Any]]:
    lost: list[int | None] = [*sorted(before - accounts_of(session, [side.root_id]))]
    for contact_id in side.contact_ids:
        for account_id in lost or [None]:
            yield {
                "workspace_id": workspace_id,
                "original_contact_id": contact_id,
                "contact_id": side.root_id,
                "from_account_id": account_id,
                "to_account_id": root.account.id if root.account else None,
            }
