"""The key that signs cookies: the operator's, or one that all processes of a machine share."""

import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from pql.settings import Settings
from routes.secret_key import FILE_NAME, read_secret_key


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        database_url=f"sqlite:///{tmp_path}/state.db", events_url=f"duckdb:///{tmp_path}/e.duckdb"
    )


def test_the_operators_key_is_used(settings: Settings, tmp_path: Path) -> None:
    assert read_secret_key(replace(settings, secret_key="theirs")) == "theirs"
    assert list(tmp_path.iterdir()) == []


def test_processes_that_start_together_share_one_key(settings: Settings, tmp_path: Path) -> None:
    with ThreadPoolExecutor(16) as pool:
        keys = set(pool.map(lambda _: read_secret_key(settings), range(64)))
    assert len(keys) == 1
    assert len(keys.pop()) >= 43
    (file,) = tmp_path.iterdir()
    assert file.name == FILE_NAME
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_on_postgresql_the_key_lies_beside_the_events(settings: Settings, tmp_path: Path) -> None:
    elsewhere = replace(settings, database_url="postgresql+psycopg://127.0.0.1/pql")
    assert read_secret_key(elsewhere) == (tmp_path / FILE_NAME).read_text()
