"""The snippets of docs/developers.md, run as they are but for address and key."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.sdk.conftest import Source
from tests.sdk.product import NODE_PACKAGES

DEVELOPERS = (Path(__file__).parents[2] / "docs" / "developers.md").read_text()
SNIPPETS = re.findall(r"^### (.+?)\n.*?^```(\w+)\n(.+?)^```", DEVELOPERS, re.MULTILINE | re.DOTALL)
COMMANDS = {
    "python": [sys.executable, "-c"],
    "javascript": ["node", "-e"],
    "shell": ["bash", "-c"],
}
STORED = {
    "Segment for Python": 3,
    "Segment for Node": 3,
    "PostHog for Python": 3,
    "Amplitude for Python": 4,
    "Without an SDK": 2,
}

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("node")]


@pytest.mark.parametrize(
    ("title", "language", "code"), [pytest.param(*each, id=each[0]) for each in SNIPPETS]
)
def test_a_snippet_starts_a_trial(source: Source, title: str, language: str, code: str) -> None:
    mine = code.replace("http://127.0.0.1:8000", source.service.address)
    mine = mine.replace("pql_write_...", source.key)
    environment = {**os.environ, "NODE_PATH": str(NODE_PACKAGES)}
    subprocess.run([*COMMANDS[language], mine], check=True, env=environment, timeout=60)
    counts = source.counts()
    assert (counts["stored"], counts["quarantined"]) == (STORED[title], 0)
    listed = source.service.run("accounts", "--workspace", source.workspace, "--format", "json")
    assert '"trial"' in listed
    assert "account-1" in listed


def test_every_snippet_is_run() -> None:
    assert [title for title, _, _ in SNIPPETS] == list(STORED)
    # What is shown at a prompt, receipts, asks about events; it sends none.
    at_a_prompt = DEVELOPERS.count("\n```console")
    assert DEVELOPERS.count("\n```") == 2 * (len(SNIPPETS) + at_a_prompt)
