"""The limits in docs/withstanding.md are those of the code, and none is forgotten."""

import re
from dataclasses import MISSING, fields
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from pql.definitions.limits import LIMITS
from pql.settings import Settings

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "withstanding.md").read_text()
ROW = re.compile(
    r"^\| [^|]+ \| (?P<value>[^|]+) \| `(?P<name>[A-Za-z_.]+)` \| [^|]+ \|$", re.MULTILINE
)
ROWS = {row["name"]: row["value"] for row in ROW.finditer(PAGE)}
UNITS = {"": 1, "KiB": 1024, "MiB": 1024**2, "GiB": 1024**3}
NUMBER = re.compile(r"(?P<number>[0-9][0-9,.]*)(?: (?P<unit>[KMG]iB))?(?:, no limit)?")

NO_LIMITS = frozenset(
    [
        "database_url",
        "events_url",
        "secret_key",
        "trusted_proxies",
        "web_processes",
        "load_interval",
        "deduplication_days",
        "quarantine_days",
        "fitted_scores",
        "log_level",
        "log_format",
    ]
)
"""Settings that refuse nothing."""
LISTED_ELSEWHERE = "pql.definitions.limits.LIMITS"
WITHIN = frozenset({"usage_ingest.importers.cells.LONGEST_SHOWN"})
"""Of what is shown, not of what is let in."""


def number(text: str) -> float:
    found = NUMBER.fullmatch(text)
    assert found is not None, f"{text!r} is no number with or without a unit"
    return float(found["number"].replace(",", "")) * UNITS[found["unit"] or ""]


def value_of(name: str) -> object:
    """The default of a setting, or a constant by its module and name."""
    if "." not in name:
        default = next(each.default for each in fields(Settings) if each.name == name.lower())
        assert default is not MISSING
        return default
    module, _, constant = name.rpartition(".")
    return getattr(import_module(module), constant)


def comparable(value: object) -> float:
    if isinstance(value, timedelta):
        return value / timedelta(hours=1)
    assert isinstance(value, int | float)
    return float(value)


@pytest.mark.parametrize("name", [name for name in ROWS if name != LISTED_ELSEWHERE])
def test_a_limit_on_the_page_is_the_one_in_the_code(name: str) -> None:
    assert number(ROWS[name]) == comparable(value_of(name))


@pytest.mark.parametrize(
    "setting", [each.name for each in fields(Settings) if each.name not in NO_LIMITS]
)
def test_every_setting_that_limits_something_is_on_the_page(setting: str) -> None:
    assert setting.upper() in ROWS


def limits_of(module: ModuleType) -> set[str]:
    """The names of a module's own constants that limit something."""
    source = Path(module.__file__ or "").read_text()
    return set(re.findall(r"^((?:MOST|LARGEST|LONGEST)_[A-Z_]+)(?:: \w+)? =", source, re.MULTILINE))


MODULES = sorted(
    {name.rpartition(".")[0] for name in ROWS if "." in name}
    - {"pql.analyses", "pql.paging", "pql.definitions.limits", "usage_ingest.dialects.flaws"}
)
"""Those whose limits are for clients. The others have some for what is shown."""


@pytest.mark.parametrize("module", MODULES)
def test_no_limit_of_a_module_on_the_page_is_forgotten(module: str) -> None:
    own = {f"{module}.{name}" for name in limits_of(import_module(module))}
    assert own - WITHIN - ROWS.keys() == set()


@pytest.mark.parametrize("limit", LIMITS, ids=lambda limit: limit.what)
def test_every_limit_of_a_definition_file_is_on_its_page(limit: object) -> None:
    most = getattr(limit, "most", None)
    section = (DOCS / "definitions.md").read_text().partition("## Limits")[2]
    assert f"| {most:,} |" in section
