"""Key scores: every score that was given against a gold item's key, and what it comes to by what is right instead.

A page at a time, by what there is in the log: answers in work first, by lease, then exams, by person. A score is that
of the key that was found wrong if the item's key was that one when it was given; what a won dispute has settled stays
as an independent person decided it.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from backend.domain.proficiency import rekeying
from backend.domain.proficiency.rekeying import Correct, Counts
from backend.domain.projects import gold as gold_domain
from backend.domain.review import dispute as disputes
from backend.events import leases, projects, training
from backend.events.base import Recorded
from backend.events.ids import AnnotatorId, AttemptId, GoldId, KeyCaseId, LeaseId, SkillId, uuid8
from backend.events.store import log
from backend.events.wrong_keys import GoldKeyFoundWrong
from backend.readmodels import rekeyed as rows
from backend.readmodels import workflows
from backend.usecases.projects.comparing import compare_by, ppm
from backend.usecases.review.disputing import dispute_of
from backend.usecases.tokens import class_token
from backend.usecases.training.teaching import stream_of
from backend.usecases.vault import Sealed
from backend.usecases.work import Work

PPM = 1_000_000
PAGE = 200
"""So many answers, or people who were examined, at a time."""
WORK, EXAMS = "work", "exams"
VOID = Counts(None, None, None)
Row = Mapping[str, Any]
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """The key of a gold item is wrong, `since` the fact that says so; `gold` is its row, `right` the truth in clear
    where `known`: what that fact says, whatever truth the item was given meanwhile."""

    gold: Row
    found: gold_domain.Found
    since: Recorded
    keys: tuple[tuple[datetime, str], ...]
    scorings: tuple[tuple[datetime, str], ...]
    steps: tuple[tuple[datetime, Mapping[str, str]], ...]
    known: bool
    right: Any

    def concerns(self, at: datetime) -> bool:
        """Whether a score given then was given against this key."""
        return self.found.wrong_token == _last(self.keys, at, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """One scored answer: what it counted until now, and where its text is; `step` is None of an exam's."""

    stream: UUID
    annotator: UUID
    skill: UUID
    lease: UUID | None
    attempt: UUID | None
    of_version: int | None
    at: datetime
    step: str | None
    answer_class: str | None
    was: Counts
    place: Sealed | None
    disputed: UUID | None


@dataclass(frozen=True, slots=True)
class Page:
    """Some of them, and where the next page begins; None: that is all."""

    given: list[Given]
    next: str | None


async def case_of(work: Work, gold: Row, found: gold_domain.Found) -> Case:
    """What is needed to find and to score again what was held against the key."""
    facts = (await log.load(work.conn, work.tenant, [gold["gold"]]))[gold["gold"]]
    said = (await log.load(work.conn, work.tenant, [uuid8(gold["project"], "scoring")])).values()
    keys = tuple((f.at, f.event.truth_token) for f in facts if isinstance(f.event, projects.GoldAdded))
    scorings = tuple(
        (f.at, f.event.scoring) for one in said for f in one if isinstance(f.event, projects.ScoringSet)
    )
    since = next(
        f for f in facts if isinstance(f.event, GoldKeyFoundWrong) and f.event.key_case == found.key_case
    )
    right = since.event.right
    truth = [Sealed("project", gold["project"], "gold", gold["gold"], "truth", right)] if right else []
    return Case(
        gold=gold,
        found=found,
        since=since,
        keys=keys,
        scorings=scorings,
        steps=await _steps(work, gold["project"]),
        known=bool(truth),
        right=next(iter(await work.open(truth)), None),
    )


async def pages(work: Work, case: Case) -> AsyncIterator[list[Given]]:
    """All of them."""
    after: str | None = f"{WORK}|"
    while after is not None:
        page = await page_of(work, case, after)
        yield page.given
        after = page.next


async def page_of(work: Work, case: Case, after: str) -> Page:
    """The next page from there on; `work|` is the beginning."""
    kind, _, last = after.partition("|")
    begin = UUID(last) if last else None
    gold = case.gold
    if kind == WORK:
        asked = (gold["project"], gold["item"], gold["gold"], begin, PAGE)
        found = await rows.fetch(work.conn, rows.GIVEN, work.tenant, *asked)
        more = f"{WORK}|{found[-1]['lease']}" if len(found) == PAGE else f"{EXAMS}|"
        return Page(await _in_work(work, case, found), more)
    met = await rows.fetch(work.conn, rows.EXAMINED, work.tenant, gold["gold"], begin, PAGE)
    people = [row["annotator"] for row in met]
    return Page(await _in_exams(work, case, people), f"{EXAMS}|{people[-1]}" if len(people) == PAGE else None)


async def corrections(
    work: Work, case: Case, given: Sequence[Given], key_case: KeyCaseId
) -> list[tuple[Given, Correct]]:
    """Each with what it counts from now on: by what is right, or not at all where nobody knows or the answer was
    erased."""
    answers = await _answers(work, case, given) if case.known else [None] * len(given)
    told = []
    for one, answer in zip(given, answers, strict=True):
        now = VOID if answer is None else await _scored(work, case, one, answer)
        told.append((one, _command(case, one, now, key_case)))
    return told


# --- reading


async def _in_work(work: Work, case: Case, found: Sequence[Row]) -> list[Given]:
    ids = [row["lease"] for row in found]
    facts = await log.load(work.conn, work.tenant, ids) if ids else {}
    scored = {
        lease: fact for lease, of in facts.items() for fact in of if isinstance(fact.event, leases.GoldScored)
    }
    streams = {lease: rows.rekeyed_of(lease) for lease in scored}
    await work.load(rekeying.REKEYED, list(streams.values()))
    await work.load(disputes.DISPUTE, [dispute_of(lease) for lease in scored])
    given = []
    for row in found:
        fact, dispute = scored.get(row["lease"]), work.state(disputes.DISPUTE, dispute_of(row["lease"]))
        if fact is None or not case.concerns(fact.at) or _won(dispute):
            continue
        e, stream = fact.event, streams[row["lease"]]
        first = Counts(e.correct, e.score_ppm, e.truth_class)
        given.append(
            Given(
                stream=stream,
                annotator=e.annotator,
                skill=e.skill,
                lease=e.lease,
                attempt=None,
                of_version=None,
                at=fact.at,
                step=row["step"],
                answer_class=e.answer_class,
                was=work.state(rekeying.REKEYED, stream).now or first,
                place=Sealed("project", row["project"], "lease", e.lease, "answer", row["answer"]),
                disputed=None if isinstance(dispute, disputes.Undisputed) else dispute_of(e.lease),
            )
        )
    return given


async def _in_exams(work: Work, case: Case, people: Sequence[UUID]) -> list[Given]:
    tried = await rows.fetch(work.conn, rows.TRIED, work.tenant, list(people)) if people else []
    streams = [stream_of(row["annotator"], row["course"]) for row in tried]
    found = await log.load(work.conn, work.tenant, streams) if streams else {}
    told = [(fact, facts) for facts in found.values() for fact in facts if _asked(fact, case)]
    about = {
        fact.event.attempt: uuid8(fact.event.attempt, "rekeyed", str(case.gold["gold"])) for fact, _ in told
    }
    await work.load(rekeying.REKEYED, list(about.values()))
    return [_examined(work, fact, facts, about[fact.event.attempt]) for fact, facts in told]


def _asked(fact: Recorded, case: Case) -> bool:
    e = fact.event
    return isinstance(e, training.ExamGoldAnswered) and e.gold == case.gold["gold"] and case.concerns(fact.at)


def _examined(work: Work, fact: Recorded, facts: Sequence[Recorded], stream: UUID) -> Given:
    e = fact.event
    attempt = next(
        f.event
        for f in facts
        if isinstance(f.event, training.CourseAttempted) and f.event.attempt == e.attempt
    )
    first = Counts(e.correct, PPM * e.correct, e.truth_class)
    return Given(
        stream=stream,
        annotator=e.annotator,
        skill=e.skill,
        lease=None,
        attempt=e.attempt,
        of_version=fact.version,
        at=fact.at,
        step=None,
        answer_class=e.answer_class,
        was=work.state(rekeying.REKEYED, stream).now or first,
        place=Sealed("person", e.annotator, "attempt", e.attempt, "answers", attempt.answers),
        disputed=None,
    )


def _won(dispute: disputes.Dispute) -> bool:
    """Whether somebody independent has decided that the answer is right, or counts not at all. That the key was found
    wrong settles a dispute in the same words, but then the answer is looked at again with each new case."""
    return isinstance(dispute, disputes.Resolved) and dispute.outcome != "upheld" and not dispute.settled


# --- scoring


async def _answers(work: Work, case: Case, given: Sequence[Given]) -> list[Any]:
    """What was answered, in clear; None where it was erased."""
    clear = await work.open([one.place for one in given if one.place is not None])
    work.saw("answer", "truth", subjects={one.annotator for one in given}, results=[case.gold["item"]])
    return [
        said if one.attempt is None else _to_gold(said, case) for one, said in zip(given, clear, strict=True)
    ]


def _to_gold(answers: Any, case: Case) -> Any:
    """Of an exam's answers that to the gold item."""
    about = str(case.gold["gold"])
    return next((one["answer"] for one in answers or () if str(one["question"]) == about), None)


async def _steps(work: Work, project: UUID) -> tuple[tuple[datetime, Mapping[str, str]], ...]:
    """Since when which steps of the project's workflow said how their answers are compared, oldest first."""
    said = []
    for one in reversed(await workflows.versions(work.conn, work.tenant, project)):
        found = await workflows.find(work.conn, work.tenant, project, one["version"])
        said.append((one["published_at"], {step.name: step.scoring for step in found.steps} if found else {}))
    return tuple(said)


async def _scored(work: Work, case: Case, one: Given, answer: Any) -> Counts:
    compare = compare_by(_scoring(case, one))
    score = await compare.score(answer, case.right)
    return Counts(score.passed, ppm(score), class_token(work, SkillId(one.skill), case.right))


def _scoring(case: Case, one: Given) -> str:
    """The scoring in force when the answer was scored: the step's of the workflow of then, else the project's."""
    nothing: Mapping[str, str] = {}
    own = _last(case.steps, one.at, nothing).get(one.step, "") if one.step else ""
    return own or _last(case.scorings, one.at, "")


def _last(said: Sequence[tuple[datetime, T]], at: datetime, before: T) -> T:
    """What was said last until then."""
    return next((what for when, what in reversed(said) if when <= at), before)


def _command(case: Case, one: Given, now: Counts, key_case: KeyCaseId) -> Correct:
    return Correct(
        key_case=key_case,
        gold=GoldId(case.gold["gold"]),
        annotator=AnnotatorId(one.annotator),
        skill=SkillId(one.skill),
        lease=LeaseId(one.lease) if one.lease else None,
        attempt=AttemptId(one.attempt) if one.attempt else None,
        of_version=one.of_version,
        answer_class=one.answer_class,
        was=one.was,
        now=now,
    )
