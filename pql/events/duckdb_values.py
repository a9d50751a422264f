"""DuckDB's expressions for what `pql.comparison` says of a JSON value, from one to the other.

Each takes and gives the text of an expression. The expression of a value is that of some JSON.
"""

from __future__ import annotations

from collections.abc import Callable

from pql.comparison import LARGEST_WHOLE, NUMBER, SMALL_LETTERS, SPACES


def text_of(value: str) -> str:
    """As `as_text`: small letters, `5` for 5.0, `true`; NULL for lists and objects."""
    written = _written(value)
    number = f"TRY_CAST({written} AS DOUBLE)"
    return (
        f"CASE WHEN {_is_text(value)} THEN {_of_text(value, _folded)} "
        f"WHEN {written} IN ('true', 'false') THEN {written} "
        f"WHEN isfinite({number}) THEN {_number_text(number)} END"
    )


def number_of(value: str) -> str:
    """As `as_number`, NULL for none."""
    written = _written(value)
    number = (
        f"CASE WHEN {_is_text(value)} THEN {_of_text(value, _number_read)} "
        f"ELSE TRY_CAST({written} AS DOUBLE) END"
    )
    return f"CASE WHEN isfinite({number}) THEN {number} END"


def entries_of(value: str) -> str:
    """As `entry_key` of every entry; a single value is a list of one, NULL for an object."""
    entries = f"json_extract({value}, '$[*]')"
    listed = f"CASE WHEN json_type({value}) = 'ARRAY' THEN {entries} ELSE [{value}] END"
    return f"list_transform({listed}, lambda entry: {_key('entry')})"


def _key(value: str) -> str:
    number = number_of(value)
    return f"coalesce({_number_text(number)}, {text_of(value)})"


def _written(value: str) -> str:
    """As it is written in JSON: text is quoted."""
    return f"CAST({value} AS VARCHAR)"


def _is_text(value: str) -> str:
    return f"starts_with({_written(value)}, '\"')"


def _of_text(value: str, expression: Callable[[str], str]) -> str:
    """An expression of what is between the quotes, which is looked up once for all of it."""
    unquoted = f"json_extract_string({value}, '$')"
    return f"list_transform([{unquoted}], lambda said: {expression('said')})[1]"


def _trimmed(text: str) -> str:
    """Without outer spaces. To look for any of them takes long: first it is asked for one."""
    ends = f"{text} < '!' OR right({text}, 1) < '!' OR NOT {_is_plain(text)}"
    return f"CASE WHEN {ends} THEN trim({text}, '{SPACES}') ELSE {text} END"


def _folded(text: str) -> str:
    small = f"lower({_trimmed(text)})"
    every = small
    for letter, instead in SMALL_LETTERS:
        every = f"replace({every}, '{letter}', '{instead}')"
    return f"CASE WHEN {_is_plain(text)} THEN {small} ELSE {every} END"


def _is_plain(text: str) -> str:
    """Whether all of it is ASCII: as many bytes as characters."""
    return f"strlen({text}) = length({text})"


def _number_read(text: str) -> str:
    """Text that begins with a letter is no number: most need not be looked at any further."""
    may_be = f"({text} < ':' OR {text} > chr(127))"
    trimmed = _trimmed(text)
    is_number = f"{may_be} AND regexp_full_match({trimmed}, '{NUMBER}')"
    return f"CASE WHEN {is_number} THEN TRY_CAST({trimmed} AS DOUBLE) END"


def _number_text(number: str) -> str:
    is_whole = f"{number} = trunc({number}) AND abs({number}) < {LARGEST_WHOLE:.0f}"
    whole = f"CAST(CAST({number} AS BIGINT) AS VARCHAR)"
    return f"CASE WHEN {is_whole} THEN {whole} ELSE CAST({number} AS VARCHAR) END"
