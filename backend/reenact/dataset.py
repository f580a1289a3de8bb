"""A folder of real crowd answers, read as text: `answers.csv` and `truth.csv`."""

import csv
import hashlib
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from backend.reenact.problems import UsageProblem

Json = Any
ANSWERS_HEADER = ("dataset", "task", "worker", "answer", "timestamp")
TRUTH_HEADER = ("task", "truth")
CELL_CHARS_MAX = 10_000_000


class DatasetProblem(UsageProblem):
    """The folder is not what it should be: which file and line, what was expected and found, what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """Answers by task and worker, and the truth where known; values are text, or what a JSON cell holds.

    `repeated` counts rows in which a worker answers a task again: the first one stands, as a person answers
    an item once.
    """

    name: str
    digest: str
    answers: dict[str, dict[str, Json]] = field(repr=False)
    truth: dict[str, Json] = field(repr=False)
    repeated: int = 0

    @property
    def tasks(self) -> list[str]:
        """All task ids that somebody answered, sorted."""
        return sorted(self.answers)

    @property
    def workers(self) -> list[str]:
        """All worker ids, sorted."""
        return sorted({worker for given in self.answers.values() for worker in given})

    @property
    def fully_crossed(self) -> bool:
        """Whether every worker answered every task."""
        people = len(self.workers)
        return all(len(given) == people for given in self.answers.values())


def read(folder: Path) -> Dataset:
    """The dataset in `folder`, named after it. DatasetProblem says what is wrong with it."""
    if not folder.is_dir():
        raise DatasetProblem(
            f"{folder}: expected a folder with answers.csv and truth.csv, found none; check the path"
        )
    answers, repeated = _answers(folder / "answers.csv")
    truth = _truth(folder / "truth.csv")
    known = {task: value for task, value in truth.items() if task in answers}
    if not known:
        raise DatasetProblem(
            f"{folder / 'truth.csv'}: expected a truth for at least one answered task, found none of the "
            f"{len(answers)} tasks of answers.csv; check that both files are of one dataset"
        )
    return Dataset(
        name=folder.resolve().name,
        digest=_digest(folder),
        answers=answers,
        truth=known,
        repeated=repeated,
    )


def cell(text: str) -> Json:
    """What a cell says: the JSON of a list or object, and every other text as it stands ("null" too)."""
    if text[:1] in ("[", "{"):
        try:
            return json.loads(text, parse_constant=_no_constant)
        except ValueError:
            return text
    return text


def _answers(file: Path) -> tuple[dict[str, dict[str, Json]], int]:
    answers: dict[str, dict[str, Json]] = {}
    repeated = 0
    for where, row in _rows(file, ANSWERS_HEADER):
        _, task, worker, text = row[:4]
        _named(file, where, "task", task)
        _named(file, where, "worker", worker)
        given = answers.setdefault(task, {})
        repeated += worker in given
        given.setdefault(worker, cell(text))
    return answers, repeated


def _truth(file: Path) -> dict[str, Json]:
    truth: dict[str, Json] = {}
    for where, row in _rows(file, TRUTH_HEADER):
        _named(file, where, "task", row[0])
        if row[0] in truth:
            raise DatasetProblem(
                f"{file} line {where}: expected one truth per task, found another for {row[0]!r}; remove one"
            )
        truth[row[0]] = cell(row[1])
    return truth


def _rows(file: Path, header: tuple[str, ...]) -> Iterator[tuple[int, list[str]]]:
    """Line number and fields of every row below the header, which starts with `header` and may have more."""
    csv.field_size_limit(CELL_CHARS_MAX)
    lines = csv.reader(io.StringIO(_text(file), newline=""), strict=True)
    try:
        found = next(lines, None)
        if found is None:
            raise DatasetProblem(
                f"{file}: expected the header {','.join(header)}, found an empty file; fetch it again"
            )
        _check_header(file, header, found)
        count = 0
        for row in lines:
            count += 1
            if len(row) != len(found):
                raise DatasetProblem(
                    f"{file} line {lines.line_num}: expected {len(found)} fields as in the header, "
                    f"found {len(row)}; mend the row (fields with commas or line ends need double quotes)"
                )
            yield lines.line_num, row
    except csv.Error as error:
        raise DatasetProblem(
            f"{file} line {lines.line_num}: expected CSV, found what is none ({error}); mend it"
        ) from None
    if not count:
        raise DatasetProblem(f"{file}: expected rows below the header, found none; fetch it again")


def _text(file: Path) -> str:
    try:
        return file.read_bytes().decode("utf-8")
    except FileNotFoundError:
        raise DatasetProblem(
            f"{file}: expected this file, found none; fetch it or give another folder"
        ) from None
    except OSError as error:
        raise DatasetProblem(f"{file}: expected a file that can be read, found: {error}; check it") from None
    except UnicodeDecodeError as error:
        raise DatasetProblem(
            f"{file}: expected UTF-8, found byte 0x{error.object[error.start]:02x} at offset {error.start}; "
            "convert it to UTF-8"
        ) from None


def _check_header(file: Path, header: tuple[str, ...], found: list[str]) -> None:
    for column, (want, have) in enumerate(zip(header, [*found, *[""] * len(header)], strict=False), start=1):
        if want != have:
            raise DatasetProblem(
                f"{file} line 1 column {column}: expected {want!r}, found {have!r}; "
                f"the header starts with {','.join(header)}"
            )


def _named(file: Path, line: int, column: str, value: str) -> None:
    if not value:
        raise DatasetProblem(
            f"{file} line {line}: expected a {column} id, found an empty field; fill it or remove the row"
        )


def _digest(folder: Path) -> str:
    """SHA-256 over both files, so that a resumed run knows that it goes on with the same answers."""
    both = (hashlib.sha256((folder / name).read_bytes()).digest() for name in ("answers.csv", "truth.csv"))
    return hashlib.sha256(b"".join(both)).hexdigest()


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
