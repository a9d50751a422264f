"""The finder over a workspace's events: censoring, the conversion's day, what follows it, YAML."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select

from pql.definitions.reading import read_definitions
from pql.finder.adopting import Adoption, adopt
from pql.finder.alarms import Kind
from pql.finder.candidates import Candidate
from pql.finder.documents import document
from pql.finder.questions import EventNotRecorded
from pql.finder.running import run_finder
from pql.finder.sentences import Wording, conclusion, judged_sentence
from pql.state.models import Account, Contact, ContactAccount
from tests.finder.planting import (
    FIRST,
    HOUR,
    NOW,
    conditions,
    found,
    measured,
    plant_trials,
)
from tests.fixtures.product import DAY, Product


def test_a_planted_threshold_is_found_and_adopted(product: Product) -> None:
    plant_trials(product).store()
    answer = found(product)
    assert conditions(answer) == [{"message_sent_in_7_days": 7.0}]
    assert answer.adopted.text is not None
    file = read_definitions(answer.adopted.text, "found.yaml")
    (rule,) = file.definitions["found_activation"].criteria.rules
    assert (rule.name, rule.threshold) == ("message_sent_in_7_days", 7)  # type: ignore[union-attr]
    assert file.definitions["found_activation"].outcome.within_days == 30


def test_what_people_had_done_at_all_makes_them_leads_for_marketing(product: Product) -> None:
    """More than once, or within the first days, no definition file can say of a person."""
    plant_trials(product).store()
    finding = found(product).finding
    best = finding.recommended
    assert best is not None
    (part,) = best.candidate.parts
    people = Wording("contacts", finding.columns)
    adoption = Adoption(7, 30, "trial", {"demo_booked": "SQL"})
    often = adopt(finding, people, adoption)
    assert often.text is None
    assert "neither can say how much a person had done" in str(often.why_not)
    once = replace(best, candidate=Candidate((replace(part, threshold=1),)))
    at_all = adopt(replace(finding, recommended=once), people, adoption)
    assert at_all.text is not None
    file = read_definitions(at_all.text, "found.yaml")
    assert dict(file.leads.events) == {"demo_booked": "SQL", "message_sent": "MQL"}


def test_the_same_data_and_seed_give_the_same_answer(product: Product) -> None:
    plant_trials(product, trials=250).store()
    assert found(product).finding == found(product).finding


def test_sentences_say_the_later_figures_first(product: Product) -> None:
    plant_trials(product).store()
    answer = found(product)
    best = answer.finding.recommended
    assert best is not None
    assert best.later is not None
    said = judged_sentence(best, answer.wording)
    later, _, searched = said.partition("; where it was found ")
    assert f"{best.later.met_and_converted} of {best.later.met} converted" in later
    assert f"{best.found.met_and_converted} of {best.found.met} converted" in searched
    assert "message_sent at least 7 times in the first 7 days" in conclusion(
        answer.finding, answer.wording
    )


def test_without_an_effect_there_is_no_reliable_threshold(product: Product) -> None:
    plant_trials(product, effect=False).store()
    answer = found(product)
    assert conditions(answer) == []
    assert answer.adopted.text is None
    assert conclusion(answer.finding, answer.wording).startswith("No reliable threshold: ")


def test_popular_guesses_that_do_not_hold_are_told(product: Product) -> None:
    plant_trials(product).store()
    answer = found(product)
    sentences = [judged_sentence(each, answer.wording) for each in answer.finding.popular]
    assert any("report_opened at least 3 times" in sentence for sentence in sentences)
    told = document(answer)
    assert any("report_opened" in condition for condition in told["popular_not_holding"])


def test_trials_that_are_too_young_are_no_failures(product: Product) -> None:
    """The last trials reached the threshold and had no time to pay: they are left out."""
    planting = plant_trials(product, trials=300, days=150)
    starts = [FIRST + timedelta(days=170, hours=number) for number in range(60)]
    accounts = [planting.account(start) for start in starts]
    planting.add_accounts()
    for start, account in zip(starts, accounts, strict=True):
        for hour in range(9):
            planting.does(account.id, "message_sent", start + hour * HOUR)
    planting.store()
    answer = found(product)
    finding = answer.finding
    assert finding.left_out["immature"] >= 60
    assert finding.confirming is not None
    in_groups = finding.searched.units + finding.confirming.units + finding.in_gap
    assert in_groups + sum(finding.left_out.values()) == 360
    assert finding.confirming.last is not None
    assert finding.confirming.last < "2026-06-01"


def test_who_paid_before_it_was_judged_is_not_asked_about(product: Product) -> None:
    plant_trials(product).store()
    finding = found(product).finding
    assert finding.left_out["converted_earlier"] > 0


def test_nothing_of_the_day_of_the_conversion_counts(product: Product) -> None:
    """Events know their day only; some pay on the day on which their window closes."""
    planting = plant_trials(product, by_day=True, effect=False)
    starts = [FIRST + timedelta(days=3 * number, hours=15) for number in range(60)]
    accounts = [planting.account(start, start + timedelta(days=7, hours=1)) for start in starts]
    planting.add_accounts()
    for start, account in zip(starts, accounts, strict=True):
        planting.does(account.id, "invoice_opened", (start + 7 * DAY).replace(hour=0))
    planting.store()
    table, task = measured(product, events=("invoice_opened",))
    numbers = [n for n, column in enumerate(table.columns) if column.source == "invoice_opened"]
    assert table.values[:, numbers].sum() == 0
    assert [alarm.source for alarm in task.alarms] == ["invoice_opened"]
    assert conditions(found(product, events=("invoice_opened", "message_sent"))) == []


def test_an_event_that_follows_the_outcome_is_caught(product: Product) -> None:
    planting = plant_trials(product)
    with product.state.reading() as session:
        paying = session.scalars(select(Account).where(Account.converted_at.is_not(None))).all()
    for account in paying:
        assert account.converted_at is not None
        planting.does(account.id, "invoice_opened", account.converted_at + HOUR)
    planting.store()
    answer = found(product)
    (alarm,) = [each for each in answer.finding.alarms if each.kind is Kind.AFTER_OUTCOME]
    assert alarm.source == "invoice_opened"
    assert not any(column.source == "invoice_opened" for column in answer.finding.columns)
    assert conditions(answer) == [{"message_sent_in_7_days": 7.0}]


def test_an_event_that_sounds_like_paying_is_set_aside_until_it_is_known(product: Product) -> None:
    planting = plant_trials(product)
    for event in planting.events:
        if event["name"] == "message_sent":
            event["name"] = "checkout_started"
    planting.store()
    (asked,) = [each for each in found(product).finding.not_searched if each.is_question]
    assert asked.sentence == "checkout_started sounds like the outcome, or the step into it."
    answered = found(product, known_at_start=("checkout_started",))
    assert answered.finding.not_searched == ()
    assert conditions(answered) == [{"checkout_started_in_7_days": 7.0}]


def test_events_that_are_not_searched_are_listed_with_the_reason(product: Product) -> None:
    planting = plant_trials(product, trials=60)
    planting.store()
    _, task = measured(product, events=("message_sent",))
    assert [(each.source, each.is_question) for each in task.not_searched] == [
        ("report_opened", False)
    ]


def test_what_is_known_at_the_start_was_recorded(product: Product) -> None:
    plant_trials(product, trials=60).store()
    with pytest.raises(EventNotRecorded, match="checkout"):
        measured(product, known_at_start=("checkout",))


def test_people_are_searched_by_account(product: Product) -> None:
    planting = plant_trials(product, trials=300)
    planting.store()
    person: dict[str, Any] = {"first_seen_at": FIRST}
    with product.state.writing() as session:
        accounts = session.scalars(select(Account.id)).all()
        ids = [account * 10 + number for account in accounts for number in range(3)]
        own = {"workspace_id": product.workspace_id, "last_seen_at": FIRST}
        session.execute(insert(Contact), [{"id": each, **own, **person} for each in ids])
        links = [{"contact_id": each, "account_id": each // 10, **person} for each in ids]
        session.execute(insert(ContactAccount), links)
    answer = found(product, unit="contacts")
    finding = answer.finding
    assert finding.confirming is not None
    people = finding.searched.units + finding.confirming.units + finding.in_gap
    assert people + 3 * sum(finding.left_out.values()) == 900
    assert answer.adopted.text is None  # a definition speaks of accounts
    assert answer.wording.units == "contacts"


def test_a_stranger_finds_nothing_of_it(product: Product, strangers_product: Product) -> None:
    plant_trials(product).store()
    strangers_product.apply(
        "metrics: {events: {event: any, aggregate: count, window: whole trial}}"
    )
    finding = found(strangers_product).finding
    assert (finding.searched.units, finding.recommended) == (0, None)
    assert "Of 0 that can be searched" in str(finding.reason)


def test_as_an_analysis_it_tells_how_far_it_is(product: Product) -> None:
    plant_trials(product).store()
    told: list[tuple[float, str]] = []
    result = run_finder(
        product.state,
        product.store,
        product.workspace_id,
        {"days": 7, "within": 30, "windows": [3, 7], "events": None},
        progress=lambda share, text: told.append((share, text)),
        now=NOW,
    )
    assert {text for _, text in told} >= {"reading events", "permuting outcomes"}
    assert all(0 <= share <= 1 for share, _ in told)
    assert result["recommended"]["parts"] == [{"column": "message_sent_in_7_days", "at_least": 7.0}]
    assert result["permutations"] == 500


def test_few_trials_are_refused(product: Product) -> None:
    plant_trials(product, trials=40).store()
    finding = found(product).finding
    assert finding.recommended is None
    assert finding.reason
