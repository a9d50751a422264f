"""Where everything is received at once, a replay decides day by day as the cohorts do."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from pql.cohorts import evaluate_definition
from pql.definitions.reading import read_definitions
from pql.events.duckdb_store import DuckDBEventStore
from pql.rules.states import MET
from pql.state.store import State
from pql.trials import naive
from segments.replay.looks import A_DAY, Looks
from segments.replay.walking import read_past, sides_of, walk
from tests.fixtures.product import DAY
from tests.replay.conftest import HOUR, NOW, Planted, definitions, planted, silent
from tests.replay.plainly import looked_at, seen_at

WEEKS = 3
AGES = (1, 2, 5)

TRIALS = st.lists(
    st.tuples(
        st.integers(9, 20),  # days ago that it began
        st.lists(st.integers(0, 150), max_size=5),  # hours after that of its invites
        st.none() | st.integers(1, 150),  # half an hour after this hour it paid
    ),
    min_size=1,
    max_size=5,
)


@contextmanager
def workspace(template: Path) -> Iterator[Planted]:
    """An empty workspace in stores of its own."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(template, folder, dirs_exist_ok=True)
        state = State(f"sqlite:///{folder}/state.sqlite3")
        store = DuckDBEventStore(Path(folder) / "events.duckdb")
        yield planted(state, store, "owner")
        store.close()
        state.close()


@given(trials=TRIALS, at_least=st.integers(1, 3))
@settings(max_examples=4, deadline=None)
def test_each_day_is_judged_as_the_cohort_of_that_age(
    sqlite_template: Path, trials: list[tuple[int, list[int], int | None]], at_least: int
) -> None:
    text = definitions(at_least).replace("trial_days: 14", "trial_days: 60")
    text = text.replace("within: 30 days", "within: 1 day")
    file = read_definitions(text, "test.yaml")
    with workspace(sqlite_template) as owner:
        for days_ago, hours, paid in trials:
            account = owner.trial(NOW - days_ago * DAY)
            owner.sends(account, [NOW - days_ago * DAY + hour * HOUR for hour in hours])
            if paid is not None:
                owner.pays(account, NOW - days_ago * DAY + paid * HOUR + HOUR / 2)
        product = owner.product
        with product.state.reading() as session:
            past = read_past(
                product.store, session, product.workspace_id, [file], Looks(naive(NOW), WEEKS)
            )
            sides = sides_of(past, [(file, list(file.definitions.values()))])
            (walked,) = walk(past, sides, silent)
            cohorts = {
                age: evaluate_definition(
                    product.store,
                    session,
                    product.workspace_id,
                    file,
                    "conversion",
                    as_of=NOW,
                    window_days=age,
                ).whole
                for age in AGES
            }
    started = sides[0].lives.at(past.looks.last).set_index("account_id")["trial_started_at"]
    trail, looks, statuses = walked["conversion"].trail, past.looks, sides[0].statuses
    for age, cohort in cohorts.items():
        judged = [
            seen_at(trail, account_id, look)
            for look in range(looks.count)
            for account_id in looked_at(sides[0].lives, look, looks, statuses)["account_id"]
            if looks.at(look) - started[account_id] == age * A_DAY
        ]
        met = [pql for pql, *_ in judged if pql == MET]
        assert (len(judged), len(met)) == (cohort.population, cohort.met)
