"""How the times and numbers of a file are written: decided over all rows, before any goes in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from pql.delimited.formats import AUTO, FileFormat
from pql.delimited.number_columns import NumbersFound, decide_numbers, decimal_of_file
from pql.delimited.numbers import NumberEvidence
from pql.delimited.time_columns import TimeEvidence, TimesFound
from usage_ingest.importers.files import open_rows
from usage_ingest.importers.mapping import ColumnForm, Formats, RowMapping, with_file_format
from usage_ingest.importers.open_file import OpenFile
from usage_ingest.importers.running import check_columns


class UnclearColumns(Exception):
    """Cells may mean one thing or another, and nothing in the file tells which."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Recognised:
    """A file as it was understood. `mapping` says how each column is written, `told` says it to
    people; `problems` say what cannot be told.
    """

    mapping: RowMapping
    told: tuple[str, ...]
    problems: tuple[str, ...]

    def require_clear(self) -> RowMapping:
        """The mapping to import with.

        Raises:
            UnclearColumns: there are problems.
        """
        if self.problems:
            raise UnclearColumns(self.problems)
        return self.mapping


def recognise_file(path: Path, mapping: RowMapping, given: FileFormat) -> Recognised:
    """Recognise how a file is written, but for what is `given` or said in the mapping.

    Raises:
        UnreadableFile: it cannot be read.
        WrongColumns: it lacks columns of the mapping.
    """
    formats = with_file_format(mapping.formats, given)
    with open_rows(path, formats.file) as file:
        check_columns(file, mapping)
        return recognise(file, replace(mapping, formats=formats))


def recognise(file: OpenFile, mapping: RowMapping) -> Recognised:
    """Read through a file and decide how the columns are written that the mapping names.

    It reads the rows: open the file again to import them.
    """
    times, numbers = _evidence(file, mapping)
    delimiter = None if file.layout is None else file.layout.delimiter
    of_file = decimal_of_file(numbers.values())
    said = mapping.formats.file
    found_times = {name: one.decide() for name, one in times.items()}
    found_numbers = {
        name: decide_numbers(one, said, delimiter, of_file) for name, one in numbers.items()
    }
    formats = _formats(mapping, found_times, found_numbers)
    layout: tuple[str, ...] = ()
    if file.layout is not None:  # the second time it need not be recognised
        layout = (file.layout.sentence(),)
        known = FileFormat(file.layout.delimiter, file.layout.encoding)
        formats = replace(formats, file=formats.file.over(known))
    return Recognised(
        replace(mapping, formats=formats),
        (*layout, *_sentences(found_times, found_numbers), *_kept_words(numbers)),
        tuple(_problems(found_times, found_numbers)),
    )


def _evidence(
    file: OpenFile, mapping: RowMapping
) -> tuple[Mapping[str, TimeEvidence], Mapping[str, NumberEvidence]]:
    formats = mapping.formats
    says_times = (formats.file.time_format or AUTO) != AUTO
    in_file = frozenset(file.columns)
    time_columns = frozenset() if says_times else mapping.time_columns & in_file
    times = {name: TimeEvidence() for name in sorted(time_columns)}
    number_columns = mapping.columns_of_type("auto", "number") & in_file
    numbers = {name: NumberEvidence(formats.missing) for name in sorted(number_columns)}
    looked_at = {*times, *numbers}
    for part in file.distinct_texts(looked_at) if looked_at else ():
        for name, texts in part.items():
            for evidence in (times.get(name), numbers.get(name)):
                if evidence is not None:
                    evidence.add(texts)
    return times, numbers


def _formats(
    mapping: RowMapping,
    times: Mapping[str, TimesFound],
    numbers: Mapping[str, NumbersFound],
) -> Formats:
    others, typed = mapping.formats.others, mapping.columns_of_type("number")
    columns: dict[str | None, ColumnForm] = {}
    for name in {*times, *numbers}:
        time, number = times.get(name), numbers.get(name)
        is_number = number is not None and number.is_number
        # Among texts, 1,5 is a text: two ids, a size, a version.
        form = number.form if number is not None and (is_number or name in typed) else others.number
        columns[name] = ColumnForm(others.time if time is None else time.form, form, is_number)
    return replace(mapping.formats, columns=columns)


def _sentences(
    times: Mapping[str, TimesFound], numbers: Mapping[str, NumbersFound]
) -> Iterator[str]:
    for name, found in (*times.items(), *numbers.items()):
        if found.told:
            yield f"{name}: {found.told}"


def _problems(
    times: Mapping[str, TimesFound], numbers: Mapping[str, NumbersFound]
) -> Iterator[str]:
    for name, found in (*times.items(), *numbers.items()):
        if found.problem:
            yield f"{name}: {found.problem}"


def _kept_words(numbers: Mapping[str, NumberEvidence]) -> Iterator[str]:
    for name, column in numbers.items():
        if column.words and not column.is_number:
            words = ", ".join(sorted(column.words))
            yield f"{name}: {words} is kept as text; list it under missing where it is none"
