"""`pql fitted fit`, `show` and `accounts`."""

import json
from collections.abc import Mapping

from pql.state.models import Workspace
from pql.state.store import State
from tests.command_line.conftest import Run
from tests.fixtures.account_rows import add_account
from tests.fixtures.fitted_rows import USED, add_model, add_score

NAMED = ("--workspace", "acme")


def plant(embedded: Mapping[str, str]) -> None:
    """A model in use, and an account that it has scored."""
    state = State(embedded["DATABASE_URL"])
    with state.writing() as session:
        workspace = session.query(Workspace).one()
        model = add_model(session, workspace.id)
        account = add_account(session, workspace.id, "initech", status="trial")
        add_score(session, account, model, 40.0)
    state.close()


def test_without_trials_a_fit_says_why_nothing_is_used(pql: Run) -> None:
    pql("workspace", "create", "acme")
    done = pql("fitted", "fit", *NAMED)
    assert done.exit_code == 0, done.stderr
    assert "Not used: there are not enough trials for earlier and later ones." in done.stdout
    (shown, *_) = json.loads(pql("fitted", "show", *NAMED, "--json").stdout)
    assert (shown["is_used"], shown["model"]) == (False, None)
    listed = pql("fitted", "accounts", *NAMED)
    assert (listed.stdout, listed.exit_code) == ("", 0)
    assert "Not used" in listed.stderr


def test_a_model_is_shown_with_how_it_did_later(pql: Run, embedded: Mapping[str, str]) -> None:
    pql("workspace", "create", "acme")
    plant(embedded)
    shown = pql("fitted", "show", *NAMED).stdout
    assert USED in shown
    assert "AUC 0.71 (0.64 to 0.77)" in shown
    assert "calibration slope 1.02 (0.80 to 1.24); 1 is right" in shown
    assert "left out: contract. It tells the outcome." in shown
    assert "warning: The rate of conversion changed over time." in shown
    assert "fitted to 600 trials that began from 2026-03-01 to 2026-05-31, 90 converted" in shown
    assert "judged on 400 trials that began from 2026-07-01 to 2026-08-15, 60 converted" in shown
    assert (
        "300 trials began from 2026-01-01 to 2026-02-28: outcomes not recorded; not looked" in shown
    )


def test_accounts_are_listed_by_their_score(pql: Run, embedded: Mapping[str, str]) -> None:
    pql("workspace", "create", "acme")
    plant(embedded)
    (row,) = json.loads(pql("fitted", "accounts", *NAMED, "--json").stdout)
    assert (row["rank"], row["id"]) == (1, "initech")
    assert "initech" in pql("fitted", "accounts", *NAMED).stdout


def test_a_definition_that_is_not_there_is_one_line_on_stderr(pql: Run) -> None:
    pql("workspace", "create", "acme")
    for command in ("fit", "show", "accounts"):
        done = pql("fitted", command, *NAMED, "--definition", "elsewhere")
        assert done.exit_code == 1
        assert "elsewhere" in done.stderr
