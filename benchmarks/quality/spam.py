"""Are those who answer blindly found without knowing the truth? The spammer score from unsupervised confusions.

True spammers: score below .1 by their answers' truth, at least 20 of them. Ranked by the score of their MAP
Dawid-Skene confusion matrix, fitted without any truth. quality.md 4.4, spam ranking. Who never met one of the two
classes has no true score and is left out. `auc` is over everybody else; `auc_classes_met` over those who met each
true class at least three times (quality.md 1b rule 4): from one or two answers a row of the true matrix is a guess,
and so is who is called a spammer. The rule that sets answers aside (4.2) is judged beside it: how many spammers it
finds, and how many of the better half (by accuracy).
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.statistics.beta import Beta
from backend.statistics.dawid_skene import dawid_skene
from backend.statistics.empirical_bayes import fit
from backend.statistics.spammer import spammer_score, suspicion
from benchmarks.quality.sets import CATEGORICAL, Crowd, load

ANSWERS_MIN = 20
CLASS_ANSWERS_MIN = 3
SPAMMER_MAX = 0.1
POOL_STRENGTH_MAX = 1e9
"""How annotators differ is wanted as it is; only a prior is held to weigh little."""
STRENGTH = 2.0
ASKED = {"auc_min": 0.95, "sets_below_max": 1}
Table = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Person:
    """Scores by the truth and without it, the counts by true class and answer, and right of judged answers."""

    true_score: float
    score: float
    counts: Table
    right: float
    judged: int


def people(crowd: Crowd) -> list[Person]:
    """Everybody with enough answers of known truth, by place."""
    fitted = dawid_skene(
        ((str(g.task), str(g.annotator), g.answer) for g in crowd.answers), strength=STRENGTH
    )
    at = {name: place for place, name in enumerate(fitted.classes)}
    row = {name: place for place, name in enumerate(fitted.annotators)}
    size = len(at)
    counts = np.zeros((len(crowd.annotators), size, size))
    for given in crowd.answers:
        if given.task in crowd.truth and crowd.truth[given.task] in at:
            counts[given.annotator, at[crowd.truth[given.task]], at[given.answer]] += 1.0
    found = []
    for place, table in enumerate(counts):
        true, guessed = spammer_score(table), spammer_score(fitted.confusions[row[str(place)]])
        if table.sum() >= ANSWERS_MIN and true is not None and guessed is not None:
            found.append(Person(true, guessed, table, float(np.trace(table)), int(table.sum())))
    return found


def auc(spammers: Sequence[float], others: Sequence[float]) -> float | None:
    """P(a spammer's score is below another's), ties half."""
    pairs = [(s < o) + 0.5 * (s == o) for s in spammers for o in others]
    return sum(pairs) / len(pairs) if pairs else None


def measured(name: str) -> dict[str, Any]:
    """One set: the ranking, and what the rule sets aside with the score as it is and with chance's part taken off."""
    everybody = people(load(name))
    met = [one for one in everybody if one.counts.sum(axis=1).min() >= CLASS_ANSWERS_MIN]
    bad = [one.true_score < SPAMMER_MAX for one in everybody]
    total = sum(one.judged for one in everybody)
    row: dict[str, Any] = {
        "set": name,
        "annotators": len(everybody),
        "spammers": sum(bad),
        "spammers_share_of_answers": round(
            sum(b * one.judged for b, one in zip(bad, everybody, strict=True)) / total, 3
        ),
        "auc": _ranked(everybody),
        "annotators_classes_met": len(met),
        "auc_classes_met": _ranked(met),
    }
    differ = fit([(one.right, float(one.judged)) for one in everybody], strength_max=POOL_STRENGTH_MAX)
    prior = fit([(one.right, float(one.judged)) for one in everybody])
    usual = median(one.right / one.judged for one in everybody)
    for label, beyond in (("aside", False), ("aside_beyond_chance", True)):
        aside = [_aside(one, prior, differ, beyond) for one in everybody]
        row[label] = sum(aside)
        row[f"{label}_spammers"] = sum(a and b for a, b in zip(aside, bad, strict=True))
        better = (one.right / one.judged > usual for one in everybody)
        row[f"{label}_of_the_better_half"] = sum(a and b for a, b in zip(aside, better, strict=True))
    return row


def _ranked(everybody: Sequence[Person]) -> float | None:
    spammers = [one.score for one in everybody if one.true_score < SPAMMER_MAX]
    others = [one.score for one in everybody if one.true_score >= SPAMMER_MAX]
    reached = auc(spammers, others)
    return None if reached is None else round(reached, 3)


def _aside(one: Person, prior: Beta, differ: Beta, beyond: bool) -> bool:
    skill = prior.updated(one.right, float(one.judged))
    return suspicion(one.counts, skill, differ, beyond_chance=beyond).set_aside


def report() -> dict[str, Any]:
    """Every categorical set; nothing here is drawn, so there is no seed."""
    rows = [measured(name) for name in CATEGORICAL]
    reached: dict[str, Any] = {"sets_without_spammers": [row["set"] for row in rows if row["auc"] is None]}
    for which in ("auc", "auc_classes_met"):
        ranked = [row for row in rows if row[which] is not None]
        below = [row["set"] for row in ranked if row[which] < ASKED["auc_min"]]
        reached[which] = {
            "sets": len(ranked),
            "mean": round(sum(row[which] for row in ranked) / len(ranked), 3),
            "below": below,
            "passed": len(below) <= ASKED["sets_below_max"],
        }
    return {"name": "spam", "seed": None, "rows": rows, "asked": ASKED, "reached": reached}


def main() -> None:
    """Print the table, or one JSON object with --json."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--json", action="store_true")
    found = report()
    if parser.parse_args().json:
        print(json.dumps(found))
        return
    for row in found["rows"]:
        print(row)
    print(found["reached"])


if __name__ == "__main__":
    main()
