"""Real data, which stays outside the repository, and an installation to import it into.

`REAL_DATA` names the folder; left out, it is `shared/data` beside the repository.
"""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from pql.settings import Settings, environment_of

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "docs" / "examples"


@dataclass(frozen=True)
class Imported:
    """An installation with a data set in it."""

    settings: Settings
    data: Path
    examples: Path
    workspace: str

    def run(self, *arguments: str | Path) -> str:
        """What `pql` prints with these arguments, for the workspace."""
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "routes.command_line",
                *arguments,
                "--workspace",
                self.workspace,
            ],
            env=environment_of(self.settings),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def import_file(self, kind: str, name: str) -> str:
        """The summary of an import of one of the data set's files."""
        rejected = self.settings.folder / "rejected.csv"
        where = ("--mapping", self.examples / "mapping.yaml", "--rejected", rejected)
        return self.run("import", kind, self.data / name, *where)


def find_data(name: str) -> Path:
    """The folder of a data set, which stays outside the repository; where it is not, skip."""
    data = Path(os.environ.get("REAL_DATA", ROOT.parent / "shared" / "data")) / name
    if not data.is_dir():
        pytest.skip(f"the data set {name} is not here")
    return data


def install(name: str, folder: Path) -> Imported:
    """An empty installation for a data set; the test is skipped where the data is not."""
    data = find_data(name)
    settings = Settings(
        database_url=f"sqlite:///{folder / 'state.db'}",
        events_url=f"duckdb:///{folder / 'events.duckdb'}",
        log_level="warning",
    )
    created = subprocess.run(
        [sys.executable, "-m", "routes.command_line", "workspace", "create", name],
        env=environment_of(settings),
        capture_output=True,
        text=True,
        check=False,
    )
    assert created.returncode == 0, created.stderr
    imported = Imported(settings, data, EXAMPLES / name, name)
    # What is checked here is worked out from the stores; routing every account would take longer.
    nothing_to_route = folder / "definitions.yaml"
    nothing_to_route.write_text(
        "metrics: {events: {event: any, aggregate: count, window: whole trial}}"
    )
    imported.run("definitions", "apply", nothing_to_route)
    return imported
