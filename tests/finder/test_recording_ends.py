"""When recording ended: noticed where usage and outcomes differ, believed where somebody says."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any, cast

import pandas as pd
import pytest

from pql.calendars import Calendar
from pql.finder.reading import TableRequest, read_table
from pql.finder.recording_ends import recording_notices
from pql.finder.table_files import TableInvalid
from pql.trials import TIMES, Evidence, Recording, RecordingNotBegun, read_evidence, select_cohort
from tests.benchmarks.planting import plant, record_until
from tests.fixtures.product import DAY, START, TODAY, Product

BEGINS = pd.Timestamp("2026-01-01")


@pytest.fixture
def migrated_database_url(migrated_sqlite_url: str) -> str:
    """When recording ended does not depend on the database."""
    return migrated_sqlite_url


def said(usage_days: int, paid_on: range, zone: str = "UTC") -> list[str]:
    """What is told where usage lasts for so many days and one pays on each of some days."""
    frame: dict[str, Any] = dict.fromkeys(TIMES, pd.NaT)
    trials = pd.DataFrame({"account_id": list(paid_on), "status": "paying", **frame})
    trials["converted_at"] = [BEGINS + pd.Timedelta(days=day) for day in paid_on]
    trials = trials.astype(dict.fromkeys(TIMES, "datetime64[us]"))
    usage_ends = BEGINS + pd.Timedelta(days=usage_days)
    recording = Recording(BEGINS, usage_ends, max(usage_ends, trials["converted_at"].max()))
    store = cast("Any", None)  # nothing is read
    evidence = Evidence(store, 1, trials, recording, recording.ends, Calendar(zone))
    return list(recording_notices(evidence))


def test_where_both_end_about_the_same_time_nothing_is_told() -> None:
    assert said(usage_days=100, paid_on=range(10, 95)) == []


def test_outcomes_that_end_earlier_by_no_accident_are_noticed_with_the_remedy() -> None:
    [sentence] = said(usage_days=100, paid_on=range(10, 60))
    assert "until 2026-04-11, the last outcome is of 2026-03-01" in sentence
    assert sentence.endswith("say --until 2026-03-01 (until in the API).")


def test_rare_outcomes_may_be_long_ago() -> None:
    assert said(usage_days=100, paid_on=range(10, 80, 20)) == []


def test_usage_that_ends_earlier_is_noticed() -> None:
    [sentence] = said(usage_days=60, paid_on=range(10, 95))
    assert sentence.startswith("Outcomes are known until 2026-04-05, usage only until 2026-03-02")


def test_dates_are_those_of_the_workspace() -> None:
    [sentence] = said(usage_days=100, paid_on=range(10, 60), zone="America/New_York")
    assert "--until 2026-02-28" in sentence


def test_trials_are_old_enough_by_when_recording_is_said_to_have_ended(product: Product) -> None:
    plant(product, 3)
    record_until(product, START + 20 * DAY)

    def judged(until: date | None) -> int:
        with product.state.reading() as session:
            asked = (product.store, session, product.workspace_id, TODAY, until)
            return len(select_cohort(read_evidence(*asked), 7, 30).judged)

    ends = (START + 36 * DAY).date()
    assert judged(None) == 0
    assert (judged(ends - timedelta(days=1)), judged(ends)) == (0, 3)
    with pytest.raises(RecordingNotBegun, match="no event is as old"):
        judged(START.date() - timedelta(days=1))


def test_rows_of_a_file_are_too(tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    days = pd.date_range("2026-01-01", periods=60).strftime("%Y-%m-%d")
    rows = [f"{day},{number % 2},{number}" for number, day in enumerate(days)]
    file.write_text("\n".join(["started,paid,visits", *rows]))

    def kept(until: str | None) -> int:
        request = TableRequest("paid", "started", days=7, within=13, until=until)
        return len(read_table(file, request)[0])

    assert (kept(None), kept("2026-01-31"), kept("2026-03-31")) == (40, 12, 60)
    with pytest.raises(TableInvalid, match="first row began on 2026-01-01"):
        kept("2025-12-31")
