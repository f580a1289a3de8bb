"""What a vendor's answers cost: each, and each right one, by the rates that held when they were given."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from backend.domain.workforce.currencies import DIGITS

Row = Mapping[str, Any]
Place = tuple[UUID, str]


def costs(rows: Iterable[Row], accuracy: Mapping[Place, Row]) -> dict[Place, dict[str, Any]]:
    """By project and stage, of the vendor's own answers (rows of `work_done`): in each currency how many were priced,
    and what one and what a right one costs in minor units; `unpriced` had no rate, or a rate by the hour and no time.

    A right answer costs c / p, with c the cost of an answer and p the accuracy; its interval is c / high .. c / low of
    accuracy's: c is counted, and a falling function of p turns the interval's ends round and keeps its coverage.
    """
    found: dict[Place, dict[str, list[float]]] = defaultdict(lambda: defaultdict(lambda: [0, 0.0]))
    unpriced: dict[Place, int] = defaultdict(int)
    for row in rows:
        place = row["project"], row["stage"]
        unpriced[place] += row["answers"] - row["priced"]
        if row["priced"]:
            sums = found[place][row["currency"]]
            sums[0] += row["priced"]
            sums[1] += row["minor"]
    return {
        place: {
            "unpriced": unpriced[place],
            "data": [
                _in(code, int(n), minor, accuracy.get(place))
                for code, (n, minor) in sorted(found[place].items())
            ],
        }
        for place in unpriced
    }


def _in(currency: str, answers: int, minor: float, accuracy: Row | None) -> dict[str, Any]:
    each = minor / answers
    told = {"currency": currency, "digits": DIGITS[currency], "answers": answers}
    right = {
        "value": _over(each, accuracy["value"] if accuracy else None),
        "low": _over(each, accuracy["high"] if accuracy else None),
        "high": _over(each, accuracy["low"] if accuracy else None),
    }
    return told | {"total": round(minor, 6), "per_answer": round(each, 6), "per_right_answer": right}


def _over(each: float, share: float | None) -> float | None:
    return round(each / share, 6) if share else None
