"""The pages a reader is sent to, and what is in them: prose, blocks, command lines."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
NAMES = sorted(str(path.relative_to(ROOT)) for path in (*ROOT.glob("*.md"), *DOCS.rglob("*.md")))

_FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_INDENTED = re.compile(r"(?:^ {4}\S.*\n?)+", re.MULTILINE)
_INLINE = re.compile(r"`([^`\n]+)`")
_SHELLS = ("console", "sh", "shell", "bash")


@dataclass(frozen=True)
class Page:
    """A Markdown file of this repository; `name` is its path in it."""

    name: str

    @property
    def text(self) -> str:
        """All of it."""
        return (ROOT / self.name).read_text(encoding="utf-8")

    @property
    def prose(self) -> str:
        """The text without its blocks of code."""
        return _INDENTED.sub("", _FENCED.sub("", self.text))

    def blocks(self, language: str) -> list[str]:
        """The fenced blocks in this language."""
        return [text for name, text in _FENCED.findall(self.text) if name == language]

    def command_lines(self, program: str) -> list[list[str]]:
        """The words of every line a reader may type to run `program`."""
        shells = [block for language in _SHELLS for block in self.blocks(language)]
        indented = _INDENTED.findall(_FENCED.sub("", self.text))
        return list(_commands([*shells, *indented], program))

    def mentions(self, program: str) -> list[list[str]]:
        """The words of every command that the prose names: it may be only a part of one."""
        return list(_commands(_INLINE.findall(self.prose), program))


def _commands(texts: Sequence[str], program: str) -> Iterator[list[str]]:
    for text in texts:
        for line in text.replace("\\\n", " ").splitlines():
            typed = line.strip().removeprefix("$ ")
            if typed.split(" ")[0] == program:
                yield _words(typed)


def _words(line: str) -> list[str]:
    """The words of the first command in the line, without comments and what the shell does."""
    words = shlex.split(line, comments=True)
    ends = [number for number, word in enumerate(words) if word in ("|", ">", "&", "&&", ";")]
    return words[: ends[0]] if ends else words
