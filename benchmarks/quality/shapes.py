"""Boxes that ten pathologists drew, pooled, against the figures known for them."""

import argparse
import json
import math
import time
from typing import Any

from backend.statistics.boxes import Options, pairs
from backend.statistics.score import f1_of_counts
from benchmarks.quality.sets import load

MEASURES = ("f1", "precision", "recall", "class_agreement", "mean_iou")
KNOWN = {
    "exact_asthma_r1_scratch": (0.921, 0.924, 0.918, 0.953, 0.760),
    "exact_asthma_r2_preannotated": (0.979, 0.968, 0.990, 0.979, 0.992),
}
"""Per set, in the order of MEASURES: one-to-one by the Hungarian method, one from an IoU of .5, whatever the class."""
ASKED = 0.001


def main() -> None:
    """Print one object: a row for each set and what was asked and reached."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="on one line")
    one_line = parser.parse_args().json
    rows = [_row(name) for name in KNOWN]
    found = {
        "name": "shapes",
        "seed": None,
        "rows": rows,
        "asked": {"furthest_from_known": ASKED},
        "reached": {"furthest_from_known": max(row["furthest_from_known"] for row in rows)},
    }
    print(json.dumps(found, indent=None if one_line else 2))


def pooled(name: str) -> dict[str, Any]:
    """The measures over all answers of a set together."""
    crowd = load(name)
    answered = sum(len(given.answer) for given in crowd.answers)
    true = sum(len(crowd.truth[given.task]) for given in crowd.answers)
    found = [
        pair for given in crowd.answers for pair in pairs(given.answer, crowd.truth[given.task], Options())
    ]
    precision, recall, f1 = f1_of_counts(len(found), answered, true)
    same = sum(pair.same_class for pair in found) / len(found)
    mean = math.fsum(pair.alike for pair in found) / len(found)
    return dict(zip(MEASURES, (f1, precision, recall, same, mean), strict=True))


def _row(name: str) -> dict[str, Any]:
    began = time.perf_counter()
    found = pooled(name)
    apart = [abs(found[measure] - known) for measure, known in zip(MEASURES, KNOWN[name], strict=True)]
    return {
        "set": name,
        **{measure: round(one, 6) for measure, one in found.items()},
        # What is known is known to three digits.
        "furthest_from_known": round(max(apart), 6),
        "seconds": round(time.perf_counter() - began, 3),
    }


if __name__ == "__main__":
    main()
