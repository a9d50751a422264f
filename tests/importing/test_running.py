"""An import, from the file to the journal and through the loader."""

import csv
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from pql.events.schema import events
from pql.state.models import Account, AccountFact, Contact
from tests.importing.conftest import Installation
from usage_ingest.importers.running import WrongColumns
from usage_ingest.journal import JOURNAL

EVENTS = """\
events: {account: account_id, contact: person, event: event, time: at, properties: {n: n}}
"""
WITH_ID = "events: {account: account_id, event: event, time: at, id: n}"
HEADER = "account_id,person,event,at,n\n"
LESSON = "a1,p1,lesson,2026-01-05,3\n"

ACCOUNTS = """\
accounts: {id: id, status: trial, trial_started_at: started, traits: {country: land}}
"""
OUTCOMES = "outcomes: {account: id, becomes: paying, time: paid, plan: plan}"

LEADS = """\
leads:
  email: mail
  account: company
  traits: {title: role}
  activities: [{event: {value: demo_booked}, time: booked}]
"""


def test_equal_rows_are_different_events_and_importing_them_again_changes_nothing(
    here: Installation,
) -> None:
    first = here.import_text(HEADER + 3 * LESSON, "events", EVENTS)
    here.load()
    again = here.import_text(HEADER + 3 * LESSON, "events", EVENTS)
    here.load()
    assert (first.imported, first.already_there) == (3, 0)
    assert (again.imported, again.already_there) == (0, 3)
    assert here.stored() == 3


def test_importing_again_before_the_first_import_is_loaded_changes_nothing(
    here: Installation,
) -> None:
    here.import_text(HEADER + 2 * LESSON, "events", EVENTS)
    here.import_text(HEADER + 2 * LESSON, "events", EVENTS)
    here.load()
    assert here.stored() == 2


def test_a_longer_file_brings_only_what_is_new(here: Installation) -> None:
    here.import_text(HEADER + LESSON, "events", EVENTS)
    here.load()
    longer = here.import_text(HEADER + 2 * LESSON, "events", EVENTS)
    here.load()
    assert (longer.imported, longer.already_there) == (1, 1)
    assert here.stored() == 2


def test_a_mapped_id_counts_once_whatever_the_row_says(here: Installation) -> None:
    rows = "a1,p1,lesson,2026-01-05,7\na1,p1,exam,2026-01-06,7\n"
    done = here.import_text(HEADER + rows, "events", WITH_ID)
    assert (done.imported, done.already_there) == (1, 1)
    assert here.journaled() == 1


def test_the_same_rows_in_another_workspace_are_new(here: Installation) -> None:
    stranger = here.make_stranger()
    here.import_text(HEADER + LESSON, "events", EVENTS)
    here.load()
    assert here.import_text(HEADER + LESSON, "events", EVENTS, into=stranger).imported == 1
    here.load()
    assert (here.stored(), here.stored(stranger)) == (1, 1)


def test_rejected_rows_go_to_a_file_with_reasons_and_the_rest_goes_in(here: Installation) -> None:
    rows = [
        "a1,p1,lesson,2026-01-05,3",
        "a1,p1,lesson,someday,3",
        "a1,p1,,2026-01-05,3",
        "a1,p1,lesson,2030-01-05,3",
        ",,lesson,2026-01-05,3",
        "a1,p1,lesson,2026-01-05",
        "a2,p2,lesson,2026-01-05,3",
    ]
    done = here.import_text(HEADER + "\n".join(rows), "events", EVENTS)
    assert (done.read, done.imported, done.rejected) == (7, 2, 5)
    assert here.journaled() == 2
    with here.rejected.open() as file:
        rejected = [(row["row"], row["column"], row["reason"]) for row in csv.DictReader(file)]
    assert rejected == [
        ("3", "at", "not a time"),
        ("4", "event", "missing"),
        ("5", "at", "in the future"),
        ("6", "account", "missing"),
        ("7", "", "too few cells"),
    ]


def test_a_mended_file_leaves_no_rejected_rows_behind(here: Installation) -> None:
    here.import_text(HEADER + LESSON.replace("2026", "soon"), "events", EVENTS)
    assert here.rejected.exists()
    here.import_text(HEADER + LESSON, "events", EVENTS)
    assert not here.rejected.exists()


def test_a_wrong_header_is_told_before_anything_is_written(here: Installation) -> None:
    with pytest.raises(WrongColumns) as caught:
        here.import_text("account,person,event,at,n\n" + LESSON, "events", EVENTS)
    assert caught.value.missing == ("account_id",)
    assert "account, person, event, at, n" in str(caught.value)
    assert here.journaled() == 0


def test_json_lines_may_leave_out_what_a_row_does_not_need(here: Installation) -> None:
    row = '{"account_id": "a1", "event": "lesson", "at": "2026-01-05"}\n'
    assert here.import_text(row, "events", EVENTS, "rows.jsonl").imported == 1


def test_the_same_row_has_the_same_id_in_every_kind_of_file(here: Installation) -> None:
    here.import_text(HEADER + LESSON, "events", EVENTS)
    here.load()
    row = '{"account_id": "a1", "person": "p1", "event": "lesson", "at": "2026-01-05", "n": 3}\n'
    assert here.import_text(row, "events", EVENTS, "rows.jsonl").already_there == 1


def test_outcomes_make_customers_and_say_since_when(here: Installation) -> None:
    here.import_text("id,started,land\n1,2026-01-01,NA\n2,2026-01-01,\n", "accounts", ACCOUNTS)
    purchases = "id,paid,plan\n1,2026-01-09,Annual\n"
    here.import_text(purchases, "outcomes", OUTCOMES)
    here.load()
    with here.state.reading() as session:
        mine = select(Account).where(Account.workspace_id == here.workspace_id)
        paying, trial = session.scalars(mine.order_by(Account.key))
        facts = session.scalar(select(func.count()).select_from(AccountFact))
    assert (paying.status, paying.plan, paying.traits) == ("paying", "Annual", {"country": "NA"})
    assert paying.trial_started_at is not None
    assert paying.converted_at is not None
    assert (paying.converted_at - paying.trial_started_at).days == 8
    assert paying.lifecycle["converted_at"]["known_from"] == "import"
    assert (trial.status, trial.converted_at, trial.traits) == ("trial", None, {})
    assert here.import_text(purchases, "outcomes", OUTCOMES).already_there == 1
    here.load()
    with here.state.reading() as session:
        assert session.scalar(select(func.count()).select_from(AccountFact)) == facts


def test_an_account_that_pays_today_is_not_taken_for_one_that_always_did(
    here: Installation,
) -> None:
    mapping = "accounts: {id: id, status: status, trial_started_at: started}"
    here.import_text("id,status,started\n1,paying,2026-01-01\n", "accounts", mapping)
    here.load()
    with here.state.reading() as session:
        account = session.scalars(select(Account)).one()
    assert account.status == "paying"
    assert account.converted_at != account.trial_started_at


def test_leads_bring_people_their_accounts_and_what_they_did(here: Installation) -> None:
    rows = "mail,company,role,booked\nAnn@example.com,c1,ceo,2026-02-01\nbob@example.com,,,\n"
    assert here.import_text(rows, "leads", LEADS).imported == 2
    here.load()
    with here.state.reading() as session:
        mine = select(Contact).where(Contact.workspace_id == here.workspace_id)
        ann, bob = session.scalars(mine.order_by(Contact.user_id))
        company = session.scalar(select(Account.id).where(Account.key == "c1"))
    assert (ann.user_id, ann.traits["title"], ann.account_id) == ("ann@example.com", "ceo", company)
    assert (bob.user_id, bob.account_id) == ("bob@example.com", None)
    booked = select(events.c.contact_id).where(events.c.name == "demo_booked")
    assert list(here.store.frame(booked)["contact_id"]) == [ann.id]


def test_what_a_lead_did_counts_once_when_a_trait_changes(here: Installation) -> None:
    rows = "mail,company,role,booked\nann@example.com,c1,ceo,2026-02-01\n"
    here.import_text(rows, "leads", LEADS)
    here.load()
    changed = here.import_text(rows.replace("ceo", "cfo"), "leads", LEADS)
    here.load()
    assert changed.imported == 1
    booked = select(events.c.contact_id).where(events.c.name == "demo_booked")
    assert len(here.store.frame(booked)) == 1


def test_rejected_cells_are_no_formulas_and_a_mended_file_goes_in(
    here: Installation,
) -> None:
    formula = "=HYPERLINK(1)"
    rows = f"id,name,started\na1,{formula},{formula}\n"
    mapping = "accounts: {id: id, name: name, time: started}\n"
    assert here.import_text(rows, "accounts", mapping).rejected == 1
    assert f",'{formula}," in here.rejected.read_text()
    mended = f"id,name,started\na1,'{formula},2026-02-05\n"
    assert here.import_text(mended, "accounts", mapping).imported == 1
    here.load()
    with here.state.reading() as session:
        assert session.scalars(select(Account.name)).all() == [formula]


def test_a_spreadsheet_of_another_country_is_the_same_file(here: Installation) -> None:
    plain = "id,started,land,size\na1,2026-01-20,Norwegen/\u00d8,1234.5\na2,2026-02-01,NA,\n"
    theirs = plain.replace("1234.5", "1.234,50").replace(",", ";").replace("1.234;50", "1.234,50")
    theirs = theirs.replace("2026-01-20", "20.01.2026").replace("2026-02-01", "1.2.2026")
    mapping = (
        "accounts: {id: id, status: trial, trial_started_at: started, traits: {c: land, n: size}}"
    )
    here.import_text(plain, "accounts", mapping)
    here.load()
    again = here.import_text(theirs.encode("cp1252"), "accounts", mapping)
    assert (again.imported, again.already_there) == (0, 2)
    with here.state.reading() as session:
        first = session.scalars(select(Account).order_by(Account.key)).first()
    assert first is not None
    assert first.traits == {"c": "Norwegen/\u00d8", "n": 1234.5}


def test_a_start_that_cannot_be_read_is_unknown_and_told_and_the_account_goes_in(
    here: Installation,
) -> None:
    rows = "id,started\n1,sometime\n2,20.01.2026\n"
    mapping = "accounts: {id: id, status: trial, trial_started_at: started}"
    done = here.import_text(rows, "accounts", mapping)
    assert (done.imported, done.unknown_times, done.rejected) == (2, 1, 0)
    assert '2,started,"not a time: unknown, the rest of the row went in",sometime' in (
        here.rejected.read_text()
    )
    here.load()
    with here.state.reading() as session:
        accounts = session.scalars(select(Account).order_by(Account.key)).all()
    assert accounts[1].trial_started_at == datetime(2026, 1, 20, tzinfo=UTC)


@pytest.mark.parametrize("limit", ["LARGEST_EVENTS", "LARGEST_BODY"])
def test_a_chunk_becomes_entries_that_need_not_be_cut(
    here: Installation, monkeypatch: pytest.MonkeyPatch, limit: str
) -> None:
    monkeypatch.setattr(f"usage_ingest.importers.running.{limit}", 2)
    here.import_text(HEADER + 5 * LESSON, "events", EVENTS)
    with here.state.journal_engine.connect() as connection:
        entries = list(connection.scalars(select(JOURNAL.c.events).order_by(JOURNAL.c.id)))
    assert sum(entries) == 5
    assert max(entries) == (2 if limit == "LARGEST_EVENTS" else 1)
    here.load()
    assert here.stored() == 5
