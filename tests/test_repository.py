"""The repository itself: what may be in its files, and that what is documented exists."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
LONGEST_FILE = 400

# Written so that this file does not contain what it looks for.
MACHINE_PATH = re.compile(r"(?<![\w.~/-])/(?:home|root|Users|work|mnt)/[\w.-]+")
INDEX_ADDRESS = re.compile(
    r"--(?:extra-)?index-url[ =]\S+://|--find-link[s]|--trusted-hos[t]"
    r"|\bfile://[\w/]|://(?:pypi|files\.pythonhosted|registry\.npmjs|registry\.yarnpkg)\."
)
RESOLVED = re.compile(r'"resolved"\s*:\s*"')
MAKE_COMMAND = re.compile(
    r"(?:^|`|\$ )(?:\w+=\S+ )*make +(?:PYTHON=\S+ )?([a-z][a-z-]*)", re.MULTILINE
)


def tracked_files() -> list[Path]:
    """Every file that is committed or about to be."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    )
    paths = (ROOT / name for name in listed.stdout.split("\0") if name)
    return sorted(path for path in paths if path.is_file())


def tracked_texts() -> dict[str, str]:
    """The text of every tracked file by its name; files that are not text are left out."""
    texts = {}
    for path in tracked_files():
        content = path.read_bytes()
        if b"\0" not in content:
            texts[str(path.relative_to(ROOT))] = content.decode(errors="replace")
    return texts


@pytest.mark.parametrize(
    "forbidden",
    [
        pytest.param(MACHINE_PATH, id="a path on somebody's machine"),
        pytest.param(INDEX_ADDRESS, id="the address of a package index"),
        pytest.param(RESOLVED, id="a resolved address in a lock file"),
    ],
)
def test_no_tracked_file_names(forbidden: re.Pattern[str]) -> None:
    found = {
        name: match[0]
        for name, text in tracked_texts().items()
        if (match := forbidden.search(text))
    }
    assert found == {}


def test_every_requirement_is_pinned_with_hashes() -> None:
    for path in sorted((ROOT / "requirements").glob("*.txt")):
        blocks = re.split(r"\n(?=\S)", path.read_text().strip())
        assert all("==" in block and "--hash=sha256:" in block for block in blocks), path.name


def test_what_runs_is_the_same_in_development() -> None:
    runtime, development = (
        set(re.findall(r"^\S+==\S+", (ROOT / "requirements" / name).read_text(), re.MULTILINE))
        for name in ("runtime.txt", "development.txt")
    )
    assert runtime <= development


def test_python_files_stay_short() -> None:
    lengths = {
        name: text.count("\n")
        for name, text in tracked_texts().items()
        if name.endswith(".py") and not name.startswith("migrations/versions/")
    }
    assert {name: length for name, length in lengths.items() if length >= LONGEST_FILE} == {}


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md"])
def test_every_documented_make_target_exists(document: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(MAKE_COMMAND.findall((ROOT / document).read_text())) <= targets


def test_every_make_target_explains_itself() -> None:
    makefile = (ROOT / "Makefile").read_text()
    targets = re.findall(r"^([a-z-]+):", makefile, re.MULTILINE)
    assert targets == re.findall(r"^([a-z-]+):[^#\n]*## \S", makefile, re.MULTILINE)
    said = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, check=True, text=True)
    assert all(f"  {target} " in said.stdout for target in targets)
