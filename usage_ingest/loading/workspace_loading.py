"""What a load does for one workspace, step by step, in the one transaction of the load."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain

import pyarrow as pa
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
from usage_ingest.canonical import CanonicalEvent
from usage_ingest.identity.email_domains import account_domains
from usage_ingest.identity.merges import ask_for_review, record_merges
from usage_ingest.identity.people import read_people
from usage_ingest.identity.people_writing import write_people
from usage_ingest.identity.placing import People, Placed, all_accounts
from usage_ingest.loading import batches, learning
from usage_ingest.loading.counting import Counts, count_fates
from usage_ingest.loading.filters import Filters
from usage_ingest.loading.internal_accounts import (
    facts_about_internal_accounts,
    mark_events_of_internal_accounts,
    mark_filtered_events,
)
from usage_ingest.loading.judging import StoredBefore, judge
from usage_ingest.loading.planning import Planning
from usage_ingest.loading.quarantining import quarantine
from usage_ingest.loading.recent_events import remember
from usage_ingest.loading.resolving import resolve_replayed, without_resolved
from usage_ingest.translating.translation import Translated


@dataclass(frozen=True, slots=True)
class WorkspaceLoad:
    """A workspace's part of a load. `deduplication` is how long a repetition is recognised.

    `columns`: what the events of the load say themselves (see `Taken`).
    """

    session: Session
    store: EventStore
    workspace_id: int
    columns: pa.RecordBatch
    deduplication: timedelta
    now: datetime

    def run(self, messages: Sequence[Translated]) -> tuple[batches.Content, Counts]:
        """Decide and write everything; what is left is to append the content to the event store."""
        messages = without_resolved(self.session, self.workspace_id, messages)
        planning = Planning(plans.current(self.session, self.workspace_id), self.columns)
        messages = planning.hold(messages)
        stored = StoredBefore(self.store, self.workspace_id, self.columns, self.deduplication)
        judged = judge(self.session, self.workspace_id, messages, stored, self.deduplication)
        resolve_replayed(self.session, self.workspace_id, judged, self.now)
        quarantine(self.session, self.workspace_id, judged.quarantined, self.now)
        record_violations(self.session, self.workspace_id, planning.seen(judged))
        people, placed = self._place(judged.events)
        self._mark_changed(people, placed)
        sources = [message.entry.source_id for message in judged.stored]
        rows = [message.row for message in judged.stored]
        if people.asked:
            by_message = {
                each.result.message_id or "": each.entry.source_id for each in judged.stored
            }
            ask_for_review(self.session, self.workspace_id, people.asked, by_message, self.now)
        content = batches.Content(
            batches.events_table(self.workspace_id, placed, sources, rows, self.columns),
            batches.attributions_table(self.workspace_id, people.attributions),
        )
        remember(self.session, self.workspace_id, judged, placed, self.now)
        return content, count_fates(judged, placed)

    def _place(self, events: Sequence[CanonicalEvent]) -> tuple[People, list[Placed]]:
        """Find out whose events they are, and what they tell about people and accounts."""
        file = versions.current(self.session, self.workspace_id).file
        filters = Filters(file.filters, file.lifecycle.internal_domains)
        reader = FactReader(file.lifecycle)
        domain_of = _domain_of(file)
        people = read_people(self.session, self.workspace_id, events, reader, domain_of)
        placed = [people.place(event) for event in events]
        new_accounts = [account for account in people.accounts.values() if account.id is None]
        write_people(self.session, self.workspace_id, people)
        record_merges(self.session, self.workspace_id, people.merges, self.now)
        mark_filtered_events(placed, filters)
        internal = facts_about_internal_accounts(
            self.session, people, placed, new_accounts, filters=filters, now=self.now
        )
        self._settle(people, self._learn(people, placed, reader, internal), file.lifecycle)
        mark_events_of_internal_accounts(people, placed, filters)
        return people, placed

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

    def _mark_changed(self, people: People, placed: Sequence[Placed]) -> None:
        """Queue everyone with new events, whose stored events move or whose company changed."""
        contacts = {contact for each in placed if (contact := each.contact)}
        contact_ids = {contact.current().id for contact in contacts}
        contact_ids |= {merge.origin.id for merge in people.merges}
        contact_ids |= self._leads_of(people)
        account_ids = {account.id for account in all_accounts(placed)}
        moved_to = {attribution.contact.current().id for attribution in people.attributions}
        for some in chunks(moved_to):
            account_ids.update(
                self.session.scalars(
                    select(ContactAccount.account_id).where(ContactAccount.contact_id.in_(some))
                )
            )
        for subject, ids in ((ACCOUNT, account_ids), (CONTACT, contact_ids)):
            known = [row_id for row_id in ids if row_id is not None]
            mark_changed(self.session, self.workspace_id, subject, known, self.now)

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
