"""A CSV or Parquet file with one row for each account or lead."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from pql.finder.alarms import Kind
from pql.finder.candidates import Candidate
from pql.finder.finding import Finding
from pql.finder.reading import TableRequest, find_in_table, read_table
from pql.finder.sentences import candidate_text, conclusion
from pql.finder.splitting import Claim
from pql.finder.table_files import TableInvalid

ROWS = 800


@pytest.fixture
def frame() -> pd.DataFrame:
    """Leads that convert more often with 7 visits or more, and if somebody referred them."""
    generator = np.random.default_rng(4)
    visits = generator.poisson(5, ROWS)
    source = generator.choice(["search", "referral", "fair"], ROWS, p=[0.6, 0.3, 0.1])
    chance = 0.1 + 0.4 * (visits >= 7) + 0.2 * (source == "referral")
    began = pd.Timestamp("2026-01-01") + pd.to_timedelta(
        np.sort(generator.integers(0, 200, ROWS)), unit="D"
    )
    return pd.DataFrame(
        {
            "id": [f"lead-{number}" for number in range(ROWS)],
            "created": began.strftime("%Y-%m-%d"),
            "visits": visits,
            "source": source,
            "converted": np.where(generator.random(ROWS) < chance, "yes", "no"),
        }
    )


def saved(frame: pd.DataFrame, folder: Path, name: str = "leads.csv") -> Path:
    file = folder / name
    if name.endswith("parquet"):
        frame.to_parquet(file)
    else:
        frame.to_csv(file, index=False)
    return file


def best(finding: Finding) -> Candidate:
    assert finding.recommended is not None
    return finding.recommended.candidate


@pytest.mark.parametrize("name", ["leads.csv", "leads.csv.gz", "leads.parquet"])
def test_what_holds_is_found_in_a_file(frame: pd.DataFrame, tmp_path: Path, name: str) -> None:
    request = TableRequest("converted", time="created", id="id")
    answer = find_in_table(saved(frame, tmp_path, name), request)
    assert "visits at least 7" in candidate_text(best(answer.finding), answer.wording)
    conditions = [candidate_text(each.candidate, answer.wording) for each in answer.finding.listed]
    assert any("source is referral" in condition for condition in conditions)
    assert "a column of a file is neither" in str(answer.adopted.why_not)


def test_without_a_time_nothing_is_confirmed_but_corrected(
    frame: pd.DataFrame, tmp_path: Path
) -> None:
    answer = find_in_table(saved(frame, tmp_path), TableRequest("converted", id="id"))
    finding = answer.finding
    assert finding.claim is Claim.ONE_GROUP
    assert finding.recommended is None
    assert finding.strongest is not None
    assert finding.corrected is not None
    assert "a guess to be tested" in conclusion(finding, answer.wording)
    seen, corrected = finding.strongest.found.lift, finding.corrected.lift
    assert None not in (seen.value, seen.low, seen.high)
    assert corrected.low is not None
    assert seen.low is not None
    assert corrected.low <= seen.low * 1.05


def test_the_youngest_rows_are_left_out(frame: pd.DataFrame, tmp_path: Path) -> None:
    request = TableRequest("converted", time="created", id="id", days=7, within=30)
    table, task = read_table(saved(frame, tmp_path), request)
    assert task.gap_days == 37
    assert task.left_out["immature"] + len(table) == ROWS
    assert task.left_out["immature"] > 50
    assert table.started_at is not None
    assert str(table.started_at.max())[:10] < "2026-06-15"


def test_a_value_can_mean_that_nothing_was_given(frame: pd.DataFrame, tmp_path: Path) -> None:
    frame["city"] = np.where(frame["converted"] == "yes", "Berlin", "Select")
    frame.loc[::4, "city"] = "Select"
    file = saved(frame, tmp_path)
    plain, task = read_table(file, TableRequest("converted", time="created", id="id"))
    assert any(column.category == "Select" for column in plain.columns)
    (told,) = task.alarms
    assert told.kind is Kind.SENTINEL
    assert '--missing "Select"' in told.sentence
    request = TableRequest("converted", time="created", id="id", missing=("Select",))
    table, _ = read_table(file, request)
    assert not any(column.category == "Select" for column in table.columns)
    finding = find_in_table(file, request).finding
    assert [(each.kind, each.source) for each in finding.alarms] == [(Kind.MISSING_TELLS, "city")]


def test_names_of_judgements_are_left_out_unless_known_at_the_start(
    frame: pd.DataFrame, tmp_path: Path
) -> None:
    frame = frame.rename(columns={"visits": "lead_score"})
    file = saved(frame, tmp_path)
    finding = find_in_table(file, TableRequest("converted", "created", "id")).finding
    assert [each.kind for each in finding.alarms] == [Kind.SET_LATER]
    assert {column.source for column in finding.columns} == {"source"}
    trusting = TableRequest("converted", "created", "id", known_at_start=("lead_score",))
    assert "lead_score" in {each.source for each in find_in_table(file, trusting).finding.columns}


@pytest.mark.parametrize(
    ("request_", "complaint"),
    [
        (TableRequest("paid"), "no column 'paid'"),
        (TableRequest("source"), "neither 1 or 0"),
        (TableRequest("converted", time="source"), "what is no time"),
        (TableRequest("converted", id="source"), "one row for each"),
        (TableRequest("converted", known_at_start=("nothing",)), "no column 'nothing'"),
    ],
)
def test_what_cannot_be_read_is_said(
    frame: pd.DataFrame, tmp_path: Path, request_: TableRequest, complaint: str
) -> None:
    with pytest.raises(TableInvalid, match=complaint):
        read_table(saved(frame, tmp_path), request_)


def test_a_file_that_is_no_table_is_refused(tmp_path: Path) -> None:
    (tmp_path / "leads.parquet").write_text("no")
    with pytest.raises(TableInvalid, match="cannot be read"):
        read_table(tmp_path / "leads.parquet", TableRequest("converted"))


def simulated_calls(name: str, folder: Path) -> Path:
    """Calls that last longer with those that convert, and nothing else."""
    generator = np.random.default_rng(1)
    converted = generator.random(3_000) < 0.15
    seconds = generator.exponential(np.where(converted, 550, 220)).astype(int)
    days = pd.to_timedelta(np.arange(3_000) // 10, unit="D")
    began = (pd.Timestamp("2024-01-01") + days).strftime("%Y-%m-%d")
    frame = pd.DataFrame({"id": range(3_000), "began": began, name: seconds, "won": converted})
    return saved(frame, folder)


@pytest.mark.parametrize(
    ("name", "kind"), [("call_duration", Kind.SET_LATER), ("x", Kind.STANDS_OUT)]
)
def test_how_long_a_call_was_is_not_recommended_before_it_is_said_when_it_is_known(
    tmp_path: Path, name: str, kind: Kind
) -> None:
    file = simulated_calls(name, tmp_path)
    finding = find_in_table(file, TableRequest("won", "began", "id")).finding
    (alarm,) = finding.alarms
    assert (alarm.kind, alarm.source, alarm.is_question) == (kind, name, True)
    assert finding.recommended is None
    answered = TableRequest("won", "began", "id", known_at_start=(name,))
    assert find_in_table(file, answered).finding.recommended is not None


def test_an_id_that_grows_with_time_is_seen_without_being_named(tmp_path: Path) -> None:
    generator = np.random.default_rng(1)
    numbers = np.arange(2_000)
    began = (pd.Timestamp("2024-01-01") + pd.to_timedelta(numbers // 8, unit="D")).astype(str)
    won = generator.random(2_000) < 0.1 + 0.05 * numbers / 1_000
    frame = pd.DataFrame(
        {"x": 10_000 + numbers, "began": began, "minutes": numbers % 50, "won": won}
    )
    answer = find_in_table(saved(frame, tmp_path), TableRequest("won", "began"))
    told = {each.source: each.sentence for each in answer.finding.not_searched}
    assert told["x"] == "x is an id: it says which row it is, not what anybody did."
    assert {column.source for column in answer.finding.columns} == {"minutes"}


def test_one_condition_has_one_interval(frame: pd.DataFrame, tmp_path: Path) -> None:
    finding = find_in_table(
        saved(frame, tmp_path), TableRequest("converted", "created", "id")
    ).finding
    intervals: dict[Candidate, set[object]] = {}
    for each in (*finding.shown, *finding.popular, *finding.rivals):
        intervals.setdefault(each.candidate, set()).add((each.found, each.later))
    assert {len(each) for each in intervals.values()} == {1}
    assert finding.recommended is finding.shown[0]
    shared = {each.candidate for each in finding.popular} & {
        each.candidate for each in finding.shown
    }
    assert shared
