"""A product with organisations: how many people took it up, summed over the organisations."""

import pandas as pd
import pytest
from sqlalchemy import select

from pql.definitions.reading import read_definitions
from pql.events.opening import reach_event_store
from pql.metrics.measuring import measure
from pql.state.models import Account, Contact
from pql.state.store import State
from tests.real_data.conftest import Imported, install

pytestmark = [
    pytest.mark.slow,
    pytest.mark.real_data,
    pytest.mark.timeout(600),
]

AFTER_ALL = pd.Timestamp("2014-07-01")


@pytest.fixture(scope="module")
def logins(tmp_path_factory: pytest.TempPathFactory) -> Imported:
    """The users and their logins in an installation of their own."""
    imported = install("workspace-logins", tmp_path_factory.mktemp("workspace-logins"))
    for kind, name, rows in (
        ("leads", "users.csv", "12,000"),
        ("events", "logins.csv.gz", "207,917"),
    ):
        expected = f"{rows} rows read: {rows} imported, 0 already there, 0 rejected\n"
        assert imported.import_file(kind, name) == expected
    return imported


def test_people_who_took_it_up_are_counted_in_their_organisations(logins: Imported) -> None:
    text = (logins.examples / "definitions.yaml").read_text()
    metrics = list(read_definitions(text, "definitions.yaml").metrics.values())
    state = State(logins.settings.database_url)
    store = reach_event_store(logins.settings)
    with state.reading() as session:
        organisations = session.scalars(select(Account.id)).all()
        people = session.scalars(select(Contact.id)).all()
    moments = pd.DataFrame(
        {
            "moment_id": range(len(organisations)),
            "account_id": organisations,
            "as_of": AFTER_ALL,
            "trial_started_at": pd.NaT,
            "trial_ends_at": pd.NaT,
        }
    )
    found = measure(store, 1, metrics, moments).sum()
    store.close()
    state.close()
    assert (len(organisations), len(people)) == (417, 12_000)
    assert found["adopted_people"] == 1_602
    assert found["adopted_people_in_eight_days"] == 1_656
