"""What an answer of a class is worth: how often it is wrong, and which class is true then; for reports to come."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from backend.readmodels import compared, proficiency, tasks
from backend.statistics.beta import Beta
from backend.usecases.work import Work


@dataclass(frozen=True, slots=True)
class ClassError:
    """Of `seen` answers of a class (a weight: evidence fades, and counts by its source) that were compared with a
    truth, the share that was wrong, within `low`..`high` with 95 %; `instead` is true class -> its share of them."""

    seen: float
    share: float
    low: float
    high: float
    instead: Mapping[str, float]


async def class_errors(work: Work, project: dict[str, Any]) -> dict[str, ClassError]:
    """Answered class (token) -> how often it is wrong, of the people who worked in the project (its row), in its skill.

    It rests on gold and on reviews drawn by chance alone, never on a model: a model's own posterior is too sure of
    itself. Classes that nobody was ever held to are left out. The interval is Jeffreys'.
    """
    people = [
        r["annotator"] for r in await tasks.rows(work.conn, compared.WORKED, work.tenant, project["project"])
    ]
    records = await proficiency.records(work.conn, work.tenant, project["skill"], people)
    cells: dict[str, dict[str, float]] = defaultdict(dict)
    for _, record in sorted(records.items()):
        for (truth, answer), n in sorted(record.confusion.items()):
            cells[answer][truth] = cells[answer].get(truth, 0.0) + n
    return {answer: _error(answer, truths) for answer, truths in cells.items() if sum(truths.values()) > 0.0}


def _error(answer: str, truths: Mapping[str, float]) -> ClassError:
    seen = sum(truths.values())
    wrong = sum(n for truth, n in truths.items() if truth != answer)
    belief = Beta(0.5 + wrong, 0.5 + seen - wrong)
    return ClassError(
        seen,
        wrong / seen,
        belief.quantile(0.025) if wrong else 0.0,
        belief.quantile(0.975) if wrong < seen else 1.0,
        {truth: n / seen for truth, n in truths.items() if truth != answer},
    )
