"""The real crowd answers that lie beside the checkout: read as text, in the order of their file."""

import csv
import json
import sys
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

SETS = Path(__file__).resolve().parents[3] / "shared" / "data"
CATEGORICAL = (
    "act_cf_amt",
    "bluebirds",
    "dog",
    "medrelex_treat",
    "snow_rte",
    "snow_temp",
    "vldb_d_possent",
    "vldb_d_product",
)
"""Those whose answers are classes and whose truth is known."""


@dataclass(frozen=True, slots=True)
class Given:
    """One answer: places of its task and annotator, the answer (text, or what a JSON cell holds), and when it came and
    was begun, where that was recorded."""

    task: int
    annotator: int
    answer: Any
    at: datetime | None
    began: datetime | None


@dataclass(frozen=True, slots=True)
class Crowd:
    """A set: names by place, every answer in the order of the file, and place of a task -> truth where it is known."""

    name: str
    tasks: tuple[str, ...]
    annotators: tuple[str, ...]
    answers: tuple[Given, ...]
    truth: dict[int, Any]


def load(name: str) -> Crowd:
    """The set of this name. SystemExit says where it was looked for."""
    folder = SETS / name
    if not folder.is_dir():
        raise SystemExit(f"{folder}: expected a folder with answers.csv and truth.csv, found none")
    csv.field_size_limit(sys.maxsize)
    tasks: dict[str, int] = {}
    annotators: dict[str, int] = {}
    answers = tuple(
        Given(
            tasks.setdefault(row["task"], len(tasks)),
            annotators.setdefault(row["worker"], len(annotators)),
            _cell(row["answer"]),
            _at(row.get("timestamp")),
            _at(row.get("started_at")),
        )
        for row in _rows(folder / "answers.csv")
    )
    truth = {tasks[r["task"]]: _cell(r["truth"]) for r in _rows(folder / "truth.csv") if r["task"] in tasks}
    return Crowd(name, tuple(tasks), tuple(annotators), answers, truth)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _cell(text: str) -> Any:
    if text[:1] not in ("[", "{"):
        return text
    # A transcript may begin with a bracket too.
    with suppress(json.JSONDecodeError):
        return json.loads(text)
    return text


def _at(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
