"""A vendor's score: accuracy, speed and cost beside all vendors in the same work, made from facts at each reading."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from backend.readmodels import judged as judged_rows
from backend.readmodels import vendor_rates as rows
from backend.statistics.standardised import (
    Pair,
    Ratio,
    Sums,
    composite,
    faster_is_better,
    less_is_better,
    more_is_better,
)
from backend.usecases.quality.reports.accuracy import behind
from backend.usecases.quality.reports.measuring import PPM, Row, measured
from backend.usecases.work import Work
from backend.usecases.workforce.vendor_rates import weights_shown

CELLS_MAX = 2_000
Cell = tuple[UUID, str, str]
"""Project, stage and answered class: what is compared with what."""
Table = Mapping[Cell, Pair]


async def vendor_score(
    work: Work, vendor: UUID, span: tuple[datetime, datetime], done: Sequence[Row]
) -> dict[str, Any]:
    """The score of a vendor whose answers, and those of all vendors, are in `done` (rows of `work_done`).

    Of accuracy, speed and cost what the vendor reached beside what all vendors together, it among them, reach in the
    same cells (project, stage, class), weighed by how much it did in each; the score is the geometric mean of the three
    ratios by the tenant's weights: 1 is as all, above it better. `low`..`high` carry accuracy's interval.
    """
    told = await rows.judged(work.conn, work.tenant, (vendor, None), span)
    own = [row for row in told if row["own"]]
    tables = {"accuracy": _table(_of_judged(told)), "speed": _table(_of_time(done))}
    currency = _currency(done)
    tables["cost"] = _table(_of_cost(done, currency)) if currency else {}
    found = {
        "accuracy": more_is_better(tables["accuracy"].values()),
        "speed": faster_is_better(tables["speed"].values()),
        "cost": less_is_better(tables["cost"].values()),
    }
    weights = await weights_shown(work)
    shares = {name: weights[name] for name in found}
    ratios = {name: one.ratio if one else None for name, one in found.items()}
    bounds = _bounds(found["accuracy"], measured(own))
    projects = sorted({row["project"] for row in own}, key=str)
    return {
        "value": _rounded(composite(ratios, shares)),
        "low": _rounded(composite(ratios | {"accuracy": bounds[0]}, shares)),
        "high": _rounded(composite(ratios | {"accuracy": bounds[1]}, shares)),
        "weights": weights,
        "missing": [name for name in found if shares[name] > 0.0 and ratios[name] is None],
        "components": {name: _shown(one, tables[name]) for name, one in found.items()},
        "currency": currency,
        "compared_share": _compared(tables["speed"]),
        "basis_index": await judged_rows.basis(work.conn, work.tenant),
        "behind": [behind(project, "vendor", str(vendor), span[1]) for project in projects],
        **_cells(tables),
    }


def _of_judged(told: Iterable[Row]) -> Iterable[tuple[Cell, bool, Sums]]:
    """Each judged answer stands for 1 / rate answers."""
    for row in told:
        weight = row["n"] * PPM / row["rate_ppm"] if row["rate_ppm"] else 0.0
        yield _cell(row), row["own"], Sums(weight, weight if row["passed"] else 0.0)


def _of_time(done: Iterable[Row]) -> Iterable[tuple[Cell, bool, Sums]]:
    for row in done:
        yield _cell(row), row["own"], Sums(row["timed"], row["log_seconds"])


def _of_cost(done: Iterable[Row], currency: str) -> Iterable[tuple[Cell, bool, Sums]]:
    for row in done:
        if row["currency"] == currency:
            yield _cell(row), row["own"], Sums(row["priced"], row["minor"])


def _currency(done: Iterable[Row]) -> str | None:
    """The one in which all of the vendor's priced answers were paid; None of none, and of several, which nothing here
    exchanges."""
    codes = {row["currency"] for row in done if row["own"] and row["priced"]}
    return codes.pop() if len(codes) == 1 else None


def _cell(row: Row) -> Cell:
    return row["project"], row["stage"], row["class"]


def _table(parts: Iterable[tuple[Cell, bool, Sums]]) -> Table:
    """Cells in which the vendor did something, in their order: its own sums and those of all."""
    table: dict[Cell, list[Sums]] = defaultdict(lambda: [Sums(), Sums()])
    for cell, own, sums in parts:
        table[cell][1] += sums
        if own:
            table[cell][0] += sums
    return {
        cell: (mine, everybody)
        for cell, (mine, everybody) in sorted(table.items(), key=lambda one: (str(one[0][0]), *one[0][1:]))
        if mine.weight > 0.0
    }


def _bounds(accuracy: Ratio | None, interval: Row) -> tuple[float | None, float | None]:
    """Accuracy's Wilson interval over what is expected, which is taken as known."""
    if accuracy is None:
        return None, None
    return interval["low"] / accuracy.expected, interval["high"] / accuracy.expected


def _compared(table: Table) -> float | None:
    """The share of the vendor's answers in cells where another vendor answered too; elsewhere it is beside itself."""
    done = sum(mine.weight for mine, _ in table.values())
    beside = sum(mine.weight for mine, everybody in table.values() if everybody.weight > mine.weight)
    return round(beside / done, 9) if done else None


def _shown(found: Ratio | None, table: Table) -> dict[str, Any]:
    weight = round(sum(mine.weight for mine, _ in table.values()), 6)
    parts = {name: _rounded(getattr(found, name)) if found else None for name in ("own", "expected", "ratio")}
    return parts | {"weight": weight}


def _cells(tables: Mapping[str, Table]) -> dict[str, Any]:
    """The sums that all of it comes from, so that anybody can make the numbers again."""
    names = sorted(
        {cell for table in tables.values() for cell in table}, key=lambda one: (str(one[0]), *one[1:])
    )
    nothing = (Sums(), Sums())
    cells = [
        {"project": cell[0], "stage": cell[1], "class": cell[2] or None}
        | {name: _sums(*table.get(cell, nothing)) for name, table in tables.items()}
        for cell in names[:CELLS_MAX]
    ]
    return {"cells": cells, "cells_left_out": max(0, len(names) - CELLS_MAX)}


def _sums(mine: Sums, everybody: Sums) -> dict[str, float]:
    return {
        "weight": round(mine.weight, 9),
        "sum": round(mine.value, 9),
        "all_weight": round(everybody.weight, 9),
        "all_sum": round(everybody.value, 9),
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 9)
