"""What evidence makes of a person in a skill: a pure fold, piece by piece in the order of the log.

Everything fades (half-life 50 pieces of weight 1, or 90 days); days are whole, between the dates (UTC) of the facts.
Beside what is known at all stands what is known since somebody last judged it (`fresh`), and a sum that errors raise:
the CUSUM for a drop from what the person has shown. Its target is that: the 10 % quantile of what is believed of the
person at the moment the sum last stood at 0, at most .90 (the usual floor .70, lifted two thirds of the way to 1), from
the worth of 20 answers on. So who always was at .80 is left to the floor, and who falls from .95 to .70 is noticed.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any, Generic, Protocol, TypeVar

from backend.statistics.beta import Beta
from backend.statistics.cusum import Cusum
from backend.statistics.forgetting import Confusion, Counts, HalfLife

USUAL = HalfLife()
TARGET_MAX = 0.90
TARGET_QUANTILE = 0.10
TARGET_SINKS = 0.002
"""At most, a piece: else it would follow somebody down who falls while the sum happens to stand at 0."""
KNOWN = 20.0
"""Answers that what is known must be worth before there is anything to fall from."""
_NEUTRAL = Beta(2.0 * TARGET_MAX, 2.0 * (1.0 - TARGET_MAX))
TEN = 10
NOTHING, UNCONFUSED = Counts(), Confusion()


@dataclass(frozen=True, slots=True)
class Piece:
    """One observation: its index in the log, its date, whether it is of live work, right or wrong (None: taken back),
    how near (0..1), what it weighs, and the keyed tokens of truth and answer."""

    index: int
    day: date
    live: bool
    correct: bool | None
    score: float
    weight: float
    truth_class: str | None = None
    answer_class: str | None = None


@dataclass(frozen=True, slots=True)
class State:
    """What is known after `pieces` pieces, the last at `index` on `day`.

    counts, scored (the faded weight of how near answers came), confusion: of all evidence; fresh: of evidence from
    index `fresh_from` on, with `live`, the sum of its live pieces' weights of at most 1 each, unfaded, and `right` of
    `total` live pieces, and `fresh_before` what that index was before a rule closed the skill last;
    cusum: the sum, for a fall from `target` (0: nothing known yet to fall from).
    """

    counts: Counts = NOTHING
    scored: float = 0.0
    confusion: Confusion = UNCONFUSED
    fresh: Counts = NOTHING
    live: float = 0.0
    right: int = 0
    total: int = 0
    cusum: float = 0.0
    target: float = 0.0
    pieces: int = 0
    index: int = -1
    day: date | None = None
    fresh_from: int = 0
    fresh_before: int = 0

    def after(self, piece: Piece) -> "State":
        """The state with one more piece; its weight 0 (or an answer taken back) lets only time pass."""
        days = self.days_to(piece.day)
        weight = piece.weight if piece.correct is not None else 0.0
        correct, classes = float(bool(piece.correct)), (piece.truth_class or "", piece.answer_class or "")
        known = weight if piece.truth_class is not None and piece.answer_class is not None else 0.0
        live, right, total, cusum, target = self.live, self.right, self.total, self.cusum, self.target
        if piece.live and weight > 0.0 and piece.index >= self.fresh_from:
            cusum, target = self._watched(min(1.0, weight), not piece.correct)
            live, right, total = _round(live + min(1.0, weight)), right + bool(piece.correct), total + 1
        return State(
            counts=self.counts.after(correct, weight, days),
            scored=_round(USUAL.kept(weight, days) * self.scored + weight * piece.score),
            confusion=self.confusion.after(*classes, known, days),
            fresh=self.fresh.after(correct, weight if piece.index >= self.fresh_from else 0.0, days),
            live=live,
            right=right,
            total=total,
            cusum=cusum,
            target=target,
            pieces=self.pieces + 1,
            index=max(self.index, piece.index),
            day=max(self.day, piece.day) if self.day else piece.day,
            fresh_from=self.fresh_from,
            fresh_before=self.fresh_before,
        )

    def _watched(self, weight: float, error: bool) -> tuple[float, float]:
        """The sum, moved by the piece's weight, and the target in force: that of the moment the sum left 0."""
        target = self.target if self.cusum > 0.0 else _target(self.counts, self.target)
        if target <= 0.0:
            return 0.0, 0.0
        moved = _cusum(target).after(self.cusum, float(error))
        return max(0.0, _round(self.cusum + weight * (moved - self.cusum))), target

    def days_to(self, day: date) -> float:
        """Whole days from the last piece to this date; 0 where there is none, or where it lies before."""
        return float(max(0, (day - self.day).days)) if self.day else 0.0

    def as_of(self, day: date) -> "State":
        """The state on a later day on which nothing new came."""
        days = self.days_to(day)
        return replace(
            self,
            counts=self.counts.aged(days),
            scored=_round(USUAL.kept(0.0, days) * self.scored),
            confusion=self.confusion.after("", "", 0.0, days),
            fresh=self.fresh.aged(days),
        )


def _target(counts: Counts, before: float) -> float:
    if counts.n_eff < KNOWN:
        return 0.0
    shown = counts.posterior(_NEUTRAL).quantile_rounded(TARGET_QUANTILE, 6)
    return min(TARGET_MAX, max(0.01, shown, round(before - TARGET_SINKS, 6)))


@lru_cache(maxsize=4096)
def _cusum(target: float) -> Cusum:
    return Cusum.for_target(target)


def _round(x: float) -> float:
    return round(x, 9)


def folded(pieces: Iterable[Piece], state: State) -> State:
    """The state after these pieces more, in their order."""
    for piece in pieces:
        state = state.after(piece)
    return state


class Placed(Protocol):
    """What is told by tens: of exams and of live work apart; None for what a person is never told of."""

    @property
    def kind(self) -> str | None:
        """exam, live or None."""


P = TypeVar("P", bound=Placed)


class Tens(Generic[P]):
    """Holds back what does not fill a ten yet. `waiting` are the pieces so far held back, in their order."""

    def __init__(self, waiting: Sequence[P] = ()) -> None:
        self._waiting: dict[str, list[P]] = {}
        for one in waiting:
            if one.kind is not None:
                self._waiting.setdefault(one.kind, []).append(one)

    def after(self, one: P) -> list[P]:
        """The ten that this piece fills, in the order of the log; nothing while it is not full."""
        if one.kind is None:
            return []
        held = self._waiting.setdefault(one.kind, [])
        held.append(one)
        return self._waiting.pop(one.kind) if len(held) == TEN else []

    def full(self, pieces: Iterable[P]) -> Iterator[list[P]]:
        """The tens that these fill, one after the other."""
        return (ten for one in pieces if (ten := self.after(one)))


def as_told(ten: Sequence[Piece]) -> list[Piece]:
    """A ten as its person is told of it: nothing in what they see may tell gold from reviews.

    All live pieces that count weigh alike, since reviews and gold do not; they are of one date and in an order that
    says nothing: what fades tells the place of each error, and gold is scored at once while a review comes later.
    """
    day = max(one.day for one in ten)
    alike = (
        replace(one, day=day, weight=1.0 if one.live and one.weight > 0.0 else one.weight) for one in ten
    )
    return sorted(alike, key=_mute)


def _mute(one: Piece) -> tuple[Any, ...]:
    return bool(one.correct), one.weight, one.score, one.truth_class or "", one.answer_class or ""


def day_of(at: datetime) -> date:
    """The date of a moment in UTC."""
    return at.astimezone(UTC).date()
