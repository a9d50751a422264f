"""The pages of benchmarks: the list, a metric with its picture and table, an account on it."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event

from pql.benchmarks.comparing import LATER_CUSTOMERS
from pql.benchmarks.documents import RETENTION, save_documents
from pql.benchmarks.percentiles import Percentiles
from pql.benchmarks.repository import save
from pql.benchmarks.retention import Retention, RetentionWeek
from pql.definitions import versions
from pql.state.store import State
from pql.statistics.intervals import newcombe, wilson
from tests.fixtures.account_rows import add_account
from tests.fixtures.benchmark_documents import add_moved_benchmarks
from tests.fixtures.web import CREATED_AT, Member
from tests.pages.conftest import SignIn

METRIC = "active_people"
DEFINITION = "trial_conversion"
RETAINED = Retention(
    DEFINITION,
    7,
    10,
    20,
    0,
    (RetentionWeek(2, False, wilson(9, 10), wilson(2, 20), newcombe(9, 10, 2, 20)),),
)
PICTURE = f"/pictures/benchmarks/{METRIC}.svg"


@pytest.fixture
def benchmarks(web_state: State, owner: Member) -> None:
    rows = {
        (METRIC, LATER_CUSTOMERS, day): Percentiles(
            31, p10=1, p25=2, p50=1200.0 + day, p75=2000, p90=3000
        )
        for day in (1, 2)
    }
    with web_state.writing() as session:
        version_id = versions.current(session, owner.workspace_id).version_id
        saved = save(session, owner.workspace_id, version_id, rows, customers=31, as_of=CREATED_AT)
        save_documents(session, saved.version.id, {(RETENTION, DEFINITION): RETAINED})


def test_a_workspace_without_customers_is_told_what_is_missing(
    client: FlaskClient, owner: Member, sign_in: SignIn
) -> None:
    sign_in(owner)
    page = client.get("/benchmarks").text
    assert "No benchmark yet" in page
    assert "pql import" in page


@pytest.mark.usefixtures("benchmarks")
def test_the_list_shows_the_last_day_of_each_metric(
    client: FlaskClient, owner: Member, sign_in: SignIn
) -> None:
    sign_in(owner)
    page = client.get("/benchmarks").text
    assert "<b>1,202</b>" in page
    assert "unknown: 25 customers are needed" in page  # of the metrics without rows


@pytest.mark.usefixtures("benchmarks")
def test_the_list_reads_what_is_drawn_in_one_query(
    client: FlaskClient, owner: Member, sign_in: SignIn, web_state: State
) -> None:
    read = []

    def note(_connection: Any, _cursor: Any, statement: str, *_others: Any) -> None:
        if "FROM benchmark_document" in statement:
            read.append(statement)

    sign_in(owner)
    event.listen(web_state.engine, "before_cursor_execute", note)
    page = client.get("/benchmarks").text
    event.remove(web_state.engine, "before_cursor_execute", note)
    assert "/pictures/retention/" in page
    assert len(read) == 2  # what is drawn, and what has moved


@pytest.mark.usefixtures("benchmarks")
def test_a_metric_has_a_picture_and_its_table(
    client: FlaskClient, owner: Member, sign_in: SignIn
) -> None:
    sign_in(owner)
    page = client.get(f"/benchmarks/{METRIC}").text
    assert f'src="{PICTURE}"' in page
    assert f'srcset="{PICTURE}?theme=dark"' in page
    assert '<td class="number">1,201</td>' in page
    picture = client.get(PICTURE)
    assert picture.mimetype == "image/svg+xml"
    assert "sandbox" in picture.headers["Content-Security-Policy"]
    assert "Active people" in picture.text


@pytest.mark.usefixtures("benchmarks")
def test_an_account_is_shown_among_customers(
    client: FlaskClient, owner: Member, sign_in: SignIn, web_state: State
) -> None:
    with web_state.writing() as session:
        add_account(session, owner.workspace_id, "acme/1", score=9, motion="no_touch")
    sign_in(owner)
    assert "acme/1" in client.get(f"/benchmarks/{METRIC}?account=acme/1").text
    assert "this account" in client.get(f"{PICTURE}?account=acme/1").text
    assert "this account" not in client.get(PICTURE).text


@pytest.mark.usefixtures("benchmarks")
def test_what_does_not_exist_is_not_found(
    client: FlaskClient, owner: Member, stranger: Member, sign_in: SignIn, web_state: State
) -> None:
    with web_state.writing() as session:
        add_account(session, owner.workspace_id, "acme/1", score=9, motion="no_touch")
    sign_in(stranger)
    assert client.get(f"{PICTURE}?account=acme/1").status_code == 404
    assert client.get("/benchmarks/nothing").status_code == 404
    assert "1,202" not in client.get("/benchmarks").text


@pytest.mark.usefixtures("benchmarks")
def test_what_else_belongs_to_the_version_is_drawn(
    client: FlaskClient, owner: Member, stranger: Member, sign_in: SignIn
) -> None:
    picture = f"/pictures/retention/{DEFINITION}.svg"
    sign_in(owner)
    page = client.get("/benchmarks").text
    assert f'src="{picture}"' in page
    assert "90.0%" in page
    assert "Trial conversion: active by week" in client.get(picture).text
    assert client.get("/pictures/time-to-convert/all.svg").status_code == 404
    sign_in(stranger)
    assert client.get(picture).status_code == 404


def test_a_picture_is_for_those_who_signed_in(client: FlaskClient) -> None:
    assert client.get(PICTURE).status_code == 302


def test_an_account_that_is_compared_with_a_moved_benchmark_says_so(
    client: FlaskClient, owner: Member, sign_in: SignIn, web_state: State
) -> None:
    sign_in(owner)
    with web_state.writing() as session:
        account = add_account(session, owner.workspace_id, "acme", score=70, motion="low_touch")
    assert "Moved of late" not in client.get("/accounts/acme").text
    with web_state.writing() as session:
        add_moved_benchmarks(session, account)
    page = client.get("/accounts/acme").text
    assert "Moved of late, compare with care" in page
    assert "(the median trial: 2,000, before 1,400)" in page
