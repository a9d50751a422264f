"""The loader: from the journal into the event store, exactly once, wherever it is stopped.

The state, the journal and the event store cannot commit together. So a load first commits its
decisions with the events themselves as a staged batch (people, quarantine, counts: all or nothing),
then appends the batch to the event store, which refuses a number it knows, then deletes the journal
entries, then the staged batch. A load that follows a crash begins by finishing what is staged.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from pql.collector import collector_paused
from pql.events.store import EventStore
from pql.settings import Settings
from pql.state.store import State
from usage_ingest import journal
from usage_ingest.loading.careful import Care, Done, cut_entry, is_outage, load_carefully
from usage_ingest.loading.deciding import Decision, Fence
from usage_ingest.loading.judging import DUPLICATE, QUARANTINED, STORED
from usage_ingest.loading.publishing import finish_staged, publish
from usage_ingest.loading.setting_aside import SetAside
from usage_ingest.loading.staging import DecidedMeanwhile
from usage_ingest.translating.reading import Reader


@dataclass(frozen=True, slots=True)
class LoadResult:
    """What a load did, in events. `more`: the journal holds more than one load takes.

    `set_aside` are requests that went into quarantine as a whole.
    """

    events: int = 0
    stored: int = 0
    duplicates: int = 0
    quarantined: int = 0
    more: bool = False
    set_aside: Sequence[SetAside] = ()


def unfenced(_session: Session) -> None:
    """The fence of whoever is alone, such as a test."""


def load(
    state: State,
    store: EventStore,
    settings: Settings,
    now: datetime,
    fence: Fence = unfenced,
    *,
    reader: Reader | None = None,
    care: Care | None = None,
) -> LoadResult:
    """Load the oldest journal entries of every source into the event store.

    No event can keep another from being loaded: what cannot be used is quarantined with a reason.
    Loads that follow one another may share a `reader`, which reads ahead, and a `care`, which finds
    out with which entry they die.
    """
    reader, care = reader or Reader(state, settings), care or Care()
    decision = Decision(state, store, settings, now, fence, reader)
    try:
        with collector_paused():
            done = load_carefully(decision, care) if care.is_on else _load(decision)
    except BaseException as error:
        reader.forget()
        if isinstance(error, Exception) and not is_outage(error):
            care.note_failure(decision)
        raise
    return _result(done, more=care.is_on or journal.has_entries(state))


def _result(done: Done, *, more: bool) -> LoadResult:
    fates = done.staged.fates if done.staged else Counter[str]()
    aside = sum(each.events for each in done.set_aside)
    return LoadResult(
        events=fates.total() + aside,
        stored=fates[STORED],
        duplicates=fates[DUPLICATE],
        quarantined=fates[QUARANTINED] + aside,
        more=more,
        set_aside=done.set_aside,
    )


def _load(decision: Decision) -> Done:
    while True:
        finish_staged(decision.state, decision.store, decision.now, decision.fence)
        taken = decision.reader.take()
        aside = [cut_entry(decision, entry_id) for entry_id in taken.too_large[:1]]
        set_aside = tuple(each for each in aside if each)
        if not taken.entries:
            return Done(None, set_aside)
        try:
            staged = decision.stage(taken)
        except DecidedMeanwhile:
            decision.reader.forget()
            continue
        publish(decision.state, decision.store, staged, decision.now, decision.fence)
        return Done(staged, set_aside)
