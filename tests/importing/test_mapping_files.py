"""Mapping files: what they may say, and where a mistake is."""

from zoneinfo import ZoneInfo

import pytest

from pql.definitions.problems import DefinitionError
from usage_ingest.importers.mapping import Activity, Field
from usage_ingest.importers.mapping_files import read_row_mapping

MAPPING = """\
accounts:
  id: account_id
  trial_started_at: trial_started_on
  status: trial
  traits: {country: country, segment: {value: small}}
  missing: []
events:
  account: account_id
  event: event
  time: date
  properties: {minutes: {column: duration, type: number}}
  time_zone: Europe/Berlin
outcomes: {account: account_id, becomes: state, time: date}
leads:
  email: mail
  activities:
    - {event: {value: demo_booked}, time: booked_at}
"""


def test_plain_text_names_a_column_and_a_mapping_may_give_a_constant() -> None:
    mapping = read_row_mapping(MAPPING, "mapping.yaml", "accounts")
    assert mapping.fields["id"] == Field(column="account_id")
    assert mapping.extras["segment"] == Field(value="small")
    assert mapping.columns == ("account_id", "trial_started_on", "country")
    assert mapping.required_columns == ("account_id",)


def test_plain_text_that_names_a_status_is_that_status() -> None:
    accounts = read_row_mapping(MAPPING, "mapping.yaml", "accounts")
    outcomes = read_row_mapping(MAPPING, "mapping.yaml", "outcomes")
    assert accounts.fields["status"] == Field(value="trial")
    assert outcomes.fields["becomes"] == Field(column="state")


def test_formats_hold_for_the_whole_section() -> None:
    events = read_row_mapping(MAPPING, "mapping.yaml", "events")
    assert events.formats.time_zone == ZoneInfo("Europe/Berlin")
    assert events.extras["minutes"] == Field(column="duration", type="number")


def test_activities_are_pairs_of_event_and_time() -> None:
    leads = read_row_mapping(MAPPING, "mapping.yaml", "leads")
    booked = Activity(Field(value="demo_booked"), Field(column="booked_at"))
    assert leads.activities == (booked,)


@pytest.mark.parametrize(
    ("content", "line", "field", "found"),
    [
        ("accounts:\n  idd: a\n  id: b\n", 2, "accounts.idd", "an unknown field"),
        ("accounts:\n  status: trial\n", 1, "accounts.id", "nothing"),
        ("accounts:\n  id: {colum: b}\n", 2, "accounts.id.colum", "an unknown field"),
        ("accounts:\n  id: b\n  missing: 3\n", 3, "accounts.missing", "3"),
        ("accounts:\n  id: b\n  time_zone: Moon\n", 3, "accounts.time_zone", '"Moon"'),
        ("events: {event: a, time: b}\n", 1, "", "no section accounts, only events"),
        ("accounts: [\n", 2, "", None),
        ("nothing: {}\n", 1, "nothing", "an unknown field"),
    ],
)
def test_a_mistake_is_told_with_its_line_and_field(
    content: str, line: int, field: str, found: str | None
) -> None:
    with pytest.raises(DefinitionError) as caught:
        read_row_mapping(content, "mapping.yaml", "accounts")
    problem = caught.value.problems[0]
    assert (problem.file, problem.line, problem.field) == ("mapping.yaml", line, field)
    assert found is None or problem.found == found
    assert problem.allowed
