"""Every YAML file and block in docs is one that the program takes; editors find no fault in it."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from pql.definitions.json_schema import definitions_schema
from pql.definitions.reading import read_definitions
from pql.definitions.yaml_lines import read_yaml
from pql.plans.json_schema import plan_schema
from pql.plans.reading import read_plan
from tests.documentation.json_schemas import SCHEMAS
from tests.documentation.pages import DOCS, NAMES, ROOT, Page
from usage_ingest.importers.mapping_files import read_row_mapping

EDITORS_LINE = re.compile(r"# yaml-language-server: \$schema=(\S+)\n")
MAPPINGS = sorted(DOCS.rglob("mapping.yaml"))
DEFINITIONS = sorted(set(DOCS.rglob("*.yaml")) - set(MAPPINGS))
READY_MADE = ("collaboration.yaml", "developer-api.yaml", "marketing.yaml")
BLOCKS = [(name, block) for name in NAMES for block in Page(name).blocks("yaml")]


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def check_definitions(text: str) -> None:
    read_definitions(text, "docs")
    Draft7Validator(definitions_schema()).validate(values(text))


def check_plan(text: str) -> None:
    read_plan(text, "docs")
    Draft7Validator(plan_schema()).validate(values(text))


def check_mapping(text: str) -> None:
    for kind in yaml.safe_load(text):
        read_row_mapping(text, "docs", kind)


def values(text: str) -> Any:
    return read_yaml(text, "docs").value


OTHER_FILES: dict[str, Callable[[str], None]] = {
    "docs/importing.md": check_mapping,
    "docs/tracking-plans.md": check_plan,
}
"""Pages that show other files than definitions."""


@pytest.mark.parametrize("path", DEFINITIONS, ids=named)
def test_every_definition_file_is_valid_and_names_its_schema(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    check_definitions(text)
    line = EDITORS_LINE.match(text)
    assert line is not None
    assert (path.parent / line[1]).resolve() == DOCS / "definitions.schema.json"


@pytest.mark.parametrize("path", MAPPINGS, ids=named)
def test_every_mapping_is_valid(path: Path) -> None:
    check_mapping(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(("name", "block"), BLOCKS)
def test_every_block_is_a_valid_file(name: str, block: str) -> None:
    OTHER_FILES.get(name, check_definitions)(block)


@pytest.mark.parametrize("name", READY_MADE)
def test_a_ready_made_file_says_something_in_every_part_a_team_decides(name: str) -> None:
    text = (DOCS / "examples" / name).read_text(encoding="utf-8")
    parts = {"lifecycle", "metrics", "definitions", "potential", "motions", "leads"}
    assert parts <= set(values(text))
    file = read_definitions(text, name)
    assert all(metric.description and metric.owner for metric in file.metrics.values())
    assert all(one.description and one.owner for one in file.definitions.values())
    for page in ("docs/definitions.md", "docs/growth.md"):
        assert f"(examples/{name})" in Page(page).text


@pytest.mark.parametrize("path", SCHEMAS, ids=named)
def test_the_schemas_in_docs_are_those_of_the_code(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == SCHEMAS[path], "run `make docs`"
