"""`pql leads`: list people with score and stage, accept and reject them."""

import csv
import io
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import pytest
from click.testing import Result

from pql.state.models import Contact, Lead
from pql.state.store import State
from pql.workspaces import find_workspace

Run = Callable[..., Result]

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def add_lead(state: State, workspace: str, email: str, stage: str, score: int) -> None:
    with state.writing() as session:
        workspace_id = find_workspace(session, workspace).id
        seen = {"first_seen_at": NOW, "last_seen_at": NOW}
        contact = Contact(workspace_id=workspace_id, email=email, **seen)
        session.add(contact)
        session.flush()
        session.add(
            Lead(
                contact_id=contact.id,
                workspace_id=workspace_id,
                score=score,
                grade=1,
                stage=stage,
                stage_since=NOW,
                evaluated_at=NOW,
                explanation={"sentence": f"score {score}"},
            )
        )


@pytest.fixture
def workspace(pql: Run, embedded: Mapping[str, str]) -> str:
    """A workspace with an MQL and a subscriber, and a stranger's with another MQL."""
    for name in ("ours", "strangers"):
        assert pql("workspace", "create", name).exit_code == 0
    state = State(embedded["DATABASE_URL"])
    add_lead(state, "ours", "boss@example.com", "MQL", 80)
    add_lead(state, "ours", "reader@example.com", "subscriber", 0)
    add_lead(state, "strangers", "stranger@example.com", "MQL", 90)
    state.close()
    return "ours"


def test_leads_are_listed_as_json_the_best_first(pql: Run, workspace: str) -> None:
    result = pql("leads", "--workspace", workspace, "--format", "json")
    assert [lead["email"] for lead in json.loads(result.stdout)] == [
        "boss@example.com",
        "reader@example.com",
    ]


def test_leads_are_listed_as_csv_with_filters(pql: Run, workspace: str) -> None:
    result = pql("leads", "--workspace", workspace, "--min-score", "50", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert [(row["email"], row["score"], row["stage"]) for row in rows] == [
        ("boss@example.com", "80", "MQL")
    ]


def test_leads_are_listed_as_a_table(pql: Run, workspace: str) -> None:
    result = pql("leads", "--workspace", workspace, "--stage", "subscriber")
    assert result.exit_code == 0
    assert "MQL" not in result.stdout


def test_the_list_needs_a_workspace(pql: Run) -> None:
    result = pql("leads")
    assert result.exit_code == 2
    assert "--workspace" in result.stderr


def test_sales_accepts_once(pql: Run, workspace: str) -> None:
    first = pql("leads", "accept", "boss@example.com", "--workspace", workspace)
    assert first.stdout == "boss@example.com: MQL -> SQL (accepted by sales)\n"
    again = pql("leads", "accept", "boss@example.com", "--workspace", workspace)
    assert again.exit_code == 1
    assert again.stderr == "Error: only MQL can be accepted; this lead is SQL\n"


def test_sales_rejects_with_a_reason(pql: Run, workspace: str) -> None:
    decision = ("leads", "reject", "boss@example.com", "--workspace", workspace)
    assert pql(*decision).exit_code == 2
    assert pql(*decision, "--reason", "no budget").stdout == (
        "boss@example.com: MQL -> lead (rejected by sales: no budget)\n"
    )


def test_an_address_that_two_leads_have_is_refused_with_their_ids(
    pql: Run, workspace: str, embedded: Mapping[str, str]
) -> None:
    state = State(embedded["DATABASE_URL"])
    add_lead(state, workspace, "Boss@example.com", "MQL", 10)
    state.close()
    listed = json.loads(pql("leads", "--workspace", workspace, "--format", "json").stdout)
    ids = sorted(lead["id"] for lead in listed if lead["email"].lower() == "boss@example.com")
    refused = pql("leads", "accept", "boss@example.com", "--workspace", workspace)
    assert refused.exit_code == 1
    assert f"name one by its id: {ids[0]} and {ids[1]}" in refused.stderr
    assert pql("leads", "accept", str(ids[1]), "--workspace", workspace).exit_code == 0


def test_a_strangers_lead_cannot_be_decided_on(pql: Run, workspace: str) -> None:
    result = pql("leads", "accept", "stranger@example.com", "--workspace", workspace)
    assert result.exit_code == 1
    assert "there is no lead 'stranger@example.com'" in result.stderr
