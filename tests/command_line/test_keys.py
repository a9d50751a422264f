"""Keys are shown once and can be revoked, by those of the workspace alone."""

import json
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

import pytest

from tests.command_line.conftest import Run


@pytest.mark.parametrize("scope", ["write", "read", "admin"])
def test_a_key_is_printed_as_json_for_programs(pql: Run, scope: str) -> None:
    pql("workspace", "create", "acme")
    result = pql("keys", "create", "--workspace", "acme", "--scope", scope, "--json")
    assert result.exit_code == 0
    assert list(json.loads(result.stdout)) == ["key"]


def test_a_key_is_shown_this_once_only(pql: Run) -> None:
    pql("workspace", "create", "acme")
    key = pql("keys", "create", "--workspace", "acme", "--scope", "write").stdout.strip()
    listed = pql("keys", "list", "--workspace", "acme").stdout
    assert key not in listed
    assert key[-4:] in listed


def test_a_revoked_key_is_listed_as_such(pql: Run) -> None:
    pql("workspace", "create", "acme")
    pql("keys", "create", "--workspace", "acme", "--scope", "write", "--name", "site")
    assert pql("keys", "revoke", "1", "--workspace", "acme").exit_code == 0
    assert pql("keys", "list", "--workspace", "acme").stdout.count("20") >= 2


def test_a_stranger_cannot_revoke_the_key(pql: Run) -> None:
    pql("workspace", "create", "acme")
    pql("workspace", "create", "stranger")
    pql("keys", "create", "--workspace", "acme", "--scope", "write")
    result = pql("keys", "revoke", "1", "--workspace", "stranger")
    assert result.exit_code == 1
    assert "no key with id 1" in result.stderr


def test_a_key_is_not_kept_as_it_was_shown(pql: Run, embedded: Mapping[str, str]) -> None:
    pql("workspace", "create", "acme")
    key = pql("keys", "create", "--workspace", "acme", "--scope", "admin").stdout.strip()
    folder = Path(embedded["DATABASE_URL"].removeprefix("sqlite:///")).parent
    kept = b"".join(file.read_bytes() for file in folder.iterdir() if file.is_file())
    assert sha256(key.encode()).hexdigest().encode() in kept
    assert key.encode() not in kept
