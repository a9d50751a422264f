"""The whole line, no part replaced: the SDK, HTTP, loader, evaluation, and the API's list."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from segment.analytics import Client

from benchmarks.service import Service, eventually, running_service
from tests.fixtures.counted import counts_of

DEFINITIONS = Path(__file__).parents[2] / "benchmarks" / "definitions.yaml"
NEEDED = 5  # messages, says the definition

pytestmark = pytest.mark.slow


@pytest.fixture
def service(tmp_path: Path, database_url: str) -> Iterator[Service]:
    """`pql serve` with two workspaces and the definitions applied to the first."""
    with running_service(tmp_path, DATABASE_URL=database_url) as service:
        service.run("workspace", "create", "owner")
        service.run("workspace", "create", "stranger")
        service.run("definitions", "apply", DEFINITIONS, "--workspace", "owner")
        yield service


@pytest.fixture
def sdk(service: Service) -> Iterator[Client]:
    """The SDK as a product uses it, with the owner's write key."""
    client = Client(service.create_key("owner", "write"), host=service.address, max_retries=2)
    yield client
    client.join()


def sign_up(sdk: Client) -> None:
    """A team of a large company starts a trial."""
    started = datetime.now(UTC) - timedelta(days=2)
    company = {
        "name": "Example team",
        "status": "trial",
        "trial_started_at": started,
        "employees": 500,
    }
    sdk.identify("user-1", {"email": "person@example.com"})
    sdk.group("user-1", "team-1", company)


def list_accounts(service: Service, key: str, **asked: str) -> list[dict[str, Any]]:
    answer = requests.get(
        f"{service.address}/api/v1/accounts",
        params=asked,
        headers={"Authorization": f"Bearer {key}"},
        timeout=10,
    )
    assert answer.status_code == 200, answer.text
    listed: list[dict[str, Any]] = answer.json()["data"]
    return listed


def test_the_last_event_needed_routes_the_account_to_sales_and_no_stranger_sees_it(
    service: Service, sdk: Client
) -> None:
    key = service.create_key("owner", "read")
    sign_up(sdk)
    for _ in range(NEEDED - 1):
        sdk.track("user-1", "message_sent")
    sdk.flush()
    all_but_one = {"journaled": 6, "pending": 0, "stored": 6}
    eventually(
        "all but the last event are stored and evaluated",
        lambda: (
            all_but_one.items() <= (counts := counts_of(service, "owner")).items()
            and not counts["waiting"]
        ),
    )
    [account] = list_accounts(service, key, status="trial")
    assert (account["pql"], account["motion"]) == ("not_met", "no_touch")

    sdk.track("user-1", "message_sent")
    sdk.flush()
    [account] = eventually(
        "the account is routed to sales", lambda: list_accounts(service, key, motion="high_touch")
    )
    assert (account["id"], account["pql"], account["people"]) == ("team-1", "met", 1)

    assert list_accounts(service, service.create_key("stranger", "read")) == []
    assert service.stats("stranger")["stored"] == 0
