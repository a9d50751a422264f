"""The quarantine from the command line."""

import json

import pytest
from click.testing import CliRunner, Result

from routes.command_line import main
from tests.fixtures.loading import Loading, track
from tests.fixtures.quarantined import in_quarantine, nameless, rows


def pql(loading: Loading, *arguments: str) -> Result:
    environment = {"DATABASE_URL": loading.settings.database_url}
    command = ["quarantine", *arguments, "--workspace", "own"]
    return CliRunner(env=environment).invoke(main, command, prog_name="pql")


@pytest.fixture
def migrated_database_url(migrated_sqlite_url: str) -> str:
    """The queries are tested on both databases with the API."""
    return migrated_sqlite_url


def test_what_is_in_quarantine_is_listed_and_shown(loading: Loading) -> None:
    loading.load_sent(nameless("1"))
    listed = json.loads(pql(loading, "list", "--json").stdout)
    assert listed["reasons"] == {"missing_event": 1}
    shown = json.loads(pql(loading, "show", str(listed["data"][0]["id"])).stdout)
    assert json.loads(shown["content"])["messageId"] == "1"
    assert "missing_event" in pql(loading, "list", "--reason", "missing_event").stdout


def test_it_is_mended_and_sent_through_again(loading: Loading) -> None:
    loading.load_sent(nameless("1", user_id=1.5, userId=None))
    asked = ("replay", "--reason", "missing_user_id", "--set", "event=sent", "--rename", "a=b")
    mended = (*asked, "--rename", "user_id=anonymousId", "--default", "properties.n=2")
    assert json.loads(pql(loading, *mended, "--dry-run", "--json").stdout)["outcomes"] == {
        "wrong_type": 1
    }
    cast = (*mended, "--cast", "anonymousId=text", "--dry-run", "--json")
    assert json.loads(pql(loading, *cast).stdout)["expected"][0]["anonymous_id"] == "1.5"
    result = pql(loading, *asked, "--default", 'userId="7"')
    assert "Sent through again: 1 event." in result.stdout
    loading.load()
    assert (loading.stored().name["1"], in_quarantine(loading)) == ("sent", {})


def test_a_preview_shows_what_stays_behind(loading: Loading) -> None:
    loading.load_sent(track("1", user=None))
    row_id = str(rows(loading)[0].id)
    result = pql(loading, "replay", "--id", row_id, "--remove", "properties", "--dry-run")
    assert "missing_user_id" in result.stdout
    assert "1 event would be sent" in result.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("replay",), "Say which"),
        (("replay", "--id", "1", "--set", "a"), "allowed: PATH=VALUE"),
        (("replay", "--id", "1", "--set", "a..b=1"), "names of fields joined by dots"),
        (("replay", "--id", "1", "--cast", "a=date"), "allowed: text, number, boolean"),
        (("show", "4"), "there is no quarantined event 4"),
    ],
)
def test_a_mistake_is_said_in_a_line(
    loading: Loading, arguments: tuple[str, ...], said: str
) -> None:
    result = pql(loading, *arguments)
    assert result.exit_code != 0
    assert said in result.stderr
