"""Spans, transcripts and numbers of real crowds: the published figures, recomputed by the scorers."""

import argparse
import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from backend.statistics import numbers, spans, text
from benchmarks.quality.sets import Crowd, load

Row = dict[str, Any]
README_READING, DEFAULT_READING = (
    "wer_words_split_at_every_blank_as_its_readme",
    "wer_blanks_taken_together_the_default_here",
)
ASKED = {
    "te3_time_main": {"exact_f1": 0.605, "overlap_precision": 0.80, "overlap_recall": 0.976},
    "crowdspeech_dev_clean": {README_READING: 0.168},
    "vldb_n_emotion": {"mean_mae": 12.02, "mean_rmse": 17.84, "median_mae": 13.53, "median_rmse": 21.26},
}
"""The data's own README; N_Emotion: table 6 of Zheng et al., VLDB 2017."""


def main() -> None:
    """Print {name, seed, rows, asked, reached}; nothing is drawn, so the seed is null."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="the only form there is")
    parser.parse_args()
    rows = [span_row(), speech_row(), emotion_row()]
    reached = {row["set"]: {figure: row[figure] for figure in ASKED[row["set"]]} for row in rows}
    speech = rows[1]
    reached[speech["set"]][DEFAULT_READING] = speech[DEFAULT_READING]
    print(json.dumps({"name": "texts", "seed": None, "rows": rows, "asked": ASKED, "reached": reached}))


def span_row() -> Row:
    """Counts pooled over all 1,815 answers (every answer against the truth of its task), then the measures."""
    crowd = load("te3_time_main")
    pool = spans.pooled(spans.counts(answer, truth) for answer, truth, _ in _judged(crowd))
    return {"set": crowd.name, "pooling": "all answers", **_rounded(spans.measures(pool))}


def speech_row() -> Row:
    """Every answer to a task with truth, as if each transcript had been the only one.

    The data's README says: average single-worker corpus rate, lower-cased, punctuation stripped. Each task was answered
    by seven, so the first answers to all tasks are taken as one worker's, the second ones as another's, and so on (the
    mean over persons is .235). It does not say how words are split: at every blank it is the .168. Then the empty word
    between two blanks in a row counts as wrong; 1,080 answers hold such, 971 as they were typed. Three readings of
    punctuation (Unicode P*, the 32 ASCII signs, all but letters, digits and _) give .1684, .1685 and .1683; keeping
    apostrophes gives .1700. The default here takes blanks together, and says .1653 of the same answers.
    """
    crowd = load("crowdspeech_dev_clean")
    pairs = [(answer, truth) for answer, truth, _ in _judged(crowd)]
    by_annotator: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for answer, truth, annotator in _judged(crowd):
        by_annotator[annotator].append((answer, truth))
    usual, every_blank = text.Options(), text.Options(collapse_blanks=False)
    rates = [text.edits(answer, truth, usual, "word").rate or 0.0 for answer, truth in pairs]
    own = [text.corpus_error_rate(by_annotator[one], usual) for one in sorted(by_annotator)]
    figures = {
        README_READING: _mean([text.corpus_error_rate(one, every_blank) for one in _places(crowd)]),
        DEFAULT_READING: text.corpus_error_rate(pairs, usual),
        "wer_mean_of_answers": _mean(rates),
        "wer_mean_of_annotators": _mean(own),
        "cer": text.corpus_error_rate(pairs, text.Options(unit="character")),
    }
    return {"set": crowd.name, "pooling": "all answers", "answers": len(pairs), **_rounded(figures)}


def _places(crowd: Crowd) -> list[list[tuple[str, str]]]:
    """(answer, truth) of the first answer to every task, of the second, and so on."""
    places: list[list[tuple[str, str]]] = []
    met: dict[int, int] = defaultdict(int)
    for one in crowd.answers:
        if one.task in crowd.truth:
            if met[one.task] == len(places):
                places.append([])
            places[met[one.task]].append((one.answer, crowd.truth[one.task]))
            met[one.task] += 1
    return places


def emotion_row() -> Row:
    """Mean and median of each task's numbers against its truth."""
    crowd = load("vldb_n_emotion")
    given: dict[int, list[float]] = defaultdict(list)
    for one in crowd.answers:
        given[one.task].append(float(one.answer))
    tasks = sorted(crowd.truth)
    true = [float(crowd.truth[task]) for task in tasks]
    figures: dict[str, float] = {}
    for name, middle in (("mean", _mean), ("median", _median)):
        found = numbers.errors(_each(middle, [given[task] for task in tasks]), true)
        figures |= {f"{name}_mae": found.mae, f"{name}_rmse": found.rmse}
    return {"set": crowd.name, "pooling": "tasks", "tasks": len(tasks), **_rounded(figures)}


def _judged(crowd: Crowd) -> Iterator[tuple[Any, Any, int]]:
    """(answer, truth, annotator) wherever the truth is known, in the order of the file."""
    for one in crowd.answers:
        if one.task in crowd.truth:
            yield one.answer, crowd.truth[one.task], one.annotator


def _each(middle: Callable[[Sequence[float]], float], lists: list[list[float]]) -> list[float]:
    return [middle(one) for one in lists]


def _mean(found: Sequence[float]) -> float:
    return sum(found) / len(found)


def _median(found: Sequence[float]) -> float:
    ordered, half = sorted(found), len(found) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2.0


def _rounded(figures: dict[str, float]) -> dict[str, float]:
    return {name: round(figure, 5) for name, figure in figures.items()}


if __name__ == "__main__":
    main()
