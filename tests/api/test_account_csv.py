"""The list as a file: all of it, safe in a spreadsheet, unknown as unknown."""

import csv
import io

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st

from pql.paging import LARGEST_PAGE
from pql.state.store import State
from pql.tables import FORMULA_STARTS, csv_lines
from tests.fixtures.account_rows import add_account
from tests.fixtures.web import Member


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/api/v1/accounts.csv", {}),
        ("/api/v1/accounts?format=csv", {}),
        ("/api/v1/accounts", {"Accept": "text/csv"}),
    ],
)
def test_the_file_can_be_asked_for_in_three_ways(
    client: FlaskClient, owner: Member, web_state: State, path: str, headers: dict[str, str]
) -> None:
    with web_state.writing() as session:
        add_account(session, owner.workspace_id, "acme", score=70, motion="low_touch")
        add_account(session, owner.workspace_id, "dark", score=None, motion="unknown")
    answer = client.get(path, headers=owner.bearer() | headers)
    assert answer.content_type == "text/csv; charset=utf-8"
    acme, dark = rows_of(answer.text)
    assert (acme["id"], acme["usage_score"], acme["usage_score_state"]) == ("acme", "70", "known")
    assert (dark["id"], dark["usage_score"], dark["usage_score_state"]) == ("dark", "", "unknown")


def test_the_file_holds_every_page_and_keeps_the_filter(
    client: FlaskClient, owner: Member, web_state: State
) -> None:
    count = 2 * LARGEST_PAGE + 1
    with web_state.writing() as session:
        for number in range(count):
            add_account(session, owner.workspace_id, f"{number}", status="trial")
        add_account(session, owner.workspace_id, "other", status="paying")
    answer = client.get("/api/v1/accounts.csv?status=trial&sort=key", headers=owner.bearer())
    assert [row["id"] for row in rows_of(answer.text)] == sorted(map(str, range(count)))


def test_a_bad_filter_is_an_error_and_no_file(client: FlaskClient, owner: Member) -> None:
    answer = client.get("/api/v1/accounts.csv?definition=none", headers=owner.bearer())
    assert answer.status_code == 422


def test_a_name_cannot_run_in_a_spreadsheet(
    client: FlaskClient, owner: Member, web_state: State
) -> None:
    with web_state.writing() as session:
        add_account(session, owner.workspace_id, "@key", name='=HYPERLINK("http://x.example.com")')
    row = rows_of(client.get("/api/v1/accounts.csv", headers=owner.bearer()).text)[0]
    assert row["id"] == "'@key"
    assert row["name"] == '\'=HYPERLINK("http://x.example.com")'


@given(st.lists(st.one_of(st.text(), st.none(), st.integers()), min_size=1))
def test_no_cell_begins_like_a_formula_unless_it_is_a_number(cells: list[object]) -> None:
    text = "".join(csv_lines([str(n) for n in range(len(cells))], [cells]))
    _, row = csv.reader(io.StringIO(text, newline=""))
    for cell, written in zip(cells, row, strict=True):
        if isinstance(cell, str):
            assert not written.startswith(FORMULA_STARTS)
            assert written in {cell, f"'{cell}"}
        else:
            assert written == ("" if cell is None else str(cell))
