"""How long trials take: who is under way counts as such, and what comes first counts alone."""

from datetime import datetime, timedelta

import numpy as np
import pytest

from pql.benchmarks.segmenting import WHOLE, Segment, label_accounts
from pql.benchmarks.survival import (
    FirstTimes,
    Survival,
    TimeCurve,
    TimesToConvert,
    first_times,
    read_histories,
    times_to_convert,
)
from pql.definitions.reading import read_definitions
from pql.trials import read_traits
from tests.benchmarks.planting import DEFINITIONS, documents, evidence_of, plant, record_until
from tests.fixtures.product import DAY, START, TODAY, Product
from tests.known import known

FILE = read_definitions(DEFINITIONS, "test.yaml")
ENDED = START + 60 * DAY
OVER = START + 14 * DAY


@pytest.fixture
def product(product: Product) -> Product:
    product.apply(DEFINITIONS)
    return product


def survival(product: Product) -> Survival:
    evidence = evidence_of(product)
    with product.state.reading() as session:
        traits = read_traits(session, product.workspace_id, {"utm_source"})
    return times_to_convert(FILE, evidence, label_accounts(evidence, FILE, traits))


def segment(found: Survival, by: str | None, value: str | None) -> TimesToConvert:
    return next(each for each in found.segments if each.segment == Segment(by, value))


def share(curve: TimeCurve | None, day: int) -> float:
    return next(point.share for point in known(curve).points if point.day == day)


def test_half_of_those_watched_long_enough_pay_though_most_are_new(product: Product) -> None:
    plant(product, 30, converted_at=START + 10 * DAY)
    plant(product, 30)
    plant(product, 120, started=ENDED - 2 * DAY, status="trial")
    record_until(product, ENDED)
    pays = segment(survival(product), None, None).pays
    assert share(pays, 10) == 0
    assert share(pays, 11) == pytest.approx(0.5)
    assert known(pays).happened == 30
    assert known(pays).median == 10


def test_what_comes_first_counts(product: Product) -> None:
    plant(
        product, 10, trial_ends_at=OVER, converted_at=START + 5 * DAY, churned_at=START + 30 * DAY
    )
    plant(product, 10, trial_ends_at=OVER, converted_at=START + 14.5 * DAY)
    plant(product, 10, trial_ends_at=OVER, converted_at=START + 40 * DAY)
    plant(product, 10, trial_ends_at=OVER, churned_at=START + 3 * DAY, status="churned")
    plant(product, 10, trial_ends_at=OVER)
    record_until(product, ENDED)
    whole = segment(survival(product), None, None)
    assert share(whole.first["paid"], 60) == pytest.approx(0.4)
    assert share(whole.first["churned"], 60) == pytest.approx(0.2)
    assert share(whole.first["expired"], 60) == pytest.approx(0.4)
    assert share(whole.pays, 60) == pytest.approx(0.6)


def test_trials_that_go_on_after_their_end_do_not_expire(product: Product) -> None:
    plant(product, 30, trial_ends_at=OVER, status="trial")
    record_until(product, ENDED)
    evidence = evidence_of(product)
    recording = known(evidence.recording)
    endless = read_histories(evidence, recording, expires=False)
    assert endless.first_cause.tolist() == [0] * 30
    assert read_histories(evidence, recording, expires=True).first_cause.tolist() == [3] * 30


def test_trials_that_are_announced_for_later_have_not_begun(product: Product) -> None:
    plant(product, 30, converted_at=START + 10 * DAY)
    plant(product, 30, started=ENDED + 3 * DAY, status="trial")
    record_until(product, ENDED)
    whole = segment(survival(product), None, None)
    assert (whole.accounts, share(whole.pays, 11)) == (30, 1)
    product.refresh()
    assert documents(product, "survival")


def test_what_happened_after_the_recording_ended_is_not_known(product: Product) -> None:
    plant(product, 30, converted_at=ENDED + DAY)
    record_until(product, ENDED)
    pays = known(segment(survival(product), None, None).pays)
    assert (pays.happened, pays.points[-1].day) == (0, 60)


def test_segments_are_told_apart_and_the_unknown_is_one(product: Product) -> None:
    ads, friend = {"utm_source": "ads"}, {"utm_source": "friend"}
    plant(product, 25, traits=ads, converted_at=START + 3 * DAY)
    plant(product, 75, traits=ads)
    plant(product, 20, traits=friend, converted_at=START + 3 * DAY)
    plant(product, 20, traits=friend)
    plant(product, 10)
    record_until(product, ENDED)
    found = survival(product)
    assert [each.segment for each in found.segments] == [
        WHOLE,
        Segment("source", "ads"),
        Segment("source", "friend"),
        Segment("source", None),
    ]
    assert share(segment(found, "source", "ads").pays, 7) == pytest.approx(0.25)
    assert share(segment(found, "source", "friend").pays, 7) == pytest.approx(0.5)
    assert segment(found, "source", None).refused == "fewer than 25 accounts"


def test_a_segment_of_one_outcome_is_refused_where_that_is_no_chance(product: Product) -> None:
    plant(product, 40, traits={"utm_source": "sales"}, converted_at=START + 3 * DAY)
    plant(product, 40, traits={"utm_source": "web"})
    plant(product, 40, traits={"utm_source": "new"}, started=ENDED - DAY, status="trial")
    plant(product, 10, converted_at=START + 3 * DAY)
    plant(product, 40)
    record_until(product, ENDED)
    found = survival(product)
    for value in ("sales", "web"):
        told = segment(found, "source", value)
        assert "all have one outcome" in known(told.refused)
        assert (told.pays, told.first) == (None, {})
    assert segment(found, "source", "new").refused is None
    assert segment(found, "source", None).refused is None


def test_a_stranger_is_in_nobody_elses_times(product: Product, strangers_product: Product) -> None:
    strangers_product.apply(DEFINITIONS)
    plant(strangers_product, 50, converted_at=START + 2 * DAY)
    record_until(strangers_product, ENDED)
    plant(product, 30, converted_at=START + 10 * DAY)
    plant(product, 30)
    record_until(product, ENDED)
    whole = segment(survival(product), None, None)
    assert (whole.accounts, known(whole.pays).median) == (60, 10)


def firsts(product: Product) -> FirstTimes:
    evidence = evidence_of(product)
    labels = label_accounts(evidence, FILE, {})
    return first_times(FILE, evidence, labels)["messages"]


def test_the_first_time_is_looked_for_whatever_the_window(product: Product) -> None:
    plant(product, 30, messages=[START + 2 * DAY, START + 20 * DAY])
    plant(product, 30, messages=[START + 20 * DAY])
    plant(product, 30)
    plant(product, 30, started=ENDED - DAY)
    record_until(product, ENDED)
    whole = firsts(product).segments[0]
    curve = known(whole.curve)
    assert (whole.accounts, curve.happened) == (120, 60)
    assert share(curve, 2) == 0
    assert share(curve, 3) == pytest.approx(1 / 3)
    assert share(curve, 21) == pytest.approx(2 / 3)
    assert curve.median == 20


def test_an_event_that_was_never_recorded_has_no_first_time(product: Product) -> None:
    text = DEFINITIONS.replace("message_sent", "never_seen")
    plant(product, 30, messages=[START])
    evidence = evidence_of(product)
    file = read_definitions(text, "test.yaml")
    found = first_times(file, evidence, label_accounts(evidence, file, {}))
    assert (found["messages"].segments[0].accounts, found["messages"].segments[0].curve) == (
        0,
        None,
    )


def test_both_are_kept_with_the_version(product: Product) -> None:
    plant(product, 30, converted_at=START + 10 * DAY, messages=[START + DAY])
    plant(product, 30, messages=[START])
    record_until(product, ENDED)
    product.refresh(TODAY)
    assert documents(product, "survival") == {"": survival(product)}
    assert documents(product, "first_times")["messages"] == firsts(product)


def test_days_are_counted_from_each_trials_own_start(product: Product) -> None:
    generator = np.random.default_rng(6)
    offsets = generator.integers(0, 40, 40)
    for offset in offsets:
        start: datetime = START + timedelta(days=int(offset))
        plant(product, 1, started=start, converted_at=start + timedelta(days=4.5))
    record_until(product, ENDED)
    evidence = evidence_of(product)
    histories = read_histories(evidence, known(evidence.recording), expires=True)
    assert histories.paid_after == pytest.approx(np.full(40, 4.5))
    assert histories.watched == pytest.approx(60 - offsets)
