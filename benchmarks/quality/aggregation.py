"""How often each way of aggregating is right on the shared sets, and what an answer costs: python -m
benchmarks.quality.aggregation --json"""

import argparse
import json
import math
import random
import statistics
from collections.abc import Callable, Mapping, Sequence
from time import perf_counter
from typing import Any

from backend.statistics import alpha, kappa
from backend.statistics.dawid_skene import Fitted, dawid_skene
from backend.statistics.incremental import Incremental
from backend.statistics.majority import (
    GOLD_MIN,
    Majority,
    agreement,
    expected_accuracy,
    leading,
    majorities,
    safe,
)
from backend.statistics.score import f1_of_counts
from backend.statistics.temperature import calibration_error, fit, honest, tempered
from backend.statistics.weighted import weighted_majority
from benchmarks.quality.sets import CATEGORICAL, SETS, Crowd, load

SEED = 5
ORDERS = 3
"""The order of the file and two shuffled ones."""
AUDITED = 100
DRAWS = 10
TAU = 0.9
BATCH_EVERY, RUNS_MAX = 100, 40
Triple = tuple[str, str, str]
Tops = Mapping[str, Sequence[str]]


def triples(crowd: Crowd) -> list[Triple]:
    """(task, annotator, class) in the order of the file."""
    return [(crowd.tasks[g.task], crowd.annotators[g.annotator], str(g.answer)) for g in crowd.answers]


def truths(crowd: Crowd) -> dict[str, str]:
    """Task -> true class, where it is known."""
    return {crowd.tasks[task]: str(truth) for task, truth in crowd.truth.items()}


def folded(answers: Sequence[Triple], gold: Mapping[str, str] | None = None) -> Incremental:
    """The incremental model after these answers, with the truth of these tasks known before."""
    model = Incremental(sorted({answer for _, _, answer in answers}))
    for task in sorted(gold or {}):
        model.clamp(task, (gold or {})[task])
    for one in answers:
        model.add(*one)
    return model


def tops_of(model: Incremental) -> dict[str, tuple[str, ...]]:
    """Its most probable classes of every task, as it knows everyone at the end."""
    return {task: leading(list(model.posterior(task).items())).top for task in model.answers}


def number_errors(crowd: Crowd, of: Callable[[list[float]], float]) -> tuple[float, float]:
    """Mean absolute error and root of the mean squared error of `of` each task's numbers against its truth."""
    by_task: dict[int, list[float]] = {}
    for given in crowd.answers:
        by_task.setdefault(given.task, []).append(float(given.answer))
    off = [of(by_task[task]) - float(truth) for task, truth in sorted(crowd.truth.items())]
    return math.fsum(map(abs, off)) / len(off), math.sqrt(math.fsum(x * x for x in off) / len(off))


def measured() -> dict[str, Any]:
    """Everything asked, for all sets."""
    expected = json.loads((SETS / "expected.json").read_text(encoding="utf-8"))
    rows = [_row(name, expected[name]) for name in CATEGORICAL]
    numbers = _numbers()
    ours = _per_answer(rows, "incremental_ms")
    reference = _per_answer(rows, "batch_every_100_ms")
    asked = {
        "majority_exact": "expected.json to 4 digits",
        "batch_off_max": 0.005,
        "incremental_gap_max": 0.01,
        "incremental_ms_max": 1.0,
        "n_emotion": "mean 12.02 / 17.84, median 13.53 / 21.26",
    }
    reached = {
        "majority_exact": all(row["majority"] == row["majority_asked"] for row in rows),
        "batch_off_max": max(row["batch_off"] for row in rows),
        "incremental_gap_max": max(row["incremental_gap"] for row in rows),
        "incremental_ms_max": max(row["incremental_ms"] for row in rows),
        "n_emotion": numbers,
    }
    return {
        "name": "aggregation",
        "seed": SEED,
        "rows": rows,
        "incremental_ds": {
            "unit": "ms per answer",
            "ours": round(ours, 4),
            "reference": round(reference, 4),
            "ratio": round(ours / reference, 5),
        },
        "loses_to_majority": [loss for row in rows for loss in _losses(row)],
        "asked": asked,
        "reached": reached,
    }


def _row(name: str, asked: Mapping[str, Any]) -> dict[str, Any]:
    crowd = load(name)
    answers, truth = triples(crowd), truths(crowd)
    voted = majorities(answers)
    votes = {task: one.top for task, one in voted.items()}
    began = perf_counter()
    shrunk = dawid_skene(answers)
    seconds = perf_counter() - began
    models = {
        "ml": dawid_skene(answers, strength=0.0),
        "s2": shrunk,
        "s8": dawid_skene(answers, strength=8.0),
    }
    right = {key: expected_accuracy(model.tops(), truth) for key, model in models.items()}
    off = max(abs(right[key] - asked[f"ref_ds_{told}"]) for key, told in _TOLD.items())
    ordered, milliseconds = _incremental(answers, truth)
    return {
        "set": name,
        "answers": len(answers),
        "majority": round(expected_accuracy(votes, truth), 4),
        "majority_asked": asked["mv_expected"],
        "weighted": round(expected_accuracy(_weighted(answers, voted), truth), 4),
        **{f"batch_{key}": round(share, 4) for key, share in right.items()},
        "batch_asked": [asked[f"ref_ds_{told}"] for told in _TOLD.values()],
        "batch_off": round(off, 4),
        "batch_iterations": [model.iterations for model in models.values()],
        "batch_seconds": round(seconds, 3),
        "incremental": [round(share, 4) for share in ordered],
        "incremental_gap": round(right["s2"] - min(ordered), 4),
        "incremental_ms": round(milliseconds, 4),
        "batch_every_100_ms": round(_batch_every(answers), 4),
        "safe": _safely(votes, shrunk, truth),
        "safe_anchored": _anchored(answers, truth),
        "confidence": _confidence(shrunk, truth),
        "f1": _f1(votes, shrunk, truth),
        "alpha_nominal": _alpha(answers),
        "fleiss": _fleiss(answers),
    }


_TOLD = {"ml": "ml", "s2": "map_s2", "s8": "map_s8"}


def _incremental(answers: Sequence[Triple], truth: Mapping[str, str]) -> tuple[list[float], float]:
    """Accuracy in each order, and the median of the milliseconds per answer."""
    shares, costs = [], []
    for order in range(ORDERS):
        shuffled = list(answers)
        if order:
            random.Random(SEED + order).shuffle(shuffled)
        began = perf_counter()
        model = folded(shuffled)
        costs.append(1000.0 * (perf_counter() - began) / len(shuffled))
        shares.append(expected_accuracy(tops_of(model), truth))
    return shares, statistics.median(costs)


def _batch_every(answers: Sequence[Triple]) -> float:
    """Milliseconds per answer when everything so far is fitted again every 100 answers; at most 40 of these fits are
    run, evenly spread over the history."""
    sizes = range(BATCH_EVERY, len(answers) + 1, BATCH_EVERY)
    spread = sizes[len(sizes) // RUNS_MAX // 2 :: max(1, len(sizes) // RUNS_MAX)]
    costs = []
    for size in spread:
        began = perf_counter()
        dawid_skene(answers[:size])
        costs.append(perf_counter() - began)
    return 1000.0 * statistics.fmean(costs) / BATCH_EVERY


def _weighted(answers: Sequence[Triple], voted: Mapping[str, Majority]) -> Tops:
    """Votes weighed by how often each annotator is with the majority of the others: no truth is used."""
    classes = len({answer for _, _, answer in answers})
    agreed: dict[str, list[float]] = {}
    for task, annotator, answer in answers:
        others = [(c, n - (c == answer)) for c, n in voted[task].weights if n > (c == answer)]
        top = leading(others).top if others else ()
        agreed.setdefault(annotator, []).append((answer in top) / max(1, len(top)))
    pool = statistics.fmean(share for shares in agreed.values() for share in shares)
    skill = {who: (math.fsum(own) + 8.0 * pool) / (len(own) + 8.0) for who, own in sorted(agreed.items())}
    by_task: dict[str, list[tuple[str, float]]] = {}
    for task, annotator, answer in answers:
        by_task.setdefault(task, []).append((answer, skill[annotator]))
    return {task: weighted_majority(votes, classes).top for task, votes in by_task.items()}


def _safely(votes: Tops, model: Fitted, truth: Mapping[str, str]) -> dict[str, Any]:
    """What may be shown without any gold, with 100 audited tasks drawn by the seed."""
    audited = random.Random(SEED).sample(sorted(truth), min(AUDITED, len(truth)))
    modelled = model.tops()
    agreed = agreement(votes, modelled, audited)
    chosen = {task: safe(votes[task], modelled[task], gold_answers=(), agreed=agreed) for task in votes}
    return {
        "agreed": [agreed[0], round(agreed[1], 4)],
        "by": sorted({one.by for one in chosen.values()}),
        "disagrees": sum(one.disagrees for one in chosen.values()),
        "accuracy": round(expected_accuracy({task: one.classes for task, one in chosen.items()}, truth), 4),
    }


def _confidence(model: Fitted, truth: Mapping[str, str]) -> dict[str, Any]:
    """Before and after T, on the tasks it was not fitted on: means of ten draws of 100 audited tasks, or of half."""
    at = {name: place for place, name in enumerate(model.classes)}
    rows = zip(model.tasks, model.posteriors.tolist(), strict=True)
    judged = [(row, at[truth[task]]) for task, row in rows if task in truth]
    cut, found = min(AUDITED, len(judged) // 2), []
    for draw in range(DRAWS):
        order = random.Random(SEED + draw).sample(judged, len(judged))
        temperature = fit([row for row, _ in order[:cut]], [place for _, place in order[:cut]])
        before, after = (_kept(order[cut:], one) for one in (1.0, temperature))
        found.append((temperature, *before, *after))
    means = [round(statistics.fmean(column), 4) for column in zip(*found, strict=True)]
    names = ("calibration_error", f"right_of_those_at_{TAU}", "reached")
    return {
        "temperature": means[0],
        "before": dict(zip(names, means[1:4], strict=True)),
        "after": dict(zip(names, means[4:], strict=True)),
    }


def _kept(judged: Sequence[tuple[list[float], int]], temperature: float) -> tuple[float, float, float]:
    """Calibration error, share right of those that claim tau, share of tasks that do."""
    shares = [tempered(row, temperature) for row, _ in judged]
    right = [row[place] >= max(row) for row, (_, place) in zip(shares, judged, strict=True)]
    claims = [max(row) for row in shares]
    held = honest(TAU, claims, right)
    return calibration_error(claims, right), held.right, held.reached / len(judged)


def _anchored(answers: Sequence[Triple], truth: Mapping[str, str]) -> dict[str, Any]:
    """Tasks drawn by the seed are gold until everybody has answered five, or all there are; judged on the others, by
    safe(): the model where all who answered are anchored, the majority elsewhere."""
    by_task: dict[str, list[str]] = {}
    for task, annotator, _ in answers:
        by_task.setdefault(task, []).append(annotator)
    anchors: dict[str, int] = dict.fromkeys((who for _, who, _ in answers), 0)
    gold: dict[str, str] = {}
    for task in random.Random(SEED).sample(sorted(truth), len(truth)):
        if any(anchors[who] < GOLD_MIN for who in by_task[task]) and len(gold) < len(truth) // 2:
            gold[task] = truth[task]
            for who in by_task[task]:
                anchors[who] += 1
    rest = {task: one for task, one in truth.items() if task not in gold}
    votes = {task: one.top for task, one in majorities(answers).items()}
    model = dawid_skene(answers, gold=gold).tops()
    chosen = {
        task: safe(votes[task], model[task], gold_answers=[anchors[who] for who in by_task[task]])
        for task in rest
    }
    return {
        "gold": len(gold),
        "rest": len(rest),
        "by_model": round(statistics.fmean(one.by == "model" for one in chosen.values()), 4),
        "majority": round(expected_accuracy(votes, rest), 4),
        "model": round(expected_accuracy(model, rest), 4),
        "incremental": round(expected_accuracy(tops_of(folded(answers, gold)), rest), 4),
        "safe": round(expected_accuracy({task: one.classes for task, one in chosen.items()}, rest), 4),
    }


def _f1(votes: Tops, model: Fitted, truth: Mapping[str, str]) -> dict[str, float] | None:
    """F1 of class 1, where classes are 0 and 1; a tie is no 1."""
    if model.classes != ("0", "1"):
        return None
    return {"majority": _f1_of(votes, truth), "batch_s2": _f1_of(model.tops(), truth)}


def _f1_of(tops: Tops, truth: Mapping[str, str]) -> float:
    said = {task for task in truth if list(tops[task]) == ["1"]}
    true = {task for task, one in truth.items() if one == "1"}
    return round(f1_of_counts(len(said & true), len(said), len(true))[2], 4)


def _units(answers: Sequence[Triple]) -> list[list[str]]:
    by_task: dict[str, list[str]] = {}
    for task, _, answer in answers:
        by_task.setdefault(task, []).append(answer)
    return list(by_task.values())


def _alpha(answers: Sequence[Triple]) -> float:
    return round(alpha.nominal(_units(answers)) or 0.0, 4)


def _fleiss(answers: Sequence[Triple]) -> list[float]:
    found = kappa.fleiss(_units(answers))
    return [round(one, 4) for one in (found.value, found.low, found.high)] if found else []


def _numbers() -> dict[str, list[float]]:
    crowd = load("vldb_n_emotion")
    told = {"mean": number_errors(crowd, statistics.fmean), "median": number_errors(crowd, statistics.median)}
    return {name: [round(error, 2) for error in errors] for name, errors in told.items()}


def _per_answer(rows: Sequence[Mapping[str, Any]], key: str) -> float:
    """The mean over sets, each weighing as many answers as it has."""
    return float(sum(row[key] * row["answers"] for row in rows) / sum(row["answers"] for row in rows))


def _losses(row: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Ways that are right less often than the majority, worst first."""
    ways = {key: row[key] for key in ("weighted", "batch_ml", "batch_s2", "batch_s8")}
    ways |= {"incremental": min(row["incremental"]), "safe": row["safe"]["accuracy"]}
    gaps = {way: share - row["majority"] for way, share in ways.items()}
    anchored = row["safe_anchored"]
    gaps |= {f"anchored_{way}": anchored[way] - anchored["majority"] for way in ("model", "incremental")}
    lost = sorted((round(gap, 4), way) for way, gap in gaps.items())
    return [{"set": row["set"], "way": way, "by": by} for by, way in lost if by < 0]


def main() -> None:
    """Print what was measured, as one JSON object or as lines."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object")
    told = measured()
    print(json.dumps(told, indent=None if parser.parse_args().json else 1))


if __name__ == "__main__":
    main()
