"""`pql accounts` lists accounts; `pql accounts show` says of one why it has its motion."""

import csv
import io
import json
from collections.abc import Mapping

import pytest
from sqlalchemy import select

from pql.state.models import Account
from pql.state.store import State
from pql.workspaces import find_workspace
from tests.command_line.conftest import Run
from tests.fixtures.account_rows import add_account, add_contact
from tests.fixtures.benchmark_documents import add_moved_benchmarks
from tests.fixtures.fitted_rows import USED, add_model, add_score


@pytest.fixture
def workspace(pql: Run, embedded: Mapping[str, str]) -> str:
    """A workspace with a trial and a paying account, and a stranger's with another trial."""
    for name in ("ours", "strangers"):
        assert pql("workspace", "create", name).exit_code == 0
    state = State(embedded["DATABASE_URL"])
    with state.writing() as session:
        ours = find_workspace(session, "ours").id
        strangers = find_workspace(session, "strangers").id
        account = add_account(
            session, ours, "acme", name="Acme", status="trial", score=82, motion="low_touch"
        )
        add_contact(session, account, "ada", stage="MQL")
        add_account(session, ours, "paid", status="paying")
        add_account(session, strangers, "theirs", status="trial", score=90, motion="high_touch")
    state.close()
    return "ours"


def test_the_table_has_the_accounts_of_the_workspace_alone(pql: Run, workspace: str) -> None:
    listed = pql("accounts", "--workspace", workspace, COLUMNS="200")
    assert listed.exit_code == 0
    assert "acme" in listed.stdout
    assert "low_touch" in listed.stdout
    assert "theirs" not in listed.stdout


def test_an_account_is_two_lines_of_at_most_80_columns(pql: Run, workspace: str) -> None:
    lines = pql("accounts", "--workspace", workspace, COLUMNS="80").stdout.splitlines()
    assert len(lines) == 1 + 2 * 2
    assert max(map(len, lines)) <= 80
    assert lines[0].split() == [
        "motion",
        "PQL",
        "score",
        "status",
        "people",
        "account,",
        "and",
        "why",
    ]
    assert lines[1].split() == ["low_touch", "unknown", "82", "trial", "1", "Acme", "(acme)"]
    assert lines[2].startswith("    ")
    assert lines[4] == "    no definition speaks of it"


def test_json_leaves_unknown_scores_null(pql: Run, workspace: str) -> None:
    listed = json.loads(pql("accounts", "--workspace", workspace, "--format", "json").stdout)
    scores = {one["id"]: (one["usage_score"], one["motion"]) for one in listed}
    assert scores == {"acme": (82, "low_touch"), "paid": (None, None)}


def test_csv_has_a_line_for_each_account(pql: Run, workspace: str) -> None:
    listed = pql("accounts", "--workspace", workspace, "--format", "csv").stdout
    rows = list(csv.DictReader(io.StringIO(listed)))
    assert sorted(row["id"] for row in rows) == ["acme", "paid"]


def test_the_list_keeps_to_what_is_asked_for(pql: Run, workspace: str) -> None:
    asked = ("accounts", "--workspace", workspace, "--format", "json")
    listed = json.loads(pql(*asked, "--motion", "low_touch").stdout)
    assert [one["id"] for one in listed] == ["acme"]
    assert json.loads(pql(*asked, "--min-score", "83").stdout) == []


def test_a_list_without_a_workspace_is_wrong_usage(pql: Run) -> None:
    result = pql("accounts")
    assert result.exit_code == 2
    assert "--workspace" in result.stderr


def test_one_account_is_explained_as_a_person_reads_it(pql: Run, workspace: str) -> None:
    shown = pql("accounts", "show", "acme", "--workspace", workspace)
    assert shown.exit_code == 0
    lines = [line.strip() for line in shown.stdout.splitlines()]
    assert lines[0] == "Acme (acme)"
    assert "trial conversion: low touch" in lines
    assert "- met: 2,100 messages sent; p50 is 1,400." in lines
    assert "- unknown: Imports are unknown: never recorded." in lines
    assert lines[lines.index("Missing to high touch") + 1] == "- 1 active person short of 3"
    assert "- ada@example.com: MQL, score 60" in lines


def test_fitted_scores_and_moved_benchmarks_are_told_beside_it(
    pql: Run, workspace: str, embedded: Mapping[str, str]
) -> None:
    state = State(embedded["DATABASE_URL"])
    with state.writing() as session:
        account = session.scalars(select(Account).where(Account.key == "acme")).one()
        add_moved_benchmarks(session, account)
        add_score(session, account, add_model(session, account.workspace_id), 40.0)
    state.close()
    shown = pql("accounts", "show", "acme", "--workspace", workspace)
    assert shown.exit_code == 0, shown.stderr
    lines = [line.strip() for line in shown.stdout.splitlines()]
    assert "Moved of late, compare with care: messages sent (`pql benchmarks drift`)" in lines
    fitted = lines.index("Fitted score of trial conversion: 75")
    assert lines[fitted + 1].startswith("Of 100 trials like this one about 75 convert")
    assert lines[fitted + 1].endswith("Number 1 of 1 scored now.")
    assert "- messages sent 40: +" in shown.stdout
    assert USED in lines


def test_an_account_that_no_definition_speaks_of_is_shown_as_such(pql: Run, workspace: str) -> None:
    shown = pql("accounts", "show", "paid", "--workspace", workspace)
    assert "No definition speaks of this account." in shown.stdout


def test_json_shows_the_explanation_as_it_is_stored(pql: Run, workspace: str) -> None:
    shown = pql("accounts", "show", "acme", "--workspace", workspace, "--format", "json")
    account = json.loads(shown.stdout)
    assert (account["id"], account["motion"]) == ("acme", "low_touch")
    assert account["explanation"] == account["standings"][0]["explanation"]


def test_a_strangers_account_is_not_shown(pql: Run, workspace: str) -> None:
    result = pql("accounts", "show", "theirs", "--workspace", workspace)
    assert result.exit_code == 1
    assert result.stderr == "Error: there is no account 'theirs'\n"


@pytest.mark.parametrize("account", ["-x", "--", "--format", "..", "a/b", "a\nb", " ", "-1", "ü"])
def test_an_account_is_shown_whatever_its_id(
    pql: Run, workspace: str, embedded: Mapping[str, str], account: str
) -> None:
    state = State(embedded["DATABASE_URL"])
    with state.writing() as session:
        add_account(session, find_workspace(session, workspace).id, account)
    state.close()
    shown = pql("accounts", "show", "--workspace", workspace, "--format", "json", "--", account)
    assert json.loads(shown.stdout)["id"] == account
    if account not in {"--", "--format"}:
        shown = pql("accounts", "show", account, "--workspace", workspace, "--format", "json")
        assert json.loads(shown.stdout)["id"] == account


@pytest.mark.parametrize(
    "arguments",
    [
        ("accounts", "show", "\udcff", "--workspace", "ours"),
        ("accounts", "show", "acme", "--workspace", "\udcff"),
        ("leads", "--workspace", "ours", "--account", "\udcff"),
        ("accounts", "--workspace", "ours", "--search", "\udcff"),
    ],
)
@pytest.mark.usefixtures("workspace")
def test_an_argument_that_is_no_text_is_refused_in_a_line(
    pql: Run, arguments: tuple[str, ...]
) -> None:
    result = pql(*arguments)
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: ")
    assert result.stderr.count("\n") == 1
    assert "\\udcff" in result.stderr
