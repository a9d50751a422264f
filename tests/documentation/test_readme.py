"""README's "Your own product in five minutes", done as it says against a service that runs."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.service import Service, eventually, running_service
from tests.documentation.pages import Page
from tests.fixtures.counted import counts_of

README = Page("README.md")
WORKSPACE = ["--workspace", "my-product"]
KEY = re.compile(r"pql_(write|read)_[\w-]{20,}")

pytestmark = pytest.mark.slow


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    with running_service(tmp_path, COLUMNS="160") as service:  # as wide as the table
        yield service


def follow(service: Service) -> dict[str, str]:
    """Make the workspace and its keys as README says; the keys by scope."""
    said = [
        service.run(*words[1:])
        for words in README.command_lines("pql")
        if words[1] in ("workspace", "keys")
    ]
    return {match[1]: match[0] for match in KEY.finditer("\n".join(said))}


def run_snippet(service: Service, key: str) -> None:
    """Run README's Python as it is, but for the key and the address."""
    [snippet] = README.blocks("python")
    assert "pql_write_..." in snippet
    assert "http://127.0.0.1:8000" in snippet
    mine = snippet.replace("pql_write_...", key).replace("http://127.0.0.1:8000", service.address)
    subprocess.run([sys.executable, "-c", mine], check=True, timeout=60)


def test_following_it_shows_the_account(service: Service) -> None:
    keys = follow(service)
    assert set(keys) == {"write", "read"}
    run_snippet(service, keys["write"])
    eventually(
        "the three calls are stored and evaluated",
        lambda: (
            {"journaled": 3, "stored": 3, "waiting": 0}.items()
            <= counts_of(service, "my-product").items()
        ),
    )
    shown = {
        words[1]: service.run(*words[1:])
        for words in README.command_lines("pql")
        if words[1] in ("stats", "accounts")
    }
    assert "stored" in shown["stats"]
    assert "account-1" in shown["accounts"]
