"""`EVENTS_MEMORY` and `ANALYSIS_MEMORY`: sizes, checked when they are read."""

from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from pql.events.opening import open_event_store
from pql.settings import SettingInvalid, Settings, read_settings


@pytest.mark.parametrize(
    ("written", "size"), [("512 MiB", 512 * 1024**2), ("1GiB", 1024**3), ("200 mb", 200_000_000)]
)
def test_a_size_has_a_unit(monkeypatch: pytest.MonkeyPatch, written: str, size: int) -> None:
    monkeypatch.setenv("EVENTS_MEMORY", written)
    assert read_settings().events_memory == size


@pytest.mark.parametrize("name", ["EVENTS_MEMORY", "ANALYSIS_MEMORY"])
@pytest.mark.parametrize(
    "written", ["", "512", "much", "-1 GiB", "1 MiB", "9999999 GiB", "1 GiB x"]
)
def test_anything_else_is_refused_in_one_line(
    monkeypatch: pytest.MonkeyPatch, name: str, written: str
) -> None:
    monkeypatch.setenv(name, written)
    with pytest.raises(SettingInvalid) as refused:
        read_settings()
    assert str(refused.value).startswith(f"{name} is {written!r}; allowed: a size from ")


def test_the_store_takes_no_more_and_spills_a_bounded_part(tmp_path: Path) -> None:
    url = f"duckdb:///{tmp_path}/events.duckdb"
    store = open_event_store(Settings("", url, events_memory=128 * 1024**2))
    names = ("memory_limit", "max_temp_directory_size", "temp_directory")
    asked = select(*(func.current_setting(text(f"'{name}'")).label(name) for name in names))
    found = store.frame(asked).iloc[0]
    store.close()
    assert list(found) == ["128.0 MiB", "1.0 GiB", f"{tmp_path}/events.duckdb.tmp"]
