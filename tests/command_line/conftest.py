from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from routes.command_line import main

Run = Callable[..., Result]


@pytest.fixture
def embedded(tmp_path: Path) -> Mapping[str, str]:
    """The environment of an installation on the embedded default, in a folder of its own."""
    return {
        "DATABASE_URL": f"sqlite:///{tmp_path / 'state.db'}",
        "EVENTS_URL": f"duckdb:///{tmp_path / 'events.duckdb'}",
    }


@pytest.fixture
def pql(embedded: Mapping[str, str]) -> Run:
    """Runs a `pql` command in this process; the result has `exit_code`, `stdout` and `stderr`."""

    def run(*arguments: str, **environment: str) -> Result:
        return CliRunner(env={**embedded, **environment}).invoke(main, arguments, prog_name="pql")

    return run
