"""How soon is it seen that somebody became worse, and how often is it cried for nothing?

Error .05, from event 201 on .30: the CUSUM (p0 .05, p1 .15, h 6; exactly), the faded posterior alone, and both. Beside
it what forgetting is worth on the only set in real time order (medrelex_treat): the log loss of predicting each answer
from the ones before, by half-life, and the same after shuffling. quality.md 4.4, row 4.
"""

import argparse
import json
import math
import random
from collections.abc import Sequence
from datetime import UTC, datetime
from statistics import fmean, median
from typing import Any

from backend.statistics.beta import Beta
from backend.statistics.cusum import Cusum
from backend.statistics.empirical_bayes import fit
from backend.statistics.forgetting import Counts, HalfLife
from backend.statistics.sprt import believed_below
from benchmarks.quality.sets import load

SEED = 20260107
RUNS = 300
BEFORE = 200
EVENTS = 500
FLOOR = 0.85
"""What the faded posterior is held against; its prior is a pool of 95 %."""
PRIOR = Beta(7.6, 0.4)
OURS = Cusum(0.05, 0.15, 6.0)
PLANS = (OURS, Cusum(0.05, 0.15, 5.0), Cusum(0.10, 0.25, 6.0))
ASKED = {"median_delay_max": 25, "false_alarms_in_500_max": 0.04}
HALVES = (math.inf, 200.0, 100.0, 50.0, 25.0)
LONGEST = 1_000
RARE = 1e-12
Course = Sequence[tuple[int, float]]
"""Stretches of (events, error rate)."""


def alarm_chances(plan: Cusum, course: Course) -> list[float]:
    """P(first alarm at event 1, 2, ...), exactly: the chances of every state the sum can be in, event by event."""
    states, found = {0.0: 1.0}, []
    for events, rate in course:
        for _ in range(events):
            following: dict[float, float] = {}
            for state, chance in states.items():
                for error, weight in ((1.0, rate), (0.0, 1.0 - rate)):
                    there = plan.after(state, error)
                    following[there] = following.get(there, 0.0) + chance * weight
            found.append(sum(chance for state, chance in following.items() if plan.alarms(state)))
            # What is as rare as this does not show in any figure, and would make the table long.
            states = {at: chance for at, chance in following.items() if chance > RARE and not plan.alarms(at)}
    return found


def quantile(chances: Sequence[float], share: float) -> int | None:
    """The event, from 1, by which this share of all who are left have had their alarm."""
    so_far = 0.0
    for event, chance in enumerate(chances, start=1):
        so_far += chance
        if so_far >= share:
            return event
    return None


def exact_row(plan: Cusum, good: float, bad: float) -> dict[str, Any]:
    """The CUSUM at one change, without dice."""
    chances = alarm_chances(plan, [(BEFORE, good), (LONGEST, bad)])
    left = 1.0 - sum(chances[:BEFORE])
    after = [chance / left for chance in chances[BEFORE:]]
    return {
        "rule": f"cusum {plan.p0} {plan.p1} {plan.h}",
        "good": good,
        "bad": bad,
        "delay_median": quantile(after, 0.5),
        "delay_p90": quantile(after, 0.9),
        "delay_median_of_a_newcomer": quantile(alarm_chances(plan, [(EVENTS, bad)]), 0.5),
        "false_alarms_in_500": sum(alarm_chances(plan, [(EVENTS, good)])),
        "false_alarms_in_500_at_half": sum(alarm_chances(plan, [(EVENTS, good / 2.0)])),
    }


def alarm_at(plan: Cusum | None, course: Course, dice: random.Random) -> int | None:
    """The event, from 1, at which the faded posterior (or the CUSUM, where there is one) calls; None: never."""
    state, counts, event = 0.0, Counts(), 0
    for events, rate in course:
        for _ in range(events):
            event, error = event + 1, float(dice.random() < rate)
            counts = counts.after(1.0 - error, 1.0, 0.0)
            state = plan.after(state, error) if plan is not None else 0.0
            called = plan is not None and plan.alarms(state)
            # A right answer makes nobody surer that somebody is bad.
            if called or (error and believed_below(counts.posterior(PRIOR), FLOOR)):
                return event
    return None


def simulated_row(name: str, plan: Cusum | None, good: float, bad: float) -> dict[str, Any]:
    """The posterior at one change: simulated, its state has too many values to list."""
    dice = random.Random(f"{SEED} {name} {good} {bad}")
    jumps = [alarm_at(plan, [(BEFORE, good), (LONGEST, bad)], dice) for _ in range(RUNS)]
    delays = [(BEFORE + LONGEST if at is None else at) - BEFORE for at in jumps if at is None or at > BEFORE]
    steady = [alarm_at(plan, [(EVENTS, good)], dice) for _ in range(RUNS)]
    return {
        "rule": name,
        "good": good,
        "bad": bad,
        "runs": RUNS,
        "delay_median": median(delays),
        "delay_p90": sorted(delays)[int(0.9 * len(delays))],
        "false_alarms_in_500": sum(at is not None for at in steady) / RUNS,
    }


def in_time() -> dict[str, list[tuple[datetime, float]]]:
    """Annotator -> when and whether right, in time order, of everybody with 20 answers or more on medrelex_treat."""
    crowd = load("medrelex_treat")
    found: dict[str, list[tuple[datetime, float]]] = {}
    for given in crowd.answers:
        if given.task in crowd.truth:
            at = given.at or datetime.min.replace(tzinfo=UTC)
            right = float(given.answer == crowd.truth[given.task])
            found.setdefault(crowd.annotators[given.annotator], []).append((at, right))
    # The sort keeps the file's order within a second: the outcome must not order itself.
    return {who: sorted(one, key=lambda x: x[0]) for who, one in sorted(found.items()) if len(one) >= 20}


def log_loss(people: Sequence[Sequence[float]], prior: Beta, half_life: HalfLife) -> float:
    """Mean -ln P(outcome) of each answer, predicted from the same person's answers before it."""
    losses = []
    for outcomes in people:
        counts = Counts()
        for right in outcomes:
            mean = counts.posterior(prior).mean
            losses.append(-math.log(mean if right else 1.0 - mean))
            counts = counts.after(right, 1.0, 0.0, half_life)
    return fmean(losses)


def forgetting() -> list[dict[str, Any]]:
    """One row per half-life: the log loss in time order and shuffled."""
    people = [[right for _, right in one] for one in in_time().values()]
    prior = fit([(sum(one), float(len(one))) for one in people])
    dice = random.Random(f"{SEED} shuffled")
    shuffled = [dice.sample(one, len(one)) for one in people]
    return [
        {
            "half_life_events": None if half == math.inf else half,
            "log_loss": log_loss(people, prior, HalfLife(half, math.inf)),
            "log_loss_shuffled": log_loss(shuffled, prior, HalfLife(half, math.inf)),
            "people": len(people),
            "answers": sum(len(one) for one in people),
        }
        for half in HALVES
    ]


def run() -> dict[str, Any]:
    """All rules, all changes, and the half-lives."""
    rows = [exact_row(plan, plan.p0, bad) for plan in PLANS for bad in (plan.p1, 2.0 * plan.p1)]
    ours = next(row for row in rows if row["bad"] == 2.0 * OURS.p1)
    rows.append(simulated_row("faded posterior alone", None, 0.05, 0.30))
    rows.append(simulated_row("cusum and faded posterior", OURS, 0.05, 0.30))
    reached = {"median_delay": ours["delay_median"], "false_alarms_in_500": ours["false_alarms_in_500"]}
    rest = {"forgetting": forgetting(), "asked": ASKED, "reached": reached}
    return {"name": "drift", "seed": SEED, "floor": FLOOR, "rows": rows, **rest}


def main() -> None:
    """Prints the one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="the only form there is")
    parser.parse_args()
    print(json.dumps(run()))


if __name__ == "__main__":
    main()
