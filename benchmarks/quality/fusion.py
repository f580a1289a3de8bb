"""Is the vote of several better than one of them? Boxes, spans and transcripts fused, against the truth.

Boxes: F1 at IoU .5 over all pictures, as the README of the sets counts. Spans: exact and character F1 over all texts.
Transcripts: corpus word error rate, lower-cased and without punctuation. Each beside the mean of single annotators and
the best one an oracle could pick (boxes: the best person; texts: the best transcript of each recording).
"""

import argparse
import json
import string
from collections import defaultdict
from collections.abc import Callable, Sequence
from statistics import fmean
from typing import Any

from rapidfuzz.distance import Levenshtein

from backend.statistics import box_fusion, boxes, span_fusion, text_vote
from backend.statistics.box_fusion import Box
from backend.statistics.span_fusion import Span
from benchmarks.quality.sets import Crowd, Given, load

BOX_SETS = ("exact_asthma_r1_scratch", "exact_asthma_r2_preannotated")
SPAN_SET = "te3_time_main"
TEXT_SET = "crowdspeech_dev_clean"
ASKED = {
    "boxes_and_spans": "fused F1 above the mean single F1",
    "texts": "WER of the vote below the mean single WER",
}
Counts = tuple[float, float, float]
"""Hits, answered, true."""


def f1(counts: Sequence[Counts]) -> float:
    """F1 of all pictures or texts together."""
    hits, answered, true = (sum(one[place] for one in counts) for place in range(3))
    return 2.0 * hits / (answered + true) if answered + true else 1.0


def by_task(crowd: Crowd) -> dict[int, list[Given]]:
    """The answers to each task whose truth is known, in the order of the file."""
    found: dict[int, list[Given]] = defaultdict(list)
    for given in crowd.answers:
        if given.task in crowd.truth:
            found[given.task].append(given)
    return found


def boxes_of(name: str) -> dict[str, Any]:
    """One set of boxes; class agreement on the matched ones too."""
    crowd = load(name)
    alone: dict[int, list[Counts]] = defaultdict(list)
    together, same, pairs = [], 0, 0
    for task, given in by_task(crowd).items():
        truth = crowd.truth[task]
        for one in given:
            alone[one.annotator].append(_box_counts(one.answer, truth))
        answers = [[Box(b["label"], boxes.corners(b["box"])) for b in one.answer] for one in given]
        fused = [{"label": one.label, "box": list(one.corners)} for one in box_fusion.fuse(answers)]
        together.append(_box_counts(fused, truth))
        found = boxes.pairs(fused, truth, boxes.Options())
        same, pairs = same + sum(pair.same_class for pair in found), pairs + len(found)
    return {
        "set": name,
        "measure": "F1 at IoU .5",
        "fused": round(f1(together), 4),
        "single_mean": round(fmean(f1(one) for one in alone.values()), 4),
        "single_best": round(max(f1(one) for one in alone.values()), 4),
        "single_pooled": round(f1([one for each in alone.values() for one in each]), 4),
        "fused_class_agreement": round(same / pairs, 4),
    }


def _box_counts(answer: Any, truth: Any) -> Counts:
    return float(len(boxes.pairs(answer, truth, boxes.Options()))), float(len(answer)), float(len(truth))


def spans(measure: str, count: Callable[[Sequence[Span], Sequence[Span]], Counts]) -> dict[str, Any]:
    """The set of spans by one measure, fused by characters and, beside it, by the vote on whole spans."""
    crowd = load(SPAN_SET)
    alone: dict[int, list[Counts]] = defaultdict(list)
    together, whole = [], []
    for task, given in by_task(crowd).items():
        truth = _spans(crowd.truth[task])
        answers = [_spans(one.answer) for one in given]
        for one, answer in zip(given, answers, strict=True):
            alone[one.annotator].append(count(answer, truth))
        together.append(count([one.span for one in span_fusion.fuse(answers)], truth))
        whole.append(count(_majority(answers), truth))
    return {
        "set": SPAN_SET,
        "measure": measure,
        "fused": round(f1(together), 4),
        "whole_span_majority": round(f1(whole), 4),
        "single_mean": round(fmean(f1(one) for one in alone.values()), 4),
        "single_best": round(max(f1(one) for one in alone.values() if len(one) >= 20), 4),
        "single_pooled": round(f1([one for each in alone.values() for one in each]), 4),
    }


def exact(answer: Sequence[Span], truth: Sequence[Span]) -> Counts:
    """Spans with the same start, end and label."""
    return float(len(set(answer) & set(truth))), float(len(set(answer))), float(len(set(truth)))


def characters(answer: Sequence[Span], truth: Sequence[Span]) -> Counts:
    """Characters marked."""
    marked, right = ({at for span in each for at in range(span.start, span.end)} for each in (answer, truth))
    return float(len(marked & right)), float(len(marked)), float(len(right))


def _majority(answers: Sequence[Sequence[Span]]) -> list[Span]:
    every = {span for answer in answers for span in answer}
    return sorted(span for span in every if 2 * sum(span in answer for answer in answers) > len(answers))


def _spans(found: Any) -> list[Span]:
    return sorted(Span(start, end) for start, end in found)


def texts(every: int = 1) -> list[dict[str, Any]]:
    """The transcripts of every n-th recording by corpus WER: the plain vote, and the vote weighted by agreement
    with the others."""
    crowd = load(TEXT_SET)
    words = 0
    errors: dict[str, float] = defaultdict(float)
    single, answers = [0, 0], 0
    for task, given in list(by_task(crowd).items())[::every]:
        truth = normal(crowd.truth[task])
        each = [normal(str(one.answer)) for one in given]
        wrong = [Levenshtein.distance(one, truth) for one in each]
        words, answers = words + len(truth), answers + len(each)
        single = [single[0] + sum(wrong), single[1] + len(truth) * len(each)]
        errors["vote"] += _distance(text_vote.vote(each).words, truth)
        errors["weighted"] += _distance(text_vote.vote(each, text_vote.agreement_weights(each)).words, truth)
        errors["best"] += min(wrong)
        errors["mean"] += sum(wrong) / len(wrong)
    return [
        {
            "set": TEXT_SET,
            "measure": "corpus WER",
            "transcripts": answers,
            "fused": round(errors["vote"] / words, 4),
            "fused_weighted_by_agreement": round(errors["weighted"] / words, 4),
            "single_mean": round(errors["mean"] / words, 4),
            "single_best": round(errors["best"] / words, 4),
            "single_pooled": round(single[0] / single[1], 4),
        }
    ]


def normal(text: str) -> list[str]:
    """Its words, lower-cased and without punctuation."""
    return text.lower().translate(str.maketrans("", "", string.punctuation)).split()


def _distance(answer: Sequence[str], truth: Sequence[str]) -> int:
    return Levenshtein.distance(list(answer), list(truth))


def report() -> dict[str, Any]:
    """Every set; nothing here is drawn, so there is no seed."""
    rows = [boxes_of(name) for name in BOX_SETS]
    rows += [spans("exact span F1", exact), spans("character F1", characters), *texts()]
    better = {
        f"{r['set']}: {r['measure']}": (r["fused"] < r["single_mean"]) == ("WER" in r["measure"])
        for r in rows
    }
    return {"name": "fusion", "seed": None, "rows": rows, "asked": ASKED, "reached": better}


def main() -> None:
    """Print the table, or one JSON object with --json."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    found = report()
    if asked.json:
        print(json.dumps(found))
        return
    for row in found["rows"]:
        print(row)
    print(found["reached"])


if __name__ == "__main__":
    main()
