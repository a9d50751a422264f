"""`pql stripe`: secrets that are never shown, past events, and customers that wait."""

import json
from collections.abc import Mapping
from pathlib import Path

from click.testing import CliRunner

from routes.command_line import main
from tests.billing.signing import SECRET
from tests.billing.told import body, converting, event
from tests.command_line.conftest import Run


def test_a_secret_comes_by_a_pipe_and_is_not_shown(
    pql: Run, embedded: Mapping[str, str], tmp_path: Path
) -> None:
    pql("workspace", "create", "acme")
    add = ("stripe", "add-secret", "--workspace", "acme")
    kept = CliRunner(env=embedded).invoke(main, add, prog_name="pql", input=f"{SECRET}\n")
    assert kept.exit_code == 0, kept.stderr
    assert SECRET in (tmp_path / "stripe-secrets.json").read_text()
    listed = pql("stripe", "secrets", "--workspace", "acme").stdout
    assert SECRET[-4:] in listed
    assert SECRET not in listed + kept.stdout
    refused = CliRunner(env=embedded).invoke(main, add, prog_name="pql", input="sk_live_1")
    assert (refused.exit_code, "whsec_" in refused.stderr) == (1, True)
    assert "sk_live_1" not in refused.stderr
    removed = pql("stripe", "remove-secret", SECRET[-4:], "--workspace", "acme")
    assert (removed.exit_code, SECRET in listed) == (0, False)
    assert pql("stripe", "remove-secret", "none", "--workspace", "acme").exit_code == 1


def test_past_events_are_imported_once_and_their_customer_waits(pql: Run, tmp_path: Path) -> None:
    pql("workspace", "create", "acme")
    assert "docs/stripe.md" in pql("stripe", "customers", "--workspace", "acme").stdout
    payout = event("e", "payout.paid", 0, {"id": "po_1", "object": "payout"})
    file = tmp_path / "events.jsonl"
    file.write_bytes(b"\n".join(map(body, [*converting(), payout])) + b"\n")
    for said in ("6 events kept, 0 were there, 1 tell", "0 events kept, 6 were there, 1 tell"):
        assert said in pql("stripe", "import", str(file), "--workspace", "acme").stdout
    shown = pql("stripe", "customers", "--workspace", "acme", "--json").stdout
    assert [each["state"] for each in json.loads(shown)] == ["waiting"]
    early = pql("stripe", "link", "cus_1", "acme", "--workspace", "acme")
    assert (early.exit_code, "some seconds" in early.stderr) == (1, True)
    unknown = pql("stripe", "unlink", "cus_2", "acme", "--workspace", "acme")
    assert (unknown.exit_code, "pql stripe customers" in unknown.stderr) == (1, True)
    file.write_text("[]")
    assert "line 1" in pql("stripe", "import", str(file), "--workspace", "acme").stderr
