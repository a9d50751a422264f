"""What a load does for one workspace, step by step, in the one transaction of the load."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from pql.accounts.facts import Fact, FactReader
from pql.accounts.settling import add_facts, settle_accounts
from pql.changes import ACCOUNT, CONTACT, mark_changed
from pql.definitions import versions
from pql.definitions.model import DefinitionFile, LifecycleSettings
from pql.events.store import EventStore
from pql.plans import versions as plans
from pql.plans.recording import record_violations
from pql.state.bulk import chunks
from pql.state.models import ContactAccount, Lead
from pql.workspace_settings import settings_of
from usage_ingest.identity.email_domains import account_domains
from usage_ingest.identity.links import Move
from usage_ingest.identity.memberships import accounts_of
from usage_ingest.identity.merges import ask_for_review, record_merges
from usage_ingest.identity.people import read_people
from usage_ingest.identity.people_writing import write_people
from usage_ingest.identity.placed import Placed
from usage_ingest.identity.placing import People
from usage_ingest.loading import alike_events, batches, learning
from usage_ingest.loading.counting import Counts, count_fates
from usage_ingest.loading.filters import Filters
from usage_ingest.loading.internal_accounts import (
    facts_about_internal_accounts,
    mark_events_of_internal_accounts,
    mark_filtered_events,
)
from usage_ingest.loading.judging import judge
from usage_ingest.loading.planning import Planning
from usage_ingest.loading.quarantining import quarantine
from usage_ingest.loading.recent_events import remember
from usage_ingest.loading.reconsidering import to_reconsider
from usage_ingest.loading.resolving import resolve_replayed, without_resolved
from usage_ingest.loading.stored_before import StoredBefore
from usage_ingest.translating.taken import Taken


@dataclass(frozen=True, slots=True)
class WorkspaceLoad:
    """A workspace's part of a load. `deduplication` is how long a repetition is recognised."""

    session: Session
    store: EventStore
    workspace_id: int
    taken: Taken
    deduplication: timedelta
    now: datetime

    def run(self) -> tuple[batches.Content, Counts, dict[str, Any] | None]:
        """Decide and write everything; what is left is to append the content to the event store.

        The last is whom to look at again then, where stored events change accounts by it.
        """
        file = versions.current(self.session, self.workspace_id).file
        reader = FactReader(file.lifecycle)
        planning = Planning(plans.current(self.session, self.workspace_id), self.taken.columns)
        taken, stored_ids = self._look_up(reader, planning)
        judged = judge(
            self.session, self.workspace_id, taken.messages, stored_ids, self.deduplication
        )
        resolve_replayed(self.session, self.workspace_id, judged, self.now)
        quarantine(self.session, self.workspace_id, judged.quarantined, self.now)
        record_violations(self.session, self.workspace_id, planning.seen(judged))
        stored = replace(taken, messages=judged.stored)
        people, stored, placed = self._place(stored, file, reader)
        if people.asked:
            by_message = {
                each.result.message_id or "": each.entry.source_id for each in stored.messages
            }
            ask_for_review(self.session, self.workspace_id, people.asked, by_message, self.now)
        moves = list(people.moves())
        content = batches.Content(
            batches.events_table(
                self.workspace_id,
                stored,
                placed,
                are_people_accounts=people.own_accounts.are_always,
            ),
            batches.attributions_table(self.workspace_id, people.attributions),
            moves=batches.moves_table(self.workspace_id, moves),
        )
        self._mark_changed(people, placed, batches.earliest(content.events))
        remember(self.session, self.workspace_id, judged, stored, placed, now=self.now)
        return content, count_fates(judged, stored, placed), self._concerned(moves)

    def _concerned(self, moves: Sequence[Move]) -> dict[str, Any] | None:
        contacts = {move.contact.id for move in moves if move.contact.id is not None}
        if not contacts:
            return None
        accounts = accounts_of(self.session, contacts)
        return to_reconsider(self.workspace_id, accounts, contacts)

    def _look_up(self, reader: FactReader, planning: Planning) -> tuple[Taken, set[str | None]]:
        """What came, and which of it was stored before, by id.

        Of the events that are like another, those are spelled out that have a fate of their own.
        """
        taken = self.taken.spelled_out() if planning.has_plan else self.taken
        messages = without_resolved(self.session, self.workspace_id, taken.messages)
        taken = replace(taken, messages=planning.hold(messages))
        stored = StoredBefore(self.store, self.workspace_id, self.deduplication)
        known = stored.look_up(taken)
        of_their_own = known.again | alike_events.tell_of_status(taken, reader)
        return taken.spelled_out(of_their_own), known.stored

    def _place(
        self, stored: Taken, file: DefinitionFile, reader: FactReader
    ) -> tuple[People, Taken, list[Placed]]:
        """Find out whose events they are, and what they tell about people and accounts."""
        filters = Filters(file.filters, file.lifecycle.internal_domains)
        people = read_people(
            self.session,
            self.workspace_id,
            stored.events,
            reader,
            _domain_of(file),
            person_accounts=settings_of(self.session, self.workspace_id).person_accounts,
        )
        stored = stored.spelled_out(alike_events.may_move(stored, people))
        placed = [people.place(event) for event in stored.events]
        people.finish()
        alike_events.see(stored, placed)
        new_accounts = [account for account in people.accounts.values() if account.id is None]
        write_people(self.session, self.workspace_id, people, self.now)
        record_merges(self.session, self.workspace_id, people.merges, self.now)
        mark_filtered_events(placed, filters)
        internal = facts_about_internal_accounts(
            self.session, people, placed, new_accounts, filters=filters, now=self.now
        )
        self._settle(people, self._learn(people, placed, reader, internal), file.lifecycle)
        mark_events_of_internal_accounts(people, placed, filters)
        return people, stored, placed

    def _learn(
        self,
        people: People,
        placed: Sequence[Placed],
        reader: FactReader,
        about_internal_accounts: learning.Learnt,
    ) -> dict[int, list[Fact]]:
        return learning.gather(
            chain(
                learning.from_traits(people),
                learning.from_events(placed, reader),
                learning.from_stored_events(self.store, self.workspace_id, people, reader),
                about_internal_accounts,
            )
        )

    def _settle(
        self, people: People, facts: dict[int, list[Fact]], lifecycle: LifecycleSettings
    ) -> None:
        add_facts(self.session, self.workspace_id, facts, self.now)
        settled = settle_accounts(self.session, self.workspace_id, facts, lifecycle, self.now)
        mark_changed(self.session, self.workspace_id, ACCOUNT, settled, self.now)
        for account in people.accounts.values():
            if account.id in settled:
                before, account.status = account.status, settled[account.id].status
                account.concerns_leads |= account.status != before

    def _mark_changed(
        self, people: People, placed: Sequence[Placed], came: Mapping[int, datetime]
    ) -> None:
        """Queue everyone with new events, whose stored events move or whose company changed.

        `came`: the earliest time of the events that came, by account.
        """
        moved: set[int] = set()
        for some in chunks({each.contact.current().id for each in people.attributions}):
            accounts = select(ContactAccount.account_id).where(ContactAccount.contact_id.in_(some))
            moved.update(self.session.scalars(accounts))
        since = {account: at for account, at in came.items() if account not in moved}
        mark_changed(self.session, self.workspace_id, ACCOUNT, moved | came.keys(), self.now, since)
        contacts = {contact for each in placed if (contact := each.contact)}
        contact_ids = {contact.current().id for contact in contacts}
        contact_ids |= {merge.origin.id for merge in people.merges}
        contact_ids |= self._leads_of(people)
        known = [row_id for row_id in contact_ids if row_id is not None]
        mark_changed(self.session, self.workspace_id, CONTACT, known, self.now)

    def _leads_of(self, people: People) -> set[int]:
        """The leads of accounts with other traits or another status than before this load."""
        changed = {account.id for account in people.accounts.values() if account.concerns_leads}
        found: set[int] = set()
        for some in chunks(changed):
            leads = select(Lead.contact_id).join(
                ContactAccount, ContactAccount.contact_id == Lead.contact_id
            )
            own = (Lead.workspace_id == self.workspace_id) & ContactAccount.account_id.in_(some)
            found.update(self.session.scalars(leads.where(own)))
        return found


def _domain_of(file: DefinitionFile) -> Callable[[str], str | None] | None:
    if not file.accounts.from_email_domain:
        return None
    return account_domains((*file.accounts.exclude_domains, *file.lifecycle.internal_domains))
