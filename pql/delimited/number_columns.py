"""What points and commas mean in the numbers of a column, by what its cells and its file show."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pql.delimited.formats import FileFormat
from pql.delimited.numbers import PROGRAMS, NumberEvidence, NumberForm

OTHER = {".": ",", ",": "."}
SIGN_NAMES = {".": "point", ",": "comma", " ": "space", "'": "apostrophe"}
HOW_TO_SAY = "Say decimal: point or comma (--decimal)"


@dataclass(frozen=True, slots=True)
class NumbersFound:
    """How a column's numbers are written. `is_number`: every cell is one, or missing. `told` says
    it where it is not as programs write it; `problem` says why it cannot be told.
    """

    form: NumberForm
    is_number: bool
    told: str = ""
    problem: str = ""


def decimal_of_file(columns: Iterable[NumberEvidence]) -> str | None:
    """The sign before decimals that the columns of numbers agree on; a file has one writer."""
    signs = {sign for column in columns if column.is_number for sign in _decimals(column)}
    return signs.pop() if len(signs) == 1 else None


def decide_numbers(
    column: NumberEvidence, given: FileFormat, delimiter: str | None, of_file: str | None
) -> NumbersFound:
    """What the cells come to, with what was said.

    Cells such as 1.234 alone tell nothing: then the other columns of the file do, else its
    delimiter. Who divides cells by commas writes decimals with a point; who divides them by
    semicolons may do either.
    """
    signs = {given.decimal} if given.decimal else _decimals(column)
    if len(signs) > 1:
        shown = " and ".join((*column.decimals.values(), *column.thousands.values()))
        problem = f"{shown} are written in two ways. {HOW_TO_SAY}" if column.is_number else ""
        return NumbersFound(PROGRAMS, False, problem=problem)
    decimal = next(iter(signs), None) or _of_unclear(column, delimiter, of_file)
    if decimal is None:
        return NumbersFound(PROGRAMS, column.is_number, problem=_either(column))
    form = NumberForm(decimal, given.thousands or _thousands(column, decimal))
    form = PROGRAMS if form == PROGRAMS else form  # one object: it is asked for at every cell
    return NumbersFound(form, column.is_number, _sentence(column, form))


def _decimals(column: NumberEvidence) -> set[str]:
    """The signs that are before decimals, as a sign between thousands is not."""
    return {*column.decimals, *(OTHER[sign] for sign in column.thousands if sign in OTHER)}


def _of_unclear(column: NumberEvidence, delimiter: str | None, of_file: str | None) -> str | None:
    if not column.unclear:
        return "."
    if of_file is not None:
        return of_file
    if delimiter == "," or (delimiter != ";" and list(column.unclear) == ["."]):
        return "."
    return None if column.is_number else "."


def _thousands(column: NumberEvidence, decimal: str) -> str:
    signs = [sign for sign in (*column.thousands, *column.unclear) if sign != decimal]
    return signs[0] if signs else ""


def _sentence(column: NumberEvidence, form: NumberForm) -> str:
    if not column.is_number or form == PROGRAMS:
        return ""
    examples = {**column.unclear, **column.decimals, **column.thousands}
    example = examples.get(form.thousands) or examples.get(form.decimal)
    if example is None:
        return ""
    thousands = f", {SIGN_NAMES[form.thousands]} between thousands" if form.thousands else ""
    return f"{SIGN_NAMES[form.decimal]} before decimals{thousands}, as in {example}"


def _either(column: NumberEvidence) -> str:
    sign, example = next(iter(column.unclear.items()))
    return (
        f"{example} may be {example.replace(sign, '')} or {example.replace(sign, '.')}, and no "
        f"cell of the file tells. {HOW_TO_SAY}"
    )
