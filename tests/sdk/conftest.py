"""One service for all SDKs, the unreliable network before it, and a workspace for each test."""

import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest

from benchmarks.service import Service, eventually, running_service
from pql.access import COMPANY, create_key
from pql.state.store import State
from pql.workspaces import create_workspace
from tests.fixtures.counted import counts_of
from tests.fixtures.requirement import skip_or_fail
from tests.sdk.unreliable import Network, network_to

INSTALL_NODE_PACKAGES = Path(__file__).parents[2] / ".ci" / "node-packages"
_numbers = count(1)


@dataclass(frozen=True)
class Source:
    """A workspace of the running service, and the key that a product sends with."""

    service: Service
    workspace: str
    key: str

    def counts(self) -> dict[str, int]:
        """What `pql stats` counts once nothing is pending; `stored` is counted in the store."""
        return dict(
            eventually(
                "everything is loaded",
                lambda: (
                    counts
                    if not (counts := counts_of(self.service, self.workspace))["pending"]
                    else {}
                ),
            )
        )


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """`pql serve`, on SQLite and DuckDB."""
    with running_service(tmp_path_factory.mktemp("service")) as service:
        yield service


@pytest.fixture(scope="session")
def network(service: Service) -> Iterator[Network]:
    """What is between the products and the service."""
    with network_to(service.port) as network:
        yield network


@pytest.fixture
def make_source(service: Service) -> Callable[..., Source]:
    """Makes workspaces with a write key."""

    def make(account_group_type: str = COMPANY) -> Source:
        name, now = f"workspace {next(_numbers)}", datetime.now(UTC)
        state = State(service.environment["DATABASE_URL"])
        with state.writing() as session:
            owner = create_workspace(session, name, now)
            _, key = create_key(
                session, owner.id, "sdk", "write", now, account_group_type=account_group_type
            )
        state.close()
        return Source(service, name, key)

    return make


@pytest.fixture
def source(make_source: Callable[..., Source]) -> Source:
    """A workspace of the test's own."""
    return make_source()


@pytest.fixture(scope="session")
def node() -> None:
    """Node with the SDKs that the tests run."""
    if not (shutil.which("node") and shutil.which("npm")):
        skip_or_fail("node and npm are not installed")
    subprocess.run([INSTALL_NODE_PACKAGES], check=True)
