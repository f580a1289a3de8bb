"""Transcripts: word and character error rates after case, punctuation and blanks are made alike."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from rapidfuzz.distance import Levenshtein

from backend.statistics.score import Score, checked_share, scored

KIND = "text"
Unit = Literal["word", "character"]


@dataclass(frozen=True, slots=True)
class Options:
    """`unit` of the error rate that becomes the value; what is made alike before comparing; `threshold` in 0..1.

    Without `collapse_blanks` words end at every single blank: two blanks in a row, as a removed dash leaves them, hold
    an empty word that counts.
    """

    unit: Unit = "word"
    fold_case: bool = True
    drop_punctuation: bool = True
    collapse_blanks: bool = True
    threshold: float = 0.9

    def __post_init__(self) -> None:
        """Refuse a unit that is none, and a threshold outside 0..1."""
        checked_share("threshold", self.threshold)
        if self.unit not in get_args(Unit):
            raise ValueError(f"expected one of {', '.join(get_args(Unit))}, found {self.unit!r}")


@dataclass(frozen=True, slots=True)
class Edits:
    """The least number of substitutions, deletions and insertions that make the truth the answer, and the length of
    the truth, both in words or both in characters."""

    errors: int
    length: int

    @property
    def rate(self) -> float | None:
        """errors / length: from 0, above 1 for an answer much too long; None when only the answer says something."""
        if self.length == 0:
            return None if self.errors else 0.0
        return self.errors / self.length


def score(answer: Any, truth: Any, options: Options) -> Score:
    """max(0, 1 - error rate); WER = (S + D + I) / N of the truth's words, CER of its characters (Levenshtein 1966).

    Both texts empty gives 1, only the truth empty 0. ValueError for what is no text.
    """
    words = edits(answer, truth, options, "word")
    characters = edits(answer, truth, options, "character")
    rate = (words if options.unit == "word" else characters).rate
    detail = {
        "wer": words.rate,
        "cer": characters.rate,
        "word_errors": words.errors,
        "words": words.length,
        "character_errors": characters.errors,
        "characters": characters.length,
    }
    return scored(0.0 if rate is None else max(0.0, 1.0 - rate), options.threshold, detail)


def corpus_error_rate(pairs: Iterable[tuple[str, str]], options: Options) -> float:
    """Errors of all (answer, truth) pairs over the length of all truths, in `options.unit`; from 0, may exceed 1.

    Long texts weigh more than short ones; the mean of single rates is another figure. ValueError when all truths are
    empty.
    """
    found = [edits(answer, truth, options, options.unit) for answer, truth in pairs]
    length = sum(one.length for one in found)
    if length == 0:
        raise ValueError("expected at least one truth that says something, found none")
    return sum(one.errors for one in found) / length


def edits(answer: Any, truth: Any, options: Options, unit: Unit) -> Edits:
    """The edit distance of two texts in words or characters after normalising; ValueError for what is no text."""
    found, true = normalised(answer, options), normalised(truth, options)
    if unit == "character":
        return Edits(Levenshtein.distance(true, found), len(true))
    true_words, found_words = _words(true, options), _words(found, options)
    return Edits(_distance(true_words, found_words), len(true_words))


def normalised(text: Any, options: Options) -> str:
    """The text in Unicode form NFC, without blanks at its ends, and with what the options make alike made alike.

    Punctuation is the Unicode categories P*; it vanishes without leaving a blank, so "it's" becomes "its".
    """
    if not isinstance(text, str):
        raise ValueError(f"expected a text, found {type(text).__name__}")
    folded = text.casefold() if options.fold_case else text
    if options.drop_punctuation:
        folded = "".join(sign for sign in folded if unicodedata.category(sign)[0] != "P")
    whole = unicodedata.normalize("NFC", folded)
    return " ".join(whole.split()) if options.collapse_blanks else whole.strip()


def _words(text: str, options: Options) -> list[str]:
    return text.split() if options.collapse_blanks or not text else text.split(" ")


def _distance(left: Sequence[str], right: Sequence[str]) -> int:
    """Words as whole numbers: the library compares hashes, and those of texts differ from process to process."""
    numbers: dict[str, int] = {}
    coded = [[numbers.setdefault(word, len(numbers)) for word in side] for side in (left, right)]
    return Levenshtein.distance(coded[0], coded[1])
