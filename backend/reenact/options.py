"""What a re-enactment was asked to do, checked before anything is sent."""

import math
import re
import secrets
from dataclasses import dataclass
from pathlib import Path
from random import Random

from backend.reenact.dataset import Dataset
from backend.reenact.problems import UsageProblem

RUN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,79}")
GOLD_DEFAULT = 20
OVERLAP_DEFAULT = 5
REVIEW_DEFAULT = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """As on the command line; None where the dataset or the default decides.

    `overlap` is a whole number and `review` a rate of 0..1, both as text, since `auto` is a word of theirs.
    """

    dataset: Path
    connection_file: Path | None = None
    gold: int | None = None
    overlap: str | None = None
    review: str | None = None
    seed: int = 1
    concurrency: int = 8
    resume: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What will be done: gold and worked tasks in the order they are sent, the overlap, the review rate."""

    run: str
    seed: int
    gold: tuple[str, ...]
    items: tuple[str, ...]
    overlap: int
    review: float
    left_out: int = 0


def run_id(options: Options, dataset: str) -> str:
    """The id to resume, or a new one. UsageProblem for one that cannot name a file."""
    if options.resume is None:
        name = re.sub(r"[^A-Za-z0-9._-]", "_", dataset).lstrip("._-")[:50] or "dataset"
        return f"{name}-{options.seed}-{secrets.token_hex(4)}"
    if not RUN_ID.fullmatch(options.resume):
        raise UsageProblem(f"--resume {options.resume!r}: expected the run id that a run printed")
    return options.resume


def plan(options: Options, data: Dataset, run: str) -> Plan:
    """The same plan for the same options and dataset, always. UsageProblem for what cannot be done."""
    if options.concurrency < 1:
        raise UsageProblem(f"--concurrency {options.concurrency}: expected 1 or more")
    gold = _gold(options, data)
    rest = [task for task in data.tasks if task not in set(gold)]
    overlap = _overlap(options, data, rest)
    items = [task for task in rest if len(data.answers[task]) >= overlap]
    if not items:
        most = max(len(data.answers[task]) for task in rest)
        raise UsageProblem(f"--overlap {overlap}: no task has as many real answers, the most is {most}")
    Random(f"{options.seed}:items").shuffle(items)
    return Plan(
        run=run,
        seed=options.seed,
        gold=tuple(gold),
        items=tuple(items),
        overlap=overlap,
        review=_review(options),
        left_out=len(rest) - len(items),
    )


def choose_workers(data: Dataset, chosen: Plan) -> dict[str, list[str]]:
    """For every item `overlap` of those who really answered it, by lot: so everybody's share stays as it really was."""
    dice = Random(f"{chosen.seed}:workers")
    return {task: dice.sample(sorted(data.answers[task]), chosen.overlap) for task in chosen.items}


def _gold(options: Options, data: Dataset) -> list[str]:
    known = sorted(data.truth)
    wanted = min(GOLD_DEFAULT, len(data.tasks) // 5) if options.gold is None else options.gold
    if not 0 <= wanted <= len(known) or wanted >= len(data.tasks):
        raise UsageProblem(
            f"--gold {wanted}: expected 0 or more, at most the {len(known)} tasks with a known truth, "
            f"and fewer than the {len(data.tasks)} tasks there are"
        )
    return Random(options.seed).sample(known, wanted)


def _overlap(options: Options, data: Dataset, rest: list[str]) -> int:
    if options.overlap is None:
        return min(OVERLAP_DEFAULT, *(len(data.answers[task]) for task in rest))
    if options.overlap == "auto":
        raise UsageProblem("--overlap auto: dynamic overlap comes with a later release; give a whole number")
    if not (options.overlap.isdecimal() and options.overlap.isascii() and int(options.overlap) >= 1):
        raise UsageProblem(f"--overlap {options.overlap}: expected a whole number of 1 or more")
    return int(options.overlap)


def _review(options: Options) -> float:
    if options.review is None:
        return REVIEW_DEFAULT
    if options.review == "auto":
        raise UsageProblem(
            "--review auto: adaptive review comes with a later release; give a rate from 0 to 1"
        )
    try:
        rate = float(options.review)
    except ValueError:
        rate = math.nan
    if not 0 <= rate <= 1:
        raise UsageProblem(f"--review {options.review}: expected a rate from 0 to 1")
    return rate
