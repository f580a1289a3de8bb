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
AUTO = "auto"
AUTO_OVERLAP = (2, 7)
"""Answers that an item gets at first and at most, where the dataset has so many."""
AUTO_SURE = 0.9
"""The confidence at which no more answers are asked for; below it at the end, an expert is."""
AUTO_TARGET = 0.02
"""The share of wrong answers that adaptive review lets go out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """As on the command line; None where the dataset or the default decides.

    `overlap` is a whole number and `review` a rate of 0..1, both as text, or the word `auto`: as many answers
    as an item needs to be sure, as much review as what is known of each person asks for.
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
    """What will be done: gold and worked tasks in the order they are sent, the overlap, the review rate.

    `auto` opens more slots than `overlap`, up to `overlap_max` (the same where not auto), while an item's
    confidence is below `sure` (0: never). A `review_target` above 0 makes the review adaptive.
    """

    run: str
    seed: int
    gold: tuple[str, ...]
    items: tuple[str, ...]
    overlap: int
    overlap_max: int
    review: float
    review_target: float = 0.0
    sure: float = 0.0
    left_out: int = 0

    @property
    def auto(self) -> bool:
        """Whether the overlap is dynamic: unsure items get one answer more at a time."""
        return self.sure > 0


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
    overlap, overlap_max = _overlap(options, data, rest)
    review, review_target = _review(options)
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
        overlap_max=overlap_max,
        review=review,
        review_target=review_target,
        sure=AUTO_SURE if options.overlap == AUTO else 0.0,
        left_out=len(rest) - len(items),
    )


def choose_workers(data: Dataset, chosen: Plan) -> dict[str, list[str]]:
    """For every item `overlap` of those who really answered it, by lot: so everybody's share stays as it really was.

    With a dynamic overlap all of them, in the order in which they are asked.
    """
    dice = Random(f"{chosen.seed}:workers")
    real = {task: sorted(data.answers[task]) for task in chosen.items}
    return {
        task: dice.sample(people, len(people) if chosen.auto else chosen.overlap)
        for task, people in real.items()
    }


def _gold(options: Options, data: Dataset) -> list[str]:
    known = sorted(data.truth)
    wanted = min(GOLD_DEFAULT, len(data.tasks) // 5) if options.gold is None else options.gold
    if not 0 <= wanted <= len(known) or wanted >= len(data.tasks):
        raise UsageProblem(
            f"--gold {wanted}: expected 0 or more, at most the {len(known)} tasks with a known truth, "
            f"and fewer than the {len(data.tasks)} tasks there are"
        )
    return Random(options.seed).sample(known, wanted)


def _overlap(options: Options, data: Dataset, rest: list[str]) -> tuple[int, int]:
    """Answers per item, at first and at most."""
    fewest = min(len(data.answers[task]) for task in rest)
    if options.overlap is None:
        return min(OVERLAP_DEFAULT, fewest), min(OVERLAP_DEFAULT, fewest)
    if options.overlap == AUTO:
        first, most = AUTO_OVERLAP
        return min(first, fewest), min(most, fewest)
    if not (options.overlap.isdecimal() and options.overlap.isascii() and int(options.overlap) >= 1):
        raise UsageProblem(f"--overlap {options.overlap}: expected a whole number of 1 or more, or auto")
    return int(options.overlap), int(options.overlap)


def _review(options: Options) -> tuple[float, float]:
    """The rate and the target, which is 0 for a fixed rate."""
    if options.review is None:
        return REVIEW_DEFAULT, 0.0
    if options.review == AUTO:
        return 1.0, AUTO_TARGET
    try:
        rate = float(options.review)
    except ValueError:
        rate = math.nan
    if not 0 <= rate <= 1:
        raise UsageProblem(f"--review {options.review}: expected a rate from 0 to 1 or auto")
    return rate, 0.0
