"""Reviews and merges from the command line."""

import json

import pytest
from click.testing import CliRunner, Result

from routes.command_line import main
from tests.fixtures.loading import Loading, group, identify
from tests.identity.people import alias, merges, reviews


def pql(loading: Loading, *arguments: str, workspace: str = "own") -> Result:
    environment = {"DATABASE_URL": loading.settings.database_url, "COLUMNS": "200"}
    command = ["identity", *arguments, "--workspace", workspace]
    return CliRunner(env=environment).invoke(main, command, prog_name="pql")


@pytest.fixture
def migrated_database_url(migrated_sqlite_url: str) -> str:
    """The queries are tested on both databases with the API."""
    return migrated_sqlite_url


@pytest.fixture
def asked(loading: Loading) -> Loading:
    """Bob, whom an alias would make Ada of acme."""
    loading.load_sent(
        identify("0", "ada"),
        group("1", "acme", "ada"),
        identify("2", "bob"),
        alias("3", "bob", "ada"),
    )
    return loading


def test_a_review_is_listed_approved_and_undone(asked: Loading) -> None:
    (listed,) = json.loads(pql(asked, "reviews", "--json").stdout)
    assert (listed["origin"]["user_id"], listed["target"]["user_id"]) == ("bob", "ada")
    assert "alias 3" in pql(asked, "reviews").stdout

    said = pql(asked, "merge", str(listed["id"])).stdout
    assert "bob is ada (acme)" in said
    asked.load()
    assert asked.account_of("2") == "acme"
    assert "command line review" in pql(asked, "merges").stdout

    (merge,) = json.loads(pql(asked, "merges", "--json").stdout)
    assert "bob and ada (acme) are two again" in pql(asked, "undo", str(merge["id"])).stdout
    asked.load()
    assert asked.account_of("2") is None
    assert merges(asked)[0].undone_by == "command line"


def test_a_review_is_kept_apart(asked: Loading) -> None:
    (review,) = reviews(asked)
    assert "are kept apart" in pql(asked, "keep-apart", str(review.id)).stdout
    assert json.loads(pql(asked, "reviews", "--state", "kept_apart", "--json").stdout)


@pytest.mark.parametrize("command", ["merge", "keep-apart", "undo"])
def test_what_is_not_there_is_said_in_a_line(asked: Loading, command: str) -> None:
    result = pql(asked, command, "77")
    assert result.exit_code == 1
    assert "77; list them for their ids" in result.stderr


def test_a_strangers_workspace_has_none_of_it(asked: Loading) -> None:
    (review,) = reviews(asked)
    assert json.loads(pql(asked, "reviews", "--json", workspace="stranger").stdout) == []
    assert pql(asked, "merge", str(review.id), workspace="stranger").exit_code == 1
    assert reviews(asked)[0].state == "open"
