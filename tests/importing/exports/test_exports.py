"""Raw exports of other products, from the file to the stores, alone and beside live events."""

from datetime import datetime

import pytest
from sqlalchemy import select

from pql.events.schema import events
from pql.state.models import Account, Contact
from tests.importing.conftest import Installation
from tests.importing.exports.packing import live, rows, written
from usage_ingest.importers.exports import EXPORTS

LIVE_CHANNELS = {"posthog": "posthog", "amplitude": "amplitude"}
"""The others speak Segment's API, or reach us through it."""
SENT_LIVE = 2
OLDEST = datetime.fromisoformat("2019-03-04T05:06:07.089")
"""Years before any live event may come; the store keeps UTC without a zone."""


@pytest.mark.parametrize("tool", EXPORTS)
def test_an_export_is_stored_once_with_its_people_accounts_and_times(
    here: Installation, tool: str
) -> None:
    path, count = written(here.folder, tool), len(rows(tool))
    first = here.import_export(tool, path)
    here.load()
    check_people_and_accounts(here, tool)
    again = here.import_export(tool, path)
    here.send(LIVE_CHANNELS.get(tool, "segment"), live(tool), SENT_LIVE)
    here.load()
    assert (first.imported, first.already_there, first.rejected) == (count, 0, 0)
    assert (again.imported, again.already_there, again.rejected) == (0, count, 0)
    assert here.stored() == count


@pytest.mark.parametrize("tool", EXPORTS)
def test_what_came_live_before_is_not_there_twice(here: Installation, tool: str) -> None:
    here.send(LIVE_CHANNELS.get(tool, "segment"), live(tool), SENT_LIVE)
    here.load()
    came = here.stored()
    done = here.import_export(tool, written(here.folder, tool))
    here.load()
    assert done.already_there == came > 0
    assert here.stored() == len(rows(tool))


def check_people_and_accounts(here: Installation, tool: str) -> None:
    with here.state.reading() as session:
        ada = session.scalars(select(Contact).where(Contact.merged_into_id.is_(None))).one()
        accounts = {each.key: each for each in session.scalars(select(Account))}
    mine = accounts["account-1"]
    assert (ada.user_id, ada.account_id) == ("user-1", mine.id)
    if tool != "mixpanel":  # its raw export has no properties of people and accounts
        assert ada.traits["email"] == "ada@one.example"
        assert (mine.name, mine.plan) == ("One (simulated)", "trial")
        assert mine.trial_started_at is not None
        assert mine.trial_started_at.date().isoformat() in {"2026-02-10", "2026-02-11"}
    stored = here.store.frame(select(events.c.occurred_at, events.c.contact_id, events.c.kind))
    assert stored["occurred_at"].min() == OLDEST
    of_people = stored[stored["contact_id"].notna()]
    assert set(of_people["contact_id"]) == {ada.id}
    assert len(of_people) >= len(rows(tool)) - 1  # nobody's is what was said of an account
