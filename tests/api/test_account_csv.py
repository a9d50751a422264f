"""The list as a file: all of it, safe in a spreadsheet, unknown as unknown."""

import csv
import io
from collections.abc import Sequence

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from pql.accounts import exporting
from pql.accounts.querying import AccountFilter
from pql.accounts.reasons import Document, Kept
from pql.paging import LARGEST_PAGE
from pql.state.store import State
from pql.tables import FORMULA_STARTS, csv_lines
from routes.service import DOWNLOADS
from tests.fixtures.account_rows import add_account, leading_definition
from tests.fixtures.web import CREATED_AT, Member


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


def test_the_file_says_of_each_account_what_the_list_says(
    client: FlaskClient, owner: Member, web_state: State
) -> None:
    started = CREATED_AT.replace(microsecond=5)
    with web_state.writing() as session:
        add_account(session, owner.workspace_id, "a", status="trial", trial_started_at=started)
        add_account(session, owner.workspace_id, "b", score=70, motion="low_touch", pql="met")
        add_account(session, owner.workspace_id, "c", score=None, motion="unknown")
        definition = leading_definition(session, owner.workspace_id)
    for query in ("sort=key", f"sort=-score&definition={definition}", "sort=name&min_score=1"):
        listed = client.get(f"/api/v1/accounts?{query}", headers=owner.bearer()).get_json()
        file = client.get(f"/api/v1/accounts.csv?{query}", headers=owner.bearer())
        expected = [
            {name: "" if value is None else str(value) for name, value in account.items()}
            for account in listed["data"]
        ]
        found = rows_of(file.text)
        assert [{name: row[name] for name in expected[0]} for row in found] == expected


def test_only_few_files_are_made_at_once(client: FlaskClient, owner: Member) -> None:
    path, headers = "/api/v1/accounts.csv", owner.bearer()
    under_way = [client.get(path, headers=headers) for _ in range(DOWNLOADS)]
    refused = client.get(path, headers=headers)
    assert refused.status_code == 503
    assert refused.headers["Retry-After"] == "30"
    assert "Too many files" in refused.get_json()["detail"]
    under_way[0].close()
    assert client.get(path, headers=headers).status_code == 200
    for answer in under_way[1:]:
        answer.close()


def test_a_file_that_is_refused_takes_no_place(client: FlaskClient, owner: Member) -> None:
    for _ in range(DOWNLOADS + 1):
        answer = client.get("/api/v1/accounts.csv?definition=none", headers=owner.bearer())
        assert answer.status_code == 422
    assert client.get("/api/v1/accounts.csv", headers=owner.bearer()).status_code == 200


def test_of_a_file_only_some_rows_are_in_memory(
    web_state: State, owner: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "AT_ONCE", 2)
    with web_state.writing() as session:
        for number in range(5):
            add_account(session, owner.workspace_id, f"{number}")
    asked: list[int] = []

    def explain(_session: Session, _workspace: int, results: Sequence[Kept]) -> list[Document]:
        asked.append(len(results))
        return []

    lines = exporting.account_lines(
        web_state, owner.workspace_id, AccountFilter(), "key", CREATED_AT, explain
    )
    assert [text.count("\n") for text in lines] == [1, 2, 2, 1]
    assert len(asked) == 3
