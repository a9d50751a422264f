"""What a user can mend is one line on stderr and an exit code, never a traceback."""

import pytest

from tests.command_line.conftest import Run


def assert_one_line(stderr: str, *parts: str) -> None:
    assert stderr.startswith("Error: ")
    assert stderr.count("\n") == 1
    assert all(part in stderr for part in parts), stderr


def test_an_unknown_workspace_is_named_with_those_there_are(pql: Run) -> None:
    pql("workspace", "create", "acme")
    result = pql("stats", "--workspace", "acne")
    assert result.exit_code == 1
    assert_one_line(result.stderr, "'acne'", "acme")


def test_a_workspace_is_created_once(pql: Run) -> None:
    pql("workspace", "create", "acme")
    result = pql("workspace", "create", "acme")
    assert result.exit_code == 1
    assert_one_line(result.stderr, "'acme'", "exists")


def test_a_stale_schema_on_postgresql_names_the_command_that_mends_it(
    pql: Run, postgres_url: str
) -> None:
    result = pql("workspace", "list", DATABASE_URL=postgres_url)
    assert result.exit_code == 1
    assert_one_line(result.stderr, "pql migrate")


def test_after_pql_migrate_postgresql_works(pql: Run, postgres_url: str) -> None:
    assert pql("migrate", DATABASE_URL=postgres_url).exit_code == 0
    assert pql("workspace", "create", "acme", DATABASE_URL=postgres_url).exit_code == 0
    assert pql("workspace", "list", DATABASE_URL=postgres_url).stdout == "acme\n"


def test_a_database_that_does_not_answer_is_named_by_its_setting(pql: Run) -> None:
    result = pql("migrate", DATABASE_URL="postgresql+psycopg://pql@127.0.0.1:1/pql")
    assert result.exit_code == 1
    assert_one_line(result.stderr, "DATABASE_URL")


def test_a_setting_of_the_wrong_type_is_named(pql: Run) -> None:
    result = pql("workspace", "list", WEB_THREADS="many")
    assert result.exit_code == 1
    assert_one_line(result.stderr, "WEB_THREADS")


@pytest.mark.parametrize(
    "arguments",
    [("stats",), ("keys", "create", "--workspace", "acme", "--scope", "root"), ("nonsense",)],
)
def test_wrong_usage_ends_with_code_2(pql: Run, arguments: tuple[str, ...]) -> None:
    result = pql(*arguments)
    assert result.exit_code == 2
    assert "Traceback" not in result.output
