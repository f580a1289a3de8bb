"""Answers where they are needed: real answers dealt one at a time until the product's own aggregate is sure enough.

`python -m benchmarks.quality.overlap --json`. Of everybody's answers to tasks with a known truth the first few count as
gold and are known; the others are dealt: in any order (what a pull does) or to the best who is left (lower 20 %
quantile of the accuracy, nobody above 1.5 times the mean load). Tasks end when the aggregate claims tau, at 7 answers,
or when nobody is left. T is fitted on 100 audited tasks, on which nothing is judged. Beside it the majority of five.
"""

import argparse
import json
import random
import statistics
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from backend.domain.tasks.aggregate import Aggregate, Judgment, aggregate
from backend.events.ids import AnnotatorId
from backend.statistics.beta import prior_of_pool
from backend.statistics.majority import expected_accuracy, majority
from backend.statistics.temperature import fit
from benchmarks.quality.sets import CATEGORICAL, Crowd, load

SEEDS = (41, 42, 43, 44)
TASKS_MAX = 1_000
MOST = 7
AUDITED = 100
LOAD_CAP = 1.5
USUAL = 3
"""About so many answers a task are dealt: what the mean load is taken from before it is known."""
QUANTILE = 0.2
TAU = 0.9
POLICIES = {
    "as it comes": {"gold": 5, "routed": False, "honest": False},
    "as it comes, T": {"gold": 5, "routed": False, "honest": True},
    "routed": {"gold": 5, "routed": True, "honest": False},
    "routed, T": {"gold": 5, "routed": True, "honest": True},
    "as it comes, 20 gold, T": {"gold": 20, "routed": False, "honest": True},
}


@dataclass
class Known:
    """What gold says of one person, as the aggregate asks for it."""

    correct: float = 0.0
    total: float = 0.0
    confusion: dict[tuple[str, str], float] = field(default_factory=lambda: defaultdict(float))

    def met(self, truth: str, answer: str) -> None:
        """One answer compared with its truth."""
        self.correct += truth == answer
        self.total += 1.0
        self.confusion[truth, answer] += 1.0


@dataclass
class Dealt:
    """One way through a set: per task what came out of how many answers."""

    results: dict[str, Aggregate]
    judgments: dict[str, int]


class Replay:
    """A set under one seed: gold answers taken out, the rest to be dealt."""

    def __init__(self, crowd: Crowd, gold: int, seed: int) -> None:
        """`gold` answers of everybody, the first to tasks with a truth, are known."""
        self.chance = random.Random(seed)
        self.people: dict[int, Known] = defaultdict(Known)
        self.pool = Known()
        left: dict[int, list[tuple[int, str]]] = defaultdict(list)
        for one in crowd.answers:
            known, truth = self.people[one.annotator], crowd.truth.get(one.task)
            if truth is not None and known.total < gold:
                for counts in (known, self.pool):
                    counts.met(str(truth), str(one.answer))
            else:
                left[one.task].append((one.annotator, str(one.answer)))
        tasks = sorted(task for task in left if task in crowd.truth)
        self.tasks = self.chance.sample(tasks, min(TASKS_MAX, len(tasks)))
        self.left = {task: left[task] for task in self.tasks}
        self.truth = {str(task): str(crowd.truth[task]) for task in self.tasks}
        self.classes = sorted({str(one.answer) for one in crowd.answers})
        prior = prior_of_pool(self.pool.correct, self.pool.total)
        self.lower = {
            who: prior.updated(one.correct, one.total).quantile(QUANTILE) for who, one in self.people.items()
        }

    def deal(self, routed: bool, temperature: float) -> Dealt:
        """Every task once, in an order of its own."""
        load: Counter[int] = Counter()
        cap = LOAD_CAP * USUAL * len(self.tasks) / max(1, len(self.people))
        done = Dealt({}, {})
        for task in self.chance.sample(self.tasks, len(self.tasks)):
            waiting = self.chance.sample(self.left[task], len(self.left[task]))
            if routed:
                waiting.sort(key=lambda one: -self.lower[one[0]])
            given: list[Judgment] = []
            while waiting and len(given) < MOST:
                place = next((n for n, (who, _) in enumerate(waiting) if load[who] < cap), 0) if routed else 0
                who, said = waiting.pop(place)
                load[who] += 1
                given.append(self._judgment(who, said))
                done.results[str(task)] = aggregate(given, self.pool, self.classes, temperature)
                if done.results[str(task)].confidence_ppm >= TAU * 1_000_000:
                    break
            done.judgments[str(task)] = len(given)
        return done

    def temperature(self, done: Dealt, audited: Sequence[str]) -> float:
        """What makes the claims of these tasks keep their word."""
        rows, places = [], []
        for task in audited:
            raw = done.results[task].raw
            if self.truth[task] in raw:
                rows.append([float(share) for share in raw.values()])
                places.append(list(raw).index(self.truth[task]))
        return fit(rows, places) if rows else 1.0

    def majority_of_five(self, but: set[str]) -> tuple[float, float]:
        """Accuracy of the majority of min(5, available) answers, ties by lot, and answers a task."""
        tops = {
            str(task): majority([said for _, said in self.chance.sample(left, min(5, len(left)))]).top
            for task, left in self.left.items()
            if str(task) not in but
        }
        n = [min(5, len(left)) for task, left in self.left.items() if str(task) not in but]
        return expected_accuracy(tops, self.truth), statistics.fmean(n)

    def _judgment(self, who: int, said: str) -> Judgment:
        known = self.people[who]
        return Judgment(
            annotator=AnnotatorId(UUID(int=who + 1)),
            answer_class=said,
            answer_token=said,
            counts=known,
            compared=int(known.total),
        )


def replayed(crowd: Crowd, gold: int, routed: bool, honest: bool, seed: int) -> dict[str, float]:
    """One policy on one set: accuracy, answers a task, and of those that claimed tau how many were right."""
    replay = Replay(crowd, gold, seed)
    done, temperature = replay.deal(routed, 1.0), 1.0
    audited = set(replay.chance.sample(sorted(replay.truth), min(AUDITED, len(replay.truth) // 2)))
    if honest:
        temperature = replay.temperature(done, sorted(audited))
        done = replay.deal(routed, temperature)
    judged = {task: one for task, one in done.results.items() if task not in audited}
    sure = {task: one.top for task, one in judged.items() if one.confidence_ppm >= TAU * 1_000_000}
    voted, voted_n = replay.majority_of_five(audited)
    return {
        "accuracy": expected_accuracy({task: one.top for task, one in judged.items()}, replay.truth),
        "judgments": statistics.fmean(done.judgments[task] for task in judged),
        "right_of_sure": expected_accuracy(sure, replay.truth) if sure else 0.0,
        "sure": len(sure) / len(judged),
        "temperature": temperature,
        "mv5": voted,
        "mv5_judgments": voted_n,
    }


def measured(seeds: Sequence[int] = SEEDS, names: Sequence[str] = CATEGORICAL) -> dict[str, Any]:
    """Every policy on every set, means over the seeds; the means over the sets are what is asked about."""
    rows = []
    for name in names:
        crowd = load(name)
        for policy, how in POLICIES.items():
            found = [replayed(crowd, **how, seed=seed) for seed in seeds]
            means = {key: round(statistics.fmean(one[key] for one in found), 4) for key in found[0]}
            rows.append({"set": name, "policy": policy, **means})
    reached = {policy: _over_sets([row for row in rows if row["policy"] == policy]) for policy in POLICIES}
    asked = {"above_mv5": 0.03, "judgments_max": 3.0, "right_of_sure_with_T": "0.89 to 0.92"}
    loses = [f"{row['set']} ({row['policy']})" for row in rows if row["accuracy"] < row["mv5"]]
    return {
        "name": "overlap",
        "seed": list(seeds),
        "rows": rows,
        "asked": asked,
        "reached": reached | {"loses_to_majority": loses},
    }


def _over_sets(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    keys = ("accuracy", "judgments", "right_of_sure", "mv5", "mv5_judgments")
    means = {key: round(statistics.fmean(row[key] for row in rows), 4) for key in keys}
    better = sum(row["accuracy"] > row["mv5"] and row["judgments"] < row["mv5_judgments"] for row in rows)
    return means | {
        "above_mv5": round(means["accuracy"] - means["mv5"], 4),
        "better_and_cheaper": f"{better} of {len(rows)}",
    }


def main() -> None:
    """Print {name, seed, rows, asked, reached}."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="the only form there is")
    parser.parse_args()
    print(json.dumps(measured()))


if __name__ == "__main__":
    main()
