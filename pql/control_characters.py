"""Characters that steer a terminal instead of being shown, made visible.

A stranger names accounts, people and events. Written to a terminal as it came, a name could clear
the screen, change its title, or have a line read from right to left.
"""

from __future__ import annotations

from unicodedata import category

STEERING = frozenset(("Cc", "Cf", "Cs", "Zl", "Zp"))
"""Unicode categories: controls (C0, DEL, C1), formats (direction, zero width), halves of surrogate
pairs, separators of lines and of paragraphs."""


def escaped(text: str, kept: str = "") -> str:
    r"""The text with each of them, but those `kept`, as Python writes it: `\x1b`, `\u202e`."""
    if text.isprintable():
        return text
    return "".join(
        character if character in kept or category(character) not in STEERING else _code(character)
        for character in text
    )


def _code(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
