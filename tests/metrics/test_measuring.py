"""What a metric says at the edges: of a window, of a workspace, of what is known."""

import math
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import pandas as pd
import pytest

from pql.definitions.model import Aggregate, Metric, PropertyFilter, Window
from pql.events.duckdb_store import DuckDBEventStore
from pql.events.store import AnySelect
from pql.metrics.aggregates import AGGREGATES
from pql.metrics.measuring import measure
from tests.fixtures.events import SOME_TIME, batch_of

DAY = timedelta(days=1)
INSTANT = timedelta(microseconds=1)
FIRST_TWO_DAYS = Window("first", 2)
MESSAGES = Metric("messages", "message_sent", Aggregate("count"), FIRST_TWO_DAYS)


def moment(**given: Any) -> dict[str, Any]:
    usual = {
        "moment_id": 1,
        "account_id": 1,
        "as_of": SOME_TIME + 5 * DAY,
        "trial_started_at": SOME_TIME,
        "trial_ends_at": None,
    }
    return {**usual, **given}


def moments(*rows: dict[str, Any]) -> pd.DataFrame:
    times = ["as_of", "trial_started_at", "trial_ends_at"]
    return pd.DataFrame(rows).astype(dict.fromkeys(times, "datetime64[us]"))


def test_a_window_has_its_first_instant_and_not_its_last(event_store: DuckDBEventStore) -> None:
    times = [SOME_TIME - INSTANT, SOME_TIME, SOME_TIME + 2 * DAY - INSTANT, SOME_TIME + 2 * DAY]
    event_store.append(batch_of(1, [{"occurred_at": time} for time in times]))
    wider = Metric("wider", "message_sent", Aggregate("count"), Window("last", 9))
    measured = measure(event_store, 1, [MESSAGES, wider], moments(moment()))
    assert measured.loc[1].to_dict() == {"messages": 2, "wider": 4}


def test_one_account_is_measured_at_many_ages(event_store: DuckDBEventStore) -> None:
    event_store.append(batch_of(1, [{"occurred_at": SOME_TIME + n * DAY} for n in range(4)]))
    total = Metric("total", "message_sent", Aggregate("count"), Window("trial"))
    ages = [moment(moment_id=9 - age, as_of=SOME_TIME + age * DAY) for age in range(5)]
    measured = measure(event_store, 1, [total], moments(*ages))
    assert measured.index.tolist() == [9, 8, 7, 6, 5]
    assert measured["total"].tolist() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("days", [1, 2, 60, 61, 62, 63, 64, 200, 1_100])
def test_days_are_told_apart_in_windows_of_any_length(
    event_store: DuckDBEventStore, days: int
) -> None:
    times = [SOME_TIME + n * DAY for n in range(days + 2)]
    event_store.append(batch_of(1, [{"occurred_at": at} for at in times for _ in range(2)]))
    active = Metric("active", "any", Aggregate("distinct_days"), Window("first", days))
    long_afterwards = {"as_of": SOME_TIME + 2_000 * DAY}
    nobody = moment(moment_id=2, account_id=2, **long_afterwards)
    measured = measure(event_store, 1, [active], moments(moment(**long_afterwards), nobody))
    assert measured["active"].tolist() == [days, 0]


def test_a_strangers_events_do_not_count_even_for_the_same_account_number(
    event_store: DuckDBEventStore,
) -> None:
    event_store.append(batch_of(1, [{}, {"workspace_id": 2}, {"workspace_id": 2}]))
    assert measure(event_store, 1, [MESSAGES], moments(moment())).loc[1, "messages"] == 1


def test_an_event_that_was_never_recorded_is_unknown_and_one_not_done_is_zero(
    event_store: DuckDBEventStore,
) -> None:
    event_store.append(batch_of(1, [{}]))
    other = Metric("other", "invite_sent", Aggregate("count"), FIRST_TWO_DAYS)
    measured = measure(event_store, 1, [MESSAGES, other], moments(moment(account_id=7)))
    assert measured.loc[1, "messages"] == 0
    assert math.isnan(measured["other"].item())


def test_the_caller_can_say_which_events_are_known(event_store: DuckDBEventStore) -> None:
    measured = measure(event_store, 1, [MESSAGES], moments(moment()), known_events={"message_sent"})
    assert measured.loc[1, "messages"] == 0


def test_without_a_trial_start_windows_of_the_trial_are_unknown(
    event_store: DuckDBEventStore,
) -> None:
    event_store.append(batch_of(1, [{}]))
    week = Metric("week", "message_sent", Aggregate("count"), Window("last", 7))
    measured = measure(event_store, 1, [MESSAGES, week], moments(moment(trial_started_at=None)))
    assert math.isnan(measured["messages"].item())
    assert measured["week"].item() == 1


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("count", 0),
        ("distinct_contacts", 0),
        ("distinct_days", 0),
        ("sum", 0),
        ("max", math.nan),
        ("days_since_last", math.inf),
        ("first_time", math.inf),
        ("contacts_active", 0),
    ],
)
def test_each_aggregate_has_its_value_for_a_window_without_events(
    event_store: DuckDBEventStore, kind: str, value: float
) -> None:
    event_store.append(batch_of(1, [{"occurred_at": SOME_TIME - DAY}]))
    aggregate = Aggregate(kind, property="minutes", days=2, within=3)
    metric = Metric("metric", "message_sent", aggregate, FIRST_TWO_DAYS)
    measured = measure(event_store, 1, [metric], moments(moment()))["metric"].item()
    assert measured == pytest.approx(value, nan_ok=True)
    assert AGGREGATES[kind].empty == pytest.approx(value, nan_ok=True)


def test_numbers_that_were_sent_as_text_are_added_up(event_store: DuckDBEventStore) -> None:
    properties = ['{"minutes": "12.5"}', '{"minutes": 20}', '{"minutes": " 3 "}']
    event_store.append(batch_of(1, [{"properties": text} for text in properties]))
    minutes = Metric("m", "message_sent", Aggregate("sum", property="minutes"), FIRST_TWO_DAYS)
    assert measure(event_store, 1, [minutes], moments(moment()))["m"].item() == 35.5


def test_conditions_hold_for_what_was_sent_as_text(event_store: DuckDBEventStore) -> None:
    event_store.append(batch_of(1, [{"properties": '{"billable": "true", "country": "no"}'}]))
    billable, country = (
        PropertyFilter("billable", "is", True),
        PropertyFilter("country", "is", "NO"),
    )
    sent = Metric("m", "message_sent", Aggregate("count"), FIRST_TWO_DAYS, (billable, country))
    assert measure(event_store, 1, [sent], moments(moment()))["m"].item() == 1


def test_a_property_that_is_no_number_is_left_out(event_store: DuckDBEventStore) -> None:
    said = ["0.1", '"NaN"', '"1e400"', '"Infinity"', "true", '"a lot"', "[1]", "null"]
    properties = [*(f'{{"minutes": {each}}}' for each in said), "{}", "no JSON"]
    event_store.append(batch_of(1, [{"properties": text} for text in properties]))
    minutes = Metric("m", "message_sent", Aggregate("sum", property="minutes"), FIRST_TWO_DAYS)
    assert measure(event_store, 1, [minutes], moments(moment()))["m"].item() == 0.1


def test_a_sum_is_unknown_where_every_event_lacks_the_property(
    event_store: DuckDBEventStore,
) -> None:
    event_store.append(batch_of(1, [{}]))
    minutes = Metric("m", "message_sent", Aggregate("sum", property="minutes"), FIRST_TWO_DAYS)
    assert math.isnan(measure(event_store, 1, [minutes], moments(moment()))["m"].item())


def test_many_small_numbers_add_up_without_drift(event_store: DuckDBEventStore) -> None:
    event_store.append(batch_of(1, [{"properties": '{"minutes": 0.1}'} for _ in range(10_000)]))
    minutes = Metric("m", "message_sent", Aggregate("sum", property="minutes"), FIRST_TWO_DAYS)
    assert measure(event_store, 1, [minutes], moments(moment()))["m"].item() == 1000.0


def test_filters_are_taken_together(event_store: DuckDBEventStore) -> None:
    properties = [
        '{"channel": "email", "recipients": 10}',
        '{"channel": "email", "recipients": 9}',
        '{"channel": "push", "recipients": 11}',
    ]
    event_store.append(batch_of(1, [{"properties": text} for text in properties]))
    where = (
        PropertyFilter("channel", "is", "email"),
        PropertyFilter("recipients", "at_least", 10),
    )
    campaigns = Metric("c", "message_sent", Aggregate("count"), FIRST_TWO_DAYS, where)
    assert measure(event_store, 1, [campaigns], moments(moment()))["c"].item() == 1


def test_contacts_active_on_three_days_within_seven(event_store: DuckDBEventStore) -> None:
    active = {1: [0, 3, 6], 2: [0, 3, 7], 3: [0, 0, 6], 4: [1, 8, 9, 10]}
    event_store.append(
        batch_of(
            1,
            [
                {"contact_id": contact, "occurred_at": SOME_TIME + day * DAY}
                for contact, days in active.items()
                for day in days
            ],
        )
    )
    aggregate = Aggregate("contacts_active", days=3, within=7)
    adopted = Metric("adopted", "any", aggregate, Window("trial"))
    later = moments(moment(as_of=SOME_TIME + 20 * DAY))
    assert measure(event_store, 1, [adopted], later)["adopted"].item() == 2


class Listening:
    """An event store that keeps what it was asked."""

    def __init__(self, store: DuckDBEventStore) -> None:
        self._store = store
        self.asked: list[AnySelect] = []

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    def frame(self, statement: AnySelect) -> pd.DataFrame:
        self.asked.append(statement)
        return self._store.frame(statement)

    def frames(
        self, statements: Sequence[AnySelect], uploads: Mapping[str, pd.DataFrame]
    ) -> list[pd.DataFrame]:
        self.asked += statements
        return self._store.frames(statements, uploads)


@pytest.mark.parametrize(("days", "passes"), [(3, 2), (60, 1)])
def test_people_of_a_short_time_are_counted_apart_from_what_looks_far_back(
    event_store: DuckDBEventStore, days: int, passes: int
) -> None:
    times = {1: 0, 2: 57, 3: 58, 4: 59}
    event_store.append(
        batch_of(
            1,
            [
                {"contact_id": contact, "occurred_at": SOME_TIME + day * DAY}
                for contact, day in times.items()
            ],
        )
    )
    people = Metric("people", "any", Aggregate("distinct_contacts"), Window("last", days))
    total = Metric("total", "any", Aggregate("count"), Window("trial"))
    later = moments(moment(as_of=SOME_TIME + 60 * DAY))
    store = Listening(event_store)
    measured = measure(store, 1, [people, total], later)  # type: ignore[arg-type]
    assert measured.loc[1].to_dict() == {"people": min(days, 4), "total": 4}
    assert len(store.asked) == passes


def test_an_event_that_was_found_needs_not_be_looked_for_once_more(
    event_store: DuckDBEventStore,
) -> None:
    event_store.append(batch_of(1, [{}]))
    other = Metric("other", "invite_sent", Aggregate("count"), FIRST_TWO_DAYS)
    for metrics, asked in (([MESSAGES], 1), ([MESSAGES, other], 2)):
        store = Listening(event_store)
        measure(store, 1, metrics, moments(moment()))  # type: ignore[arg-type]
        assert len(store.asked) == asked


def test_nothing_to_measure_is_measured(event_store: DuckDBEventStore) -> None:
    nobody = moments(moment()).iloc[:0]
    assert measure(event_store, 1, [MESSAGES], nobody, known_events={"message_sent"}).empty
    assert measure(event_store, 1, [], moments(moment())).shape == (1, 0)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("count", 3),
        ("distinct_contacts", 2),
        ("distinct_days", 2),
        ("sum", 9),
        ("max", 5),
        ("days_since_last", 3.75),
        ("first_time", 0.25),
        ("contacts_active", 1),
    ],
)
def test_each_aggregate_has_its_value_for_three_events(
    event_store: DuckDBEventStore, kind: str, value: float
) -> None:
    done = [(6, 1, 3), (24, 2, 5), (30, 1, 1)]  # hours, contact, minutes
    events = [
        {
            "occurred_at": SOME_TIME + timedelta(hours=hours),
            "contact_id": contact,
            "properties": f'{{"minutes": {minutes}}}',
        }
        for hours, contact, minutes in done
    ]
    event_store.append(batch_of(1, events))
    aggregate = Aggregate(kind, property="minutes", days=2, within=3)
    metric = Metric("metric", "message_sent", aggregate, FIRST_TWO_DAYS)
    measured = measure(event_store, 1, [metric], moments(moment()))["metric"].item()
    assert measured == pytest.approx(value)
