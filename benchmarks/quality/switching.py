"""Do the switching rules of ISO 2859-1 go from state to state as published? Known sequences, and random lots against a
reference that finds every state anew from the whole history, where the product folds lot by lot.

The rules as in quality.md 1c; row 6 of 4.4. The lots of 1c, simulated, stand beside the prototype's: nothing is asked.
"""

import argparse
import json
import random
from collections import Counter
from collections.abc import Sequence
from statistics import fmean
from typing import Any, NamedTuple

from backend.statistics import iso2859
from benchmarks.quality.review_managed import workforce
from benchmarks.quality.review_replay import Run, Shown

SEED = 20260108
SEQUENCES, LOTS = 2_000, 80
SIMULATED = (101, 102, 103, 104)
ASKED = {"published sequences wrong": 0, "differences from the reference": 0}
# What quality.md 1c reports of such lots.
PROTOTYPE = {"reviewed": 0.513, "outgoing": 0.0261, "saving": 0.26}
LOT = 20
SIZES = {"normal": (8, 1), "tightened": (8, 0), "reduced": (3, 0)}


class Delivered(NamedTuple):
    """A lot at its original inspection; `resumed`: no lot at all, but the corrective action after a stop."""

    accepted: bool = True
    number: int = 0
    tighter: bool = False
    steady: bool = True
    approved: bool = True
    resumed: bool = False


SAID = {
    "A": Delivered(),
    "R": Delivered(accepted=False),
    "1": Delivered(number=1),
    "t": Delivered(number=2, tighter=True),
    "l": Delivered(number=2),
    "u": Delivered(steady=False),
    "n": Delivered(approved=False),
    "!": Delivered(resumed=True),
}
"""Accepted and rejected with Ac = 0; accepted with Ac = 1; with Ac = 2 so that one step tighter would, or would not,
have accepted it too; from unsteady production; without the authority's approval; resumed after a stop."""
PUBLISHED = (
    # The four of quality.md 1c.
    ("2 of 5 not accepted", "ARAAR", "NNNNT"),
    ("2 of 6 are not 2 of 5", "RAAAAR", "NNNNNN"),
    ("5 in a row end tightened, 4 do not", "RR" + "AAAARAAAAA", "NT" + "TTTTTTTTTN"),
    ("15 lots with Ac 0 make 30 points", "A" * 15, "N" * 14 + "R"),
    # The other rules named there.
    ("2 of fewer than 5", "RR", "NT"),
    ("Ac 1 gives 2 points", "1" * 15, "N" * 14 + "R"),
    ("Ac 2 and one step tighter gives 3 points", "t" * 10, "N" * 9 + "R"),
    ("not one step tighter begins at 0 again", "t" * 9 + "l" + "t" * 10, "N" * 19 + "R"),
    ("a lot not accepted begins at 0 again", "A" * 14 + "R" + "A" * 15, "N" * 29 + "R"),
    ("points of both kinds add up", "t" * 8 + "A" * 3, "N" * 10 + "R"),
    ("unsteady production is not rewarded", "A" * 14 + "uuA", "N" * 16 + "R"),
    ("nor is anything without approval", "A" * 14 + "nnA", "N" * 16 + "R"),
    ("one lot not accepted ends reduced", "A" * 15 + "AAR", "N" * 14 + "RRRN"),
    ("unsteady production ends reduced", "A" * 15 + "Au", "N" * 14 + "RRN"),
    ("and the score begins at 0", "A" * 15 + "R" + "A" * 15, "N" * 14 + "RN" + "N" * 14 + "R"),
    ("and that lot is none of normal's five", "A" * 15 + "R" + "RAAAR", "N" * 14 + "RN" + "NNNNT"),
    ("5 not accepted on tightened in all stop it", "RR" + "RARARARAR", "NT" + "TTTTTTTTD"),
    ("4 and a return are forgotten", "RR" + "RRRRAAAAA" + "RR" + "RRRR", "NT" + "TTTTTTTTN" + "NT" + "TTTT"),
    ("a stop ends by corrective action only", "RR" + "RRRRR" + "AAAAAA", "NT" + "TTTTD" + "D" * 6),
    ("and goes on tightened, from 0", "RR" + "RRRRR" + "!" + "RRRRR", "NT" + "TTTTD" + "T" + "TTTTD"),
    ("after tightened normal looks only at its own", "RR" + "RAAAAA" + "RAAAA", "NT" + "TTTTTN" + "NNNNN"),
)
LETTERS = {"N": "normal", "T": "tightened", "R": "reduced", "D": "discontinued"}


def folded(lots: Sequence[Delivered]) -> list[str]:
    """What the product says after each."""
    state, found = iso2859.State(), []
    for one in lots:
        if one.resumed:
            state = iso2859.resumed(state)
        else:
            lot = iso2859.Lot(one.accepted, one.number, one.tighter, one.steady, one.approved)
            state = iso2859.step(state, lot)
        found.append(state.severity.value)
    return found


def found_anew(history: Sequence[Delivered]) -> str:
    """The reference: the history cut into stays, each as long as no rule ends it."""
    severity, begin = "normal", 0
    for end in range(1, len(history) + 1):
        if (following := _ended(severity, history[begin:end])) is not None:
            severity, begin = following, end
    return severity


def _ended(severity: str, stay: Sequence[Delivered]) -> str | None:
    """Where the last lot of a stay leads to, from all lots of that stay; None: it goes on."""
    last = stay[-1]
    rejected = [not one.accepted for one in stay]
    if severity == "normal":
        if sum(rejected[-5:]) >= 2:
            return "tightened"
        return "reduced" if _score(stay) >= 30 and last.steady and last.approved else None
    if severity == "tightened":
        if sum(rejected) >= 5:
            return "discontinued"
        return "normal" if len(stay) >= 5 and not any(rejected[-5:]) else None
    if severity == "reduced":
        return "normal" if rejected[-1] or not last.steady else None
    return "tightened" if last.resumed else None


def _score(stay: Sequence[Delivered]) -> int:
    """Points of the lots since the last that earned none, counted backwards."""
    total = 0
    for one in reversed(stay):
        points = (2 if one.number < 2 else 3 if one.tighter else 0) if one.accepted else 0
        if not points:
            break
        total += points
    return total


def drawn(dice: random.Random) -> list[Delivered]:
    """One history: its quality changes now and then, so that every state is come to; a stop is resumed some lots
    later."""
    lots: list[Delivered] = []
    number, wrong = dice.choice((0, 1, 2, 3, 7)), 0.0
    for place in range(LOTS):
        if place % 20 == 0:
            wrong = dice.choice((0.01, 0.05, 0.2, 0.4, 0.7))
        if dice.random() < 0.2:
            number = dice.choice((0, 1, 2, 3, 7))
        if found_anew(lots) == "discontinued" and dice.random() < 0.3:
            lots.append(SAID["!"])
            continue
        steady, approved = dice.random() < 0.97, dice.random() < 0.95
        accepted = dice.random() >= wrong
        # What one step tighter would accept is accepted.
        lots.append(Delivered(accepted, number, accepted and dice.random() < 0.9, steady, approved))
    return lots


def compared() -> dict[str, Any]:
    """Random histories, every state of each against the reference; and how often each switch was seen."""
    dice = random.Random(SEED)
    different, switches = 0, Counter[str]()
    for _ in range(SEQUENCES):
        lots = drawn(dice)
        states = folded(lots)
        anew = [found_anew(lots[:end]) for end in range(1, len(lots) + 1)]
        different += sum(one != other for one, other in zip(states, anew, strict=True))
        for before, after in zip(["normal", *anew], anew, strict=False):
            if before != after:
                switches[f"{before} to {after}"] += 1
    seen = dict(sorted(switches.items()))
    return {"sequences": SEQUENCES, "lots": SEQUENCES * LOTS, "different": different, "switches": seen}


def inspected(answers: Sequence[Shown], by_person: bool, dice: random.Random) -> Run:
    """Answers in lots of 20 as they come, of one person or of all; a lot that is rejected, or that comes while nothing
    is accepted, is reviewed as a whole, and the correction of that one ends a stop."""
    waiting: dict[int, list[bool]] = {}
    states: dict[int, iso2859.State] = {}
    reviewed = left = 0
    for one in answers:
        whose = one.annotator if by_person else 0
        lot = waiting.setdefault(whose, [])
        lot.append(one.good)
        if len(lot) < LOT:
            continue
        del waiting[whose]
        state = states.get(whose, iso2859.State())
        if state.severity is iso2859.Severity.DISCONTINUED:
            states[whose], reviewed = iso2859.resumed(state), reviewed + LOT
            continue
        size, number = SIZES[state.severity.value]
        dice.shuffle(lot)
        accepted = lot[:size].count(False) <= number
        states[whose] = iso2859.step(state, iso2859.Lot(accepted, number))
        reviewed += size if accepted else LOT
        left += lot[size:].count(False) if accepted else 0
    wrong = sum(not one.good for one in answers)
    # 40 x 600 answers fill their lots.
    return Run(wrong / len(answers), left / len(answers), reviewed / len(answers))


def simulated(by_person: bool) -> dict[str, float]:
    """Means over the workforces of review_managed."""
    runs = [inspected(workforce(seed), by_person, random.Random(seed)) for seed in SIMULATED]
    return {name: round(fmean(getattr(run, name) for run in runs), 4) for name in (*Run._fields, "saving")}


def measured() -> dict[str, Any]:
    """The published sequences, the random ones, and the lots."""
    rows = []
    for name, lots, expected in PUBLISHED:
        found = folded([SAID[one] for one in lots])
        wanted = [LETTERS[one] for one in expected]
        anew = [found_anew([SAID[one] for one in lots[:end]]) for end in range(1, len(lots) + 1)]
        rows.append(
            {"rule": name, "lots": lots, "as_published": found == wanted, "reference": anew == wanted}
        )
    random_lots = compared()
    return {
        "name": "switching",
        "seed": SEED,
        "rows": rows,
        "random": random_lots,
        "lots": {
            "of a person": simulated(by_person=True),
            "of all": simulated(by_person=False),
            "prototype": PROTOTYPE,
        },
        "asked": ASKED,
        "reached": {
            "published sequences": len(rows),
            "published sequences wrong": sum(not (one["as_published"] and one["reference"]) for one in rows),
            "random sequences": SEQUENCES,
            "lots compared": random_lots["lots"],
            "differences from the reference": random_lots["different"],
        },
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object (always the case)")
    parser.parse_args()
    print(json.dumps(measured()))
