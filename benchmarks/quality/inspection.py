"""Do Dodge's plans keep what their formulas promise? Seeded Monte-Carlo of CSP-1 and CSP-2 against AFI, AOQ and AOQL.

The eight plans of quality.md 1c, and error shares across the whole range for the worst case. quality.md 4.4, row 5.
"""

import argparse
import json
import math
import random
from statistics import fmean, stdev
from typing import Any

from backend.statistics.csp import Plan, State, must_inspect, step
from backend.statistics.csp_guarantee import afi, aoq, aoql, smallest_clearance

SEED = 20260107
UNITS = 3_000_000
BATCHES, UNITS_SWEPT = 30, 5_000
ASKED = {"difference_max": 0.003, "aoql_exceeded": 0}
CHECKED = ((0.01, 50, 0.10), (0.03, 30, 0.10), (0.05, 20, 0.05), (0.10, 10, 0.20))
SWEPT = (0.002, 0.01, 0.03, 0.06, 0.1, 0.15, 0.25, 0.5)
LIMITS, RATES = (0.01, 0.02, 0.03, 0.05, 0.10), (0.05, 0.10, 0.20, 0.25, 1 / 3, 0.50)


def simulated(plan: Plan, error: float, units: int, dice: random.Random) -> tuple[float, float]:
    """Shares of the units that were inspected, and that went out wrong."""
    state, inspected, out = State(plan), 0, 0
    for _ in range(units):
        good = dice.random() >= error
        chosen = must_inspect(state, dice.random())
        state = step(state, chosen, good)
        inspected += chosen
        out += not good and not chosen
    return inspected / units, out / units


def checked(plan: Plan, error: float, dice: random.Random) -> dict[str, Any]:
    """Formula against simulation for one plan at one error share."""
    share, out = simulated(plan, error, UNITS, dice)
    return {
        "plan": f"CSP-{2 if plan.grace else 1} i={plan.clearance} f={plan.rate}",
        "error": error,
        "afi": round(afi(plan, error), 5),
        "afi_simulated": round(share, 5),
        "aoq": round(aoq(plan, error), 5),
        "aoq_simulated": round(out, 5),
        "aoql": round(aoql(plan)[0], 5),
    }


def swept(plan: Plan, dice: random.Random) -> dict[str, Any]:
    """The worst simulated outgoing error over all error shares, against the AOQL. Exceeded: by more than 4 standard
    errors, from the spread between batches (errors go out in runs, so that units are not independent)."""
    limit, worst_at = aoql(plan)
    worst, exceeded = 0.0, 0
    for error in (*SWEPT, round(worst_at, 4)):
        batches = [simulated(plan, error, UNITS_SWEPT, dice)[1] for _ in range(BATCHES)]
        mean = fmean(batches)
        worst = max(worst, mean)
        exceeded += mean > limit + 4.0 * stdev(batches) / math.sqrt(BATCHES)
    name = f"CSP-{2 if plan.grace else 1} i={plan.clearance} f={plan.rate}"
    return {"plan": name, "aoql": round(limit, 5), "worst_simulated": round(worst, 5), "exceeded": exceeded}


def measured() -> dict[str, Any]:
    """All rows, and the two figures asked for."""
    dice = random.Random(SEED)
    plans = [(p, Plan(i, f, grace)) for p, i, f in CHECKED for grace in (0, i)]
    rows = [checked(plan, error, dice) for error, plan in plans]
    sweeps = [swept(plan, dice) for _, plan in plans]
    differences = [abs(row[name] - row[f"{name}_simulated"]) for row in rows for name in ("afi", "aoq")]
    clearances = {f"{L:.0%}": {f"{f:.0%}": smallest_clearance(L, f) for f in RATES} for L in LIMITS}
    return {
        "name": "inspection",
        "seed": SEED,
        "rows": rows,
        "sweeps": sweeps,
        "smallest_clearance_csp1": clearances,
        "asked": ASKED,
        "reached": {
            "difference_max": round(max(differences), 5),
            "aoql_exceeded": sum(row["exceeded"] for row in sweeps),
        },
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object (always the case)")
    parser.parse_args()
    print(json.dumps(measured()))
