"""Who is demoted within 50 gold: the posterior rule, the sequential test, and a bare threshold beside them.

Without forgetting the rules look at counts alone, and the chance is computed exactly over all (n, right); with
forgetting the product's own fold runs over simulated answers. quality.md 4.4, row 3.
"""

import argparse
import json
import random
from collections.abc import Callable
from statistics import median
from typing import Any

from backend.statistics.beta import Beta
from backend.statistics.cusum import Cusum
from backend.statistics.forgetting import Counts
from backend.statistics.sprt import Sprt, believed_below

SEED = 20260106
RUNS = 4_000
GOLD = 50
FLOOR = 0.70
PRIOR = Beta(6.8, 1.2)
TRUE = (0.95, 0.90, 0.85, 0.80, 0.70, 0.60, 0.50)
ASKED = {"false_demotion_of_85_max": 0.01}
Stops = Callable[[int, int], bool]


def exactly(accuracy: float, stops: Stops) -> tuple[float, int | None]:
    """(P(stopped within 50 gold), median gold of those stopped): all paths at once, by (answers, right)."""
    alive, stopped = {0: 1.0}, []
    for n in range(1, GOLD + 1):
        following: dict[int, float] = {}
        for right, chance in alive.items():
            following[right + 1] = following.get(right + 1, 0.0) + chance * accuracy
            following[right] = following.get(right, 0.0) + chance * (1.0 - accuracy)
        stopped.append(sum(chance for right, chance in following.items() if stops(n, right)))
        alive = {right: chance for right, chance in following.items() if not stops(n, right)}
    total, so_far = sum(stopped), 0.0
    for n, chance in enumerate(stopped, start=1):
        so_far += chance
        if total > 0.0 and so_far >= total / 2.0:
            return total, n
    return total, None


def simulated(accuracy: float, watch: Cusum | None, seed: str) -> tuple[float, float | None]:
    """The same for the product's fold with forgetting (half-life 50): posterior rule, or CUSUM where one is given."""
    dice, stops = random.Random(seed), []
    for _ in range(RUNS):
        counts, state = Counts(), 0.0
        for n in range(1, GOLD + 1):
            error = float(dice.random() >= accuracy)
            counts = counts.after(1.0 - error, 1.0, 0.0)
            if watch is not None:
                state = watch.after(state, error)
            # A right answer never makes either rule surer.
            if error and (
                believed_below(counts.posterior(PRIOR), FLOOR) or (watch is not None and watch.alarms(state))
            ):
                stops.append(n)
                break
    return len(stops) / RUNS, median(stops) if stops else None


def below(minimum: int) -> Stops:
    """The bare threshold: share right below the floor, looked at after every gold from `minimum` on."""
    return lambda n, right: n >= minimum and right / n < FLOOR


def believed(n: int, right: int) -> bool:
    """P(accuracy < floor) > .95."""
    return believed_below(PRIOR.updated(right, n), FLOOR)


def sequential(test: Sprt, accuracy: float, seed: str) -> dict[str, Any]:
    """Wald's test to its end, on simulated answers: P(demote) and the mean number of gold."""
    dice, demoted, items = random.Random(seed), 0, 0
    for _ in range(RUNS):
        state, verdict = 0.0, None
        while verdict is None:
            state = test.after(state, float(dice.random() >= accuracy))
            items, verdict = items + 1, test.verdict(state)
        demoted += verdict == "demote"
    return {
        "p0": test.p0,
        "p1": test.p1,
        "true": accuracy,
        "demoted": demoted / RUNS,
        "gold_mean": items / RUNS,
    }


def run() -> dict[str, Any]:
    """Every rule at every true accuracy, and the operating characteristics of the sequential test."""
    rules: dict[str, Stops] = {"posterior": believed} | {f"naive_from_{n}": below(n) for n in (4, 10, 20)}
    found: list[tuple[str, float, float, float | None]]
    found = [(name, true, *exactly(true, rule)) for name, rule in rules.items() for true in TRUE]
    folds = {"posterior_forgetting": None, "posterior_or_cusum_target_85": Cusum.for_target(0.85)}
    found += [
        (name, true, *simulated(true, watch, f"{SEED} {name} {true}"))
        for name, watch in folds.items()
        for true in TRUE
    ]
    rows = [
        {"rule": rule, "true": true, "demoted": share, "gold_median": at} for rule, true, share, at in found
    ]
    tests = [
        sequential(Sprt(p0, p1), 1.0 - error, f"{SEED} {p0} {p1} {error}")
        for p0, p1 in ((0.05, 0.15), (0.10, 0.20), (0.10, 0.25))
        for error in (p0 / 2.0, p0, p1, 1.6 * p1)
    ]
    reached = {row["rule"]: row["demoted"] for row in rows if row["true"] == 0.85}
    inputs = {"floor": FLOOR, "gold": GOLD, "prior": [PRIOR.a, PRIOR.b], "runs": RUNS}
    return {
        "name": "demotion",
        "seed": SEED,
        **inputs,
        "rows": rows,
        "sprt": tests,
        "asked": ASKED,
        "reached": {"false_demotion_of_85": reached},
    }


def main() -> None:
    """Prints the one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="the only form there is")
    parser.parse_args()
    print(json.dumps(run()))


if __name__ == "__main__":
    main()
