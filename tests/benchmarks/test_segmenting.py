"""Which segment an account is in, and that each segment's percentiles are of its accounts alone."""

from datetime import timedelta
from typing import Any

import pandas as pd
import pytest

from pql.benchmarks.by_segment import SegmentRow, SegmentRows
from pql.benchmarks.comparing import CUSTOMERS_NOW, LATER_CUSTOMERS, NON_CONVERTERS
from pql.benchmarks.percentiles import Percentiles
from pql.benchmarks.segmenting import WHOLE, Segment, each_segment, label_accounts
from pql.definitions.model import SegmentBy
from pql.definitions.reading import read_definitions
from pql.trials import Traits, read_traits
from tests.benchmarks.planting import (
    DEFINITIONS,
    documents,
    evidence_of,
    plant,
    record_until,
    send,
)
from tests.fixtures.product import DAY, START, TODAY, Product

FILE = read_definitions(DEFINITIONS, "test.yaml")


def labels(product: Product, segment: SegmentBy, traits: Traits | None = None) -> list[Any]:
    """The segments of the product's accounts, in their order."""
    text = {"by": segment.by, "what": segment.what, "bands": list(segment.bands)}
    written = f"segments: {{one: {{{text['by']}: {str(text['what']).lower()}, "
    written += f"bands: {text['bands']}}}}}" if segment.bands else "}}"
    file = read_definitions(DEFINITIONS.split("segments:")[0] + written, "test.yaml")
    found = label_accounts(evidence_of(product), file, traits or {})["one"]
    return [None if pd.isna(label) else label for label in found]


@pytest.mark.parametrize(
    ("value", "label"),
    [
        ("pro", "pro"),
        ("  pro ", "pro"),
        (12, "12"),
        (2.5, "2.5"),
        (True, "true"),
        ("", None),
        (None, None),
        (["pro"], None),
        (10**400, None),
    ],
)
def test_a_trait_is_text_or_unknown(product: Product, value: object, label: str | None) -> None:
    (account,) = plant(product, 1)
    found = labels(product, SegmentBy("trait", "plan"), {account: {"plan": value}})
    assert found == [label]


@pytest.mark.parametrize(
    ("value", "label"),
    [
        (9.99, "under 10"),
        (10, "10 to under 50"),
        (49, "10 to under 50"),
        (50, "50 or more"),
        ("50", "50 or more"),
        (" 9.99 ", "under 10"),
        ("a few", None),
        (True, None),
    ],
)
def test_bands_are_of_numbers_and_half_open(
    product: Product, value: object, label: str | None
) -> None:
    (account,) = plant(product, 1)
    found = labels(product, SegmentBy("trait", "size", (10, 50)), {account: {"size": value}})
    assert found == [label]


def test_the_commonest_values_are_kept_and_the_rest_is_one(product: Product) -> None:
    accounts = plant(product, 3 * 9 + 1)
    traits = {account: {"plan": f"p{number % 9}"} for number, account in enumerate(accounts[:27])}
    traits[accounts[27]] = {"plan": "p8"}
    found = labels(product, SegmentBy("trait", "plan"), traits)
    assert sorted(set(found)) == ["other", "p0", "p1", "p2", "p3", "p4", "p5", "p6", "p8"]
    assert found.count("other") == 3


def test_the_latest_periods_are_kept(product: Product) -> None:
    for month in range(14):
        plant(product, 1, started=START + timedelta(days=31 * month))
    product.account(started=None)
    found = labels(product, SegmentBy("started", "month"))
    assert found[:3] == ["earlier", "earlier", "2026-03"]
    assert found[-2:] == ["2027-02", None]


def test_people_are_counted_in_the_window_and_before_the_payment(product: Product) -> None:
    product.apply(DEFINITIONS)
    early, late = plant(product, 2, converted_at=START + 3 * DAY)
    for contact, day in ((1, 0), (2, 2), (3, 5)):
        product.does(early, "message_sent", START + day * DAY, contact_id=contact)
    product.does(late, "message_sent", START + 8 * DAY, contact_id=9)
    product.account(started=None)
    assert labels(product, SegmentBy("people", True, (1, 2))) == ["2 or more", "under 1", None]


def test_each_account_is_in_the_whole_and_in_one_segment_of_each_kind() -> None:
    kinds = pd.DataFrame(
        {"plan": ["a", "b", None, "a"], "size": ["x"] * 4}, index=pd.Index([1, 2, 3, 4])
    )
    found = dict(each_segment(kinds, pd.Series([4, 3, 2])))
    assert {segment: mask.tolist() for segment, mask in found.items()} == {
        WHOLE: [True, True, True],
        Segment("plan", "a"): [True, False, False],
        Segment("plan", "b"): [False, False, True],
        Segment("plan", None): [False, True, False],
        Segment("size", "x"): [True, True, True],
    }


@pytest.fixture
def told_apart(product: Product) -> Product:
    """Customers from ads that send one message a day, and from friends that send three."""
    product.apply(DEFINITIONS)
    paid = START + 10 * DAY
    for source, number, a_day in (("ads", 30, 1), ("friend", 25, 3), ("rare", 24, 9)):
        times = [START + day * DAY + hour * DAY / 24 for day in range(9) for hour in range(a_day)]
        traits = {"utm_source": source}
        plant(product, number, traits=traits, messages=times, converted_at=paid)
    record_until(product, TODAY)
    product.refresh()
    return product


def row(product: Product, value: str, population: str, day: int) -> Percentiles:
    found: SegmentRows = documents(product, "segments")["messages"]
    wanted = (Segment("source", value), population, day)
    rows: list[SegmentRow] = [
        each for each in found.rows if (each.segment, each.population, each.day) == wanted
    ]
    (only,) = rows
    return only.percentiles


def test_each_segment_has_the_percentiles_of_its_own_accounts(told_apart: Product) -> None:
    ads = row(told_apart, "ads", LATER_CUSTOMERS, 3)
    assert (ads.accounts, ads.p10, ads.p50, ads.p90) == (30, 3, 3, 3)
    assert row(told_apart, "friend", LATER_CUSTOMERS, 7).p50 == 21


def test_a_segment_of_fewer_than_25_accounts_says_nothing(told_apart: Product) -> None:
    assert row(told_apart, "rare", LATER_CUSTOMERS, 3) == Percentiles(24)


def test_customers_now_and_non_converters_are_told_apart_too(told_apart: Product) -> None:
    plant(told_apart, 26, traits={"utm_source": "ads"}, messages=[START + DAY])
    told_apart.refresh(TODAY + DAY)
    assert row(told_apart, "ads", NON_CONVERTERS, 7).p50 == 1
    assert row(told_apart, "ads", CUSTOMERS_NOW, 0).p50 == 0


def test_the_documents_of_a_version_follow_its_latest_computation(told_apart: Product) -> None:
    before = documents(told_apart, "segments")
    strangers = plant(told_apart, 1, status="unknown", started=START - DAY)
    send(told_apart, strangers, [TODAY])
    told_apart.refresh(TODAY + DAY)
    assert documents(told_apart, "segments") == before
    with told_apart.state.reading() as session:
        assert read_traits(session, told_apart.workspace_id, ["nothing"]) == {}
