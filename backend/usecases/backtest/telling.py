"""What a backtest says: the record and the replay side by side, with what each figure takes for granted."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from backend.domain.checks import PPM
from backend.domain.review.control import asks
from backend.statistics.outgoing import Reviewed, outgoing_error
from backend.usecases.backtest import asking, inspecting, mixing, pricing, stopping
from backend.usecases.backtest.asking import Asked
from backend.usecases.backtest.history import History
from backend.usecases.backtest.inspecting import Draw, Inspected, Looked
from backend.usecases.backtest.stopping import Stop
from backend.usecases.projects.planning import plan_shown

Row = dict[str, Any]
USUAL_SECONDS = ("annotate", "review", "expert")


@dataclass(frozen=True, slots=True)
class _Outcome:
    """One side: the record, or the replay."""

    answers: int
    reviews: int
    errors_found: float
    errors_out: Row
    gold: int
    asked: Asked
    stopped: Sequence[Stop]
    gold_more: int = 0

    def done(self, history: History) -> pricing.Done:
        """What of it is priced."""
        return pricing.Done(
            missing=self.asked.missing,
            gold_more=self.gold_more,
            reviews=self.reviews,
            escalations=self.asked.escalations,
            items=self.asked.items,
            going_out=len(history.work) - len(self.asked.dropped),
            errors_out=self.errors_out,
        )


def backtested(history: History) -> Row:
    """The whole answer; all of the arithmetic, in one thread."""
    was_asked, now_asked = asking.recorded(history), asking.ask(history)
    inspected = inspecting.inspect(history, now_asked.dropped)
    mixed = mixing.mix(history, now_asked.dropped)
    stops = stopping.stop(history, inspected.draws, mixed)
    judged = _shares_judged(inspected.draws)
    was = _Outcome(
        answers=len(history.work),
        reviews=sum(one.was.sampled for one in inspected.draws),
        errors_found=sum(not _right(history, one) for one in inspected.draws if one.judged),
        errors_out=_out(history, inspected.draws, judged, replayed=False),
        gold=len(history.golden),
        asked=was_asked,
        stopped=stopping.recorded(history),
    )
    now = _Outcome(
        answers=len(history.work) - len(now_asked.dropped) + now_asked.missing,
        reviews=sum(_now(one).sampled for one in inspected.draws),
        errors_found=_found(history, inspected.draws),
        errors_out=_out(history, inspected.draws, judged, replayed=True),
        gold=mixed.total,
        asked=now_asked,
        stopped=stops,
        gold_more=mixed.more,
    )
    left_out = now_asked.dropped | ({one.lease for one in history.golden} - mixed.kept)
    money = pricing.money(history.prices, was.done(history), now.done(history), left_out, history.seconds)
    return _told(history, inspected, was, now) | {"money": money}


def _told(history: History, inspected: Inspected, was: _Outcome, now: _Outcome) -> Row:
    saved = was.reviews - now.reviews
    draws = inspected.draws
    known = sum(_now(one).sampled and one.judged for one in draws)
    return {
        "project": history.project,
        "from": history.window.since,
        "to": history.window.until,
        "answers": was.answers,
        "judged": sum(one.judged for one in draws),
        "judged_share": known / now.reviews if now.reviews else None,
        "plan": plan_shown(history.wanted),
        "recorded": _side(history, was),
        "replayed": _side(history, now),
        "saving": {"reviews": saved, "share": saved / was.reviews if was.reviews else None},
        "cost": {"minutes_recorded": _minutes(history, was), "minutes_replayed": _minutes(history, now)},
        "by_reason": _by_reason(draws),
        "by_annotator": _by_annotator(history, draws, now.stopped),
        "stopped": [_stopped(history, one) for one in now.stopped],
        "assumptions": list(_assumptions(history, inspected, was, now)),
    }


# --- figures


def _now(draw: Draw) -> Looked:
    return draw.now or Looked(0, False, "not_asked")


def _right(history: History, draw: Draw) -> bool:
    return history.passed[draw.lease]


def _shares_judged(draws: Iterable[Draw]) -> dict[int, float]:
    """Rate -> which share of what was drawn at it has a verdict: the others wait, and count as not drawn yet."""
    drawn, given = Counter[int](), Counter[int]()
    for one in draws:
        drawn[one.was.rate_ppm] += one.was.sampled
        given[one.was.rate_ppm] += one.judged
    return {rate: min(1.0, given[rate] / n) for rate, n in drawn.items() if n}


def _found(history: History, draws: Iterable[Draw]) -> float:
    """Errors that the replay is expected to find: each that was found at one rate stands for those of its kind at the
    other (Horvitz and Thompson)."""
    wrong = [one for one in draws if one.judged and not _right(history, one)]
    return sum(_now(one).rate_ppm / one.was.rate_ppm for one in wrong)


def _out(history: History, draws: Sequence[Draw], judged: dict[int, float], replayed: bool) -> Row:
    """The error that goes out: an error found at rate f stands for 1 / f, of which the share g is mended at rate g.
    outgoing_error mends f itself, so it is told the rate at which 1 / rate - 1 is (1 - g) / f."""
    told, answers = [], 0
    for one in draws:
        looked = _now(one) if replayed else one.was
        if looked.reason == "not_asked":
            continue
        answers += 1
        if one.judged:
            share = judged[one.was.rate_ppm]
            was, now = one.was.rate_ppm / PPM * share, looked.rate_ppm / PPM * share
            told.append(Reviewed(was / (was + (1.0 - now)), not _right(history, one)))
    found = outgoing_error(told, answers)
    return {"value": found.value, "low": found.low, "high": found.high}


def _side(history: History, one: _Outcome) -> Row:
    drawn = len(history.work) - len(one.asked.dropped)
    return {
        "reviews": one.reviews,
        "review_share": one.reviews / drawn if drawn else None,
        "errors_found": round(one.errors_found, 6),
        "errors_out": one.errors_out,
        "gold": one.gold,
        "escalations": one.asked.escalations,
        "judgments_per_item": one.asked.per_item,
        "answers_missing": one.asked.missing,
        "stopped": [_stopped(history, stop) for stop in one.stopped],
    }


def _stopped(history: History, one: Stop) -> Row:
    return {
        "annotator": one.annotator,
        "skill": history.skill,
        "at": one.at,
        "why": one.why,
        "answers_after": one.answers_after,
    }


def _minutes(history: History, one: _Outcome) -> float | None:
    """Median time of the history's own answers, reviews and experts' answers; None where no answer was timed."""
    usual = history.seconds.get("annotate")
    if usual is None:
        return None
    counts = (one.answers + one.gold, one.reviews, one.asked.escalations)
    seconds = (n * history.seconds.get(kind, usual) for kind, n in zip(USUAL_SECONDS, counts, strict=True))
    return round(sum(seconds) / 60.0, 3)


def _by_reason(draws: Iterable[Draw]) -> dict[str, Row]:
    found: dict[str, Row] = defaultdict(lambda: dict.fromkeys(_REASONED, 0))
    for one in draws:
        for looked, side in ((one.was, "recorded"), (_now(one), "replayed")):
            found[looked.reason][f"answers_{side}"] += 1
            found[looked.reason][f"reviews_{side}"] += looked.sampled
    return dict(sorted(found.items()))


_REASONED = ("answers_recorded", "reviews_recorded", "answers_replayed", "reviews_replayed")


def _by_annotator(history: History, draws: Iterable[Draw], stops: Iterable[Stop]) -> list[Row]:
    found: dict[UUID, Row] = {}
    first = {one.annotator: one.at for one in reversed(list(stops))}
    for one in draws:
        empty = {"annotator": one.author, "answers": 0, "reviews_recorded": 0, "reviews_replayed": 0}
        row = found.setdefault(one.author, empty | {"errors_found": 0, "stopped_at": first.get(one.author)})
        row["answers"] += 1
        row["reviews_recorded"] += one.was.sampled
        row["reviews_replayed"] += _now(one).sampled
        row["errors_found"] += one.judged and not _right(history, one)
    return [found[who] for who in sorted(found)]


# --- what is taken for granted


def _assumptions(history: History, inspected: Inspected, was: _Outcome, now: _Outcome) -> Iterator[str]:
    yield (
        "The same people give the same answers to the same items at the same times: nobody works otherwise because of"
        " the plan, and rejected answers are done again as they were."
    )
    yield (
        "Every answer keeps its recorded draw, so the plan that was in force gives the recorded reviews, and a higher"
        " rate never fewer."
    )
    yield (
        "Errors found and let through are Horvitz-Thompson estimates from the answers that were judged, with 95 %"
        " intervals; whoever reviewed is taken to have found every error, and as many reviews wait as in the record."
    )
    if asks(history.wanted):
        yield (
            f"{inspected.imputed} verdicts that the plan would have asked for and nobody gave are drawn from the risk"
            " of their author and class; they move later rates and are not counted as errors found."
        )
    yield from _of_people(now)
    yield from _of_overlap(history, was, now)
    yield from _of_minutes(history)
    yield from pricing.assumptions(history.prices, was.done(history), now.done(history))
    if any(one.by_workflow for one in history.work):
        yield "What steps of workflows review, and how many answers they ask for, is as recorded: no plan says it."


def _of_people(now: _Outcome) -> Iterator[str]:
    yield (
        "Who is stopped follows from recorded evidence alone, with today's prior of the skill: reviews and gold that"
        " the plan would have added would say more, and sooner."
    )
    if now.stopped:
        yield "Answers after a stop stay in the replay, as if somebody alike had given them."
    yield "Added gold is what its share asks for, to nobody more than is new to them; sessions and gaps are left out."


def _of_overlap(history: History, was: _Outcome, now: _Outcome) -> Iterator[str]:
    if not now.asked.replayed:
        same = history.as_recorded(*asking.FIELDS)
        why = "the plan says the same of it" if same else "such answers have to be read to be compared"
        yield f"Answers per item and escalations are as recorded, because {why}."
        return
    yield "Answers per item follow from what is known of people today, not from what was known then."
    if now.asked.missing:
        yield (
            f"{now.asked.missing} answers on {now.asked.open} items that the plan would have asked for were given by"
            " nobody: at least so many, without reviews of them, and whether these items go to experts is not known."
        )


def _of_minutes(history: History) -> Iterator[str]:
    if "annotate" not in history.seconds:
        yield "Minutes are not known, because no answer was timed from its opening."
        return
    yield "Minutes are median times of the history's answers, reviews and experts' answers, times how many there are."
    lacking = [kind for kind in USUAL_SECONDS if kind not in history.seconds]
    if lacking:
        yield f"An answer's time stands for {' and '.join(lacking)} work, of which none was timed."
