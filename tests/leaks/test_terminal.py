"""No command writes a character that steers the terminal of whoever runs it, whoever sent it."""

from __future__ import annotations

import io
import json
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from pql.access import create_key
from pql.control_characters import escaped
from pql.events.duckdb_store import DuckDBEventStore
from pql.leads.evaluation import evaluate_changed_leads
from pql.settings import Settings
from pql.state.migrate import migrate
from pql.workspaces import create_workspace
from routes.application import create_app
from routes.command_line import main
from routes.console import Listing, Terminal
from routes.service import Service
from routes.terminal import EscapedStream, escaped_output, write_for_programs
from segments.evaluation import evaluate_changed
from usage_ingest.loading.loader import load

C0 = "".join(map(chr, range(1, 32)))
C1 = "".join(map(chr, range(127, 160)))
HIDDEN = "\u200b\u200d\u200e\u061c\u2028\u2029\u202a\u202e\u2060\u2066\u2069\ufeff\xad\U000e0041"
HOSTILE = f"\x1b]0;title\x07\x1b[2J[/x]:smile:{C0}{C1}{HIDDEN}"
ACCOUNT = f"a{HOSTILE}"


@dataclass
class Installation:
    environment: dict[str, str]
    folder: Path

    def run(self, *arguments: str) -> Result:
        runner = CliRunner(env=self.environment)
        return runner.invoke(main, arguments, prog_name="pql", catch_exceptions=False)


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """A workspace in which everything that can be named has a hostile name."""
    folder = tmp_path_factory.mktemp("hostile")
    url, events_url = f"sqlite:///{folder / 'state.db'}", f"duckdb:///{folder / 'events.duckdb'}"
    settings = Settings(url, events_url, secret_key="s")
    app = create_app(settings)
    service: Service = app.extensions["pql"]
    migrate(service.state)
    now = datetime.now(UTC)
    with service.state.writing() as session:
        workspace = create_workspace(session, "acme", now)
        _, key = create_key(session, workspace.id, HOSTILE[:90], "write", now)
    sent = app.test_client().post("/v1/batch", json={"batch": calls(), "writeKey": key})
    assert sent.status_code == 200
    store = DuckDBEventStore(folder / "events.duckdb")
    load(service.state, store, settings, now)
    evaluate_changed(service.state, store, now, lambda _session: None)
    evaluate_changed_leads(service.state, store, now, lambda _session: None)
    store.close()
    service.state.close()
    return Installation({"DATABASE_URL": url, "EVENTS_URL": events_url}, folder)


def calls() -> list[dict[str, object]]:
    traits = {"name": HOSTILE, "email": f"{HOSTILE}@example.com", "plan": HOSTILE, HOSTILE: HOSTILE}
    one, other = f"u{HOSTILE}", f"v{HOSTILE}"
    return [
        {"type": "group", "userId": one, "groupId": ACCOUNT, "traits": traits},
        {"type": "identify", "userId": one, "anonymousId": f"n{HOSTILE}", "traits": traits},
        {"type": "identify", "userId": other, "traits": traits},
        {"type": "alias", "userId": one, "previousId": other},
        {"type": "track", "userId": one, "event": HOSTILE, "properties": {HOSTILE: HOSTILE}},
        {"type": "track", "event": HOSTILE, "messageId": HOSTILE},
        {"type": HOSTILE, "userId": one, "messageId": f"2{HOSTILE}"},
    ]


IN_ACME = ("--workspace", "acme")
COMMANDS = [
    ("accounts", *IN_ACME),
    ("accounts", *IN_ACME, "--format", "json"),
    ("accounts", "show", ACCOUNT, *IN_ACME),
    ("accounts", "show", ACCOUNT, *IN_ACME, "--format", "json"),
    ("leads", *IN_ACME),
    ("leads", *IN_ACME, "--format", "json"),
    ("keys", "list", *IN_ACME),
    ("stats", *IN_ACME),
    ("quarantine", "list", *IN_ACME),
    ("quarantine", "list", *IN_ACME, "--json"),
    ("quarantine", "show", "1", *IN_ACME),
    ("quarantine", "replay", "--since", "2020-01-01", "--dry-run", *IN_ACME),
    ("identity", "reviews", *IN_ACME),
    ("identity", "reviews", *IN_ACME, "--json"),
    ("identity", "merges", *IN_ACME),
    ("identity", "keep-apart", "1", *IN_ACME),
    ("definitions", "history", *IN_ACME),
    ("plan", "violations", *IN_ACME),
    ("analyses", "list", *IN_ACME),
    ("benchmarks", "versions", *IN_ACME),
]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: " ".join(command[:2]))
def test_a_command_steers_no_terminal(installation: Installation, command: tuple[str, ...]) -> None:
    result = installation.run(*command)
    assert result.exit_code == 0, result.stderr
    assert_quiet(result.stdout + result.stderr)


@pytest.mark.parametrize(
    "command",
    [
        ("accounts", "show", f"?{HOSTILE}", *IN_ACME),
        ("stats", "--workspace", HOSTILE),
        ("accounts", *IN_ACME, "--definition", HOSTILE),
        ("leads", "accept", HOSTILE, *IN_ACME),
        (f"--{HOSTILE}",),
        ("definitions", "validate", f"/{HOSTILE}"),
    ],
    ids=lambda command: " ".join(map(ascii, command))[:20],
)
def test_neither_does_an_error(installation: Installation, command: tuple[str, ...]) -> None:
    result = installation.run(*command)
    assert result.exit_code in {1, 2}
    assert_quiet(result.stdout + result.stderr)


def test_a_hostile_plan_and_definition_steer_no_terminal(installation: Installation) -> None:
    plan = installation.folder / "plan.yaml"
    plan.write_text(f"events: {{{json.dumps(HOSTILE)}: {{nonsense: {json.dumps(HOSTILE)}}}}}\n")
    for command in (("plan", "validate"), ("definitions", "validate")):
        result = installation.run(*command, str(plan))
        assert result.exit_code == 1
        assert_quiet(result.stdout + result.stderr)


def test_hostile_rows_of_an_import_steer_no_terminal(installation: Installation) -> None:
    rows = installation.folder / f"rows \x1b[2J{HIDDEN}.csv"
    mapping = installation.folder / "mapping.yaml"
    mapping.write_text("accounts: {id: id, trial_started_at: started}\n")
    rows.write_text(f"id,started\nb,2026-01-05\nc,=cmd|'{HIDDEN}\x1b[2J'\n")
    command = ("import", "accounts", str(rows), "--mapping", str(mapping), *IN_ACME)
    result = installation.run(*command)
    assert result.exit_code == 0
    assert "2 imported" in result.stdout
    assert_quiet(result.stdout + result.stderr.replace("\x1b[2K", ""))
    rejected = rows.with_name(f"{rows.name}.accounts.rejected.csv").read_text()
    assert ",'=cmd|'" in rejected


def test_programs_get_bytes_as_they_are_and_a_terminal_does_not(
    installation: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    csv = installation.run("accounts", *IN_ACME, "--format", "csv").stdout
    assert "\x1b[2J" in csv
    seen = Screen()
    monkeypatch.setattr(sys, "stdout", seen)
    with escaped_output():
        write_for_programs(csv)
        write_for_programs("a\r\n\ud800")
    assert_quiet(seen.getvalue())
    assert seen.getvalue().endswith("a\n\\ud800")


def test_what_cannot_be_encoded_ends_no_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    monkeypatch.setattr(sys, "stdout", pipe)
    write_for_programs("a\r\n\ud800\x1b")
    pipe.seek(0)
    assert pipe.buffer.read() == b"a\r\n\\ud800\x1b"


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


@given(st.text(), st.text(alphabet=HOSTILE + "ab\n"))
def test_whatever_is_written_is_quiet(text: str, hostile: str) -> None:
    screen = Screen()
    stream = EscapedStream(screen)
    assert stream.write(text + hostile) == len(text + hostile)
    assert_quiet(screen.getvalue())
    assert "\n" not in escaped(text + hostile)


@given(st.text(), st.text(alphabet=HOSTILE + "[]/ab\n"))
def test_a_table_is_quiet_and_each_row_is_one(text: str, hostile: str) -> None:
    pipe = io.StringIO()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(sys, "stdout", pipe)
        terminal = Terminal()
    terminal.width = 10_000
    listing = Listing("name", title="names")
    listing.add_row(text + hostile)
    terminal.print(listing)
    terminal.print(text + hostile)
    assert_quiet(pipe.getvalue())
    assert pipe.getvalue().index("└") > 0
    assert pipe.getvalue().partition("└")[0].count("\n") == 5


def assert_quiet(output: str) -> None:
    assert escaped(output, kept="\n") == output
