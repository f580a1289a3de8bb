"""Reviews as another plan would have drawn them: the recorded draws against the rates of the plan's own controller.

Whoever's draw was 0.3 is reviewed at any rate above 0.3, in the record as in the replay; so the same plan gives the
very same reviews, and a higher rate never fewer. A rate rests on the facts that it rested on in the record
(`basis_index`), with the replay's verdicts in them: those that were given, where the replay reviews what was reviewed.
What nobody judged is taken for wrong or right by chance, at the risk that all verdicts of the skill give its author and
class; that moves the controller, and is never counted as an error found.
"""

import heapq
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from statistics import median
from typing import Any
from uuid import UUID

from backend.domain.checks import PPM
from backend.domain.review.control import NOTHING_KNOWN, PILOT, Known, Rated, asks, rated
from backend.domain.review.sampling import is_sampled
from backend.events import projects as projects_ev
from backend.events import review as ev
from backend.events.base import Recorded
from backend.events.ids import AnnotatorId, ProjectId, SkillId
from backend.events.projects import QualityPlan
from backend.readmodels.review_fold import REST_OF_LOT, UNKNOWN, Controller
from backend.statistics import risk
from backend.statistics.strata import Everybody, Person, class_risk, risk_of
from backend.usecases.backtest.history import History, chance

AT_ONCE = ("fixed", "pilot", "audit")
"""Reasons of draws that may rest on nothing: had the rate followed what was found, it would rest on all of that."""
NOBODY = AnnotatorId(UUID(int=0))


@dataclass(frozen=True, slots=True)
class Draw:
    """One answer: the rate, whether it was reviewed and why, in the record (`was`) and in the replay (`now`; None where
    the plan would not have asked for the answer), and whether it has a verdict in the record."""

    lease: UUID
    author: UUID
    at: datetime
    was: "Looked"
    now: "Looked | None"
    judged: bool


@dataclass(frozen=True, slots=True)
class Looked:
    """At which rate, whether, and why."""

    rate_ppm: int
    sampled: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Inspected:
    """Every answer's draw in the log's order, and how many verdicts of the replay are taken by chance."""

    draws: Sequence[Draw]
    imputed: int


@dataclass(slots=True)
class _Believed:
    """How likely an answer is wrong, by every verdict of the skill that there is."""

    everybody: Everybody
    people: dict[UUID, Person]

    def risk(self, author: UUID, answered: str) -> float:
        """P(wrong) of this person's answer of this class."""
        return risk_of(self.everybody, self.people.get(author, Person()), answered)


def inspect(history: History, dropped: frozenset[UUID]) -> Inspected:
    """Replay the reviews of the window; `dropped` are leases whose answers the plan would not have asked for."""
    return _Replay(history, dropped).run()


class _Replay:
    def __init__(self, history: History, dropped: frozenset[UUID]) -> None:
        self.history, self.dropped, self.plan = history, dropped, history.wanted
        # A fixed rate asks nothing of the controller.
        self.asks = asks(self.plan)
        self.controller = Controller()
        self.in_force: QualityPlan | None = None
        self.begun = False
        self.mine = {one.lease: one for one in history.work}
        facts = history.facts
        self.verdicts: dict[UUID, Recorded] = {
            one.event.review: one for one in facts if isinstance(one.event, ev.VerdictGiven)
        }
        drawn = [one for one in facts if isinstance(one.event, ev.ReviewDrawn)]
        self.was: dict[UUID, Recorded] = {}
        for one in drawn:
            if one.event.lease in self.mine and one.event.reason != REST_OF_LOT:
                self.was[one.event.review] = one
        self.rest = {one.event.review for one in drawn if one.event.reason == REST_OF_LOT}
        self.waiting = [(_basis(one), n, one) for n, one in enumerate(self.was.values())]
        heapq.heapify(self.waiting)
        self.rates: dict[UUID, Rated] = {}
        self.now: dict[UUID, Looked] = {}
        # The third number tells two that are due alike apart: verdicts have no order.
        self.due: list[tuple[datetime, int, int, ev.VerdictGiven]] = []
        self.due_count = 0
        self.told: dict[UUID, ev.VerdictGiven] = {}
        self.imputed = 0
        self.unjudged: list[int] = []
        self.next_lot: int | None = None
        self.delay = _delay(self.was, self.verdicts)
        self.adjudicated = _adjudicated(history)
        self.believed = _believed(facts, history) if self.asks else None

    def run(self) -> Inspected:
        """Fact by fact in the log's order."""
        for fact in self.history.facts:
            self._rate(fact.index or 0)
            self._deliver(fact.at)
            self._begin(fact)
            self._happens(fact)
            self._rejected()
        while self.due:
            self._deliver(self.due[0][0])
            self._rejected()
        return Inspected([self._draw(review) for review in self.was], self.imputed)

    def _draw(self, review: UUID) -> Draw:
        e = self.was[review].event
        was = (
            Looked(PPM, True, REST_OF_LOT) if review in self.rest else Looked(e.rate_ppm, e.sampled, e.reason)
        )
        judged = was.sampled and e.lease in self.history.passed
        return Draw(e.lease, e.author, self.was[review].at, was, self.now.get(review), judged)

    # --- rates

    def _rate(self, index: int) -> None:
        """Every draw that rested on the facts below this index, before the one that has it is folded."""
        while self.waiting and self.waiting[0][0] <= index:
            _, _, fact = heapq.heappop(self.waiting)
            e: ev.ReviewDrawn = fact.event
            if e.lease not in self.dropped:
                self.rates[e.review] = self._rated(fact.at, e)

    def _rated(self, at: datetime, e: ev.ReviewDrawn) -> Rated:
        if self.mine[e.lease].by_workflow:
            # Its arrows say what is looked at, and no plan.
            return Rated(e.rate_ppm, e.reason, e.risk_ppm, e.threshold_ppm)
        if e.reason == PILOT.reason:
            return PILOT
        known = self._known(e.author) if self.asks else NOTHING_KNOWN
        return rated(self.plan, known, e.answer_class or UNKNOWN, self.history.floor_at(at))

    def _known(self, author: UUID) -> Known:
        here, project = self.controller, self.controller.projects.get(self.history.project)
        if project is None:
            return NOTHING_KNOWN
        skill = self.history.skill
        return Known(
            everybody=here.skills.get(skill, Everybody()),
            threshold=project.steering.threshold,
            author=here.people.get((author, skill), risk.Annotator()),
            run=here.runs.get((author, self.history.project)),
            severity=project.inspection.severity,
        )

    # --- facts

    def _happens(self, fact: Recorded) -> None:
        e = fact.event
        match e:
            case projects_ev.ProjectCreated() | projects_ev.PlanUpdated() if (
                e.project == self.history.project
            ):
                self._planned(fact)
            case ev.ReviewDrawn() if e.lease in self.mine:
                if e.review in self.rates and e.reason != REST_OF_LOT:
                    self._drawn(e, fact.at)
            case ev.VerdictGiven() if e.lease in self.mine:
                self.told[e.review] = e
                if e.review in self.now and self.now[e.review].sampled:
                    self._judged(e)
            case (
                projects_ev.ProjectCreated()
                | projects_ev.PlanUpdated()
                | ev.ReviewDrawn()
                | ev.VerdictGiven()
            ):
                self._fold(e)
            case _:
                pass

    def _fold(self, event: Any) -> None:
        if self.asks:
            self.controller.take(event)

    def _begin(self, fact: Recorded) -> None:
        """The window begins: from here on the other plan is in force, if it is another."""
        since = self.history.window.since
        if self.begun or (since is not None and fact.at < since):
            return
        self.begun = True
        if self.in_force is not None and self.in_force != self.plan:
            about = ProjectId(self.history.project)
            self._fold(projects_ev.PlanUpdated(project=about, plan_version=0, plan=self.plan, own=()))

    def _planned(self, fact: Recorded) -> None:
        """Before the window the project's plans hold, within it the other one."""
        e = fact.event
        if not self.begun:
            self.in_force = e.plan
            self._fold(e)
        elif isinstance(e, projects_ev.ProjectCreated):
            self._fold(replace(e, plan=self.plan))

    def _drawn(self, e: ev.ReviewDrawn, at: datetime) -> None:
        found = self.rates[e.review]
        sampled = is_sampled(int(e.draw, 16), found.rate_ppm)
        self.now[e.review] = Looked(found.rate_ppm, sampled, found.reason)
        if self.asks:
            self._fold(
                replace(
                    e,
                    rate_ppm=found.rate_ppm,
                    sampled=sampled,
                    reason=found.reason,
                    risk_ppm=found.risk_ppm,
                    threshold_ppm=found.threshold_ppm,
                )
            )
        if sampled:
            self._await(e, at)

    def _await(self, e: ev.ReviewDrawn, at: datetime) -> None:
        """A verdict that was given comes when it came; one that waits in the record waits here; else there is one by
        what is believed of the answer, as long after as verdicts usually take."""
        pending = (e.sampled or e.review in self.rest) and e.review not in self.verdicts
        if e.review in self.verdicts or pending or self.believed is None:
            return
        wrong = self.adjudicated.get(e.lease)
        if wrong is None:
            self.imputed += 1
            wrong = chance("verdict", e.lease) < self.believed.risk(e.author, e.answer_class or UNKNOWN)
        verdict = _verdict(e, SkillId(self.history.skill), not wrong)
        self.due_count += 1
        heapq.heappush(self.due, (at + self.delay, len(self.now) + self.imputed, self.due_count, verdict))

    def _deliver(self, at: datetime) -> None:
        while self.due and self.due[0][0] <= at:
            self._judged(heapq.heappop(self.due)[3])

    def _judged(self, e: ev.VerdictGiven) -> None:
        rate_ppm = self.now[e.review].rate_ppm
        if self.asks:
            self._fold(e if e.rate_ppm == rate_ppm else replace(e, rate_ppm=rate_ppm))

    # --- lots

    def _rejected(self) -> None:
        """What nobody has seen of a lot that is found rejected is drawn at once."""
        project = self.controller.projects.get(self.history.project)
        if project is None or self.plan.review_mode != "iso2859" or not self.begun:
            return
        first = project.lot if self.next_lot is None else self.next_lot
        self.unjudged += range(first, project.lot + 1)
        self.next_lot = project.lot + 1
        for number in list(self.unjudged):
            place = (self.history.project, number)
            lot = self.controller.lots.get(place)
            if lot is not None and lot.accepted is not None:
                self.unjudged.remove(number)
                if not lot.accepted:
                    self._draw_rest(place)

    def _draw_rest(self, of: tuple[UUID, int]) -> None:
        """A verdict that was given meanwhile counts."""
        for review in [one for one, place in self.controller.passed_over.items() if place == of]:
            if review not in self.now:
                continue
            e = self.was[review].event
            self.now[review] = Looked(PPM, True, REST_OF_LOT)
            self._fold(replace(e, rate_ppm=PPM, sampled=True, reason=REST_OF_LOT))
            if review in self.told:
                self._judged(self.told[review])
            else:
                self._await(e, self.was[review].at)


def _basis(fact: Recorded) -> int:
    e: ev.ReviewDrawn = fact.event
    known = e.basis_index if e.basis_index or e.reason not in AT_ONCE else fact.index or 0
    return min(known, fact.index or 0)


def _delay(was: Mapping[UUID, Recorded], verdicts: Mapping[UUID, Recorded]) -> timedelta:
    """How long verdicts usually take."""
    taken = [(verdicts[one].at - fact.at).total_seconds() for one, fact in was.items() if one in verdicts]
    return timedelta(seconds=max(0.0, median(taken))) if taken else timedelta()


def _adjudicated(history: History) -> dict[UUID, bool]:
    """Lease -> whether an expert found it wrong."""
    return {
        piece.lease: not piece.correct
        for pieces in history.evidence.values()
        for piece in pieces
        if piece.source == "adjudication" and piece.lease is not None and piece.correct is not None
    }


def _believed(facts: Sequence[Recorded], history: History) -> _Believed:
    everybody, people = Everybody(), dict[UUID, Person]()
    for fact in facts:
        e = fact.event
        if isinstance(e, ev.VerdictGiven) and e.skill == history.skill and e.inspected:
            answered, usual = e.answer_class or UNKNOWN, class_risk(everybody, e.answer_class or UNKNOWN)
            mine = people.get(e.author, Person())
            people[e.author] = mine.reviewed(answered, not e.passed, usual, 1.0)
            everybody = everybody.reviewed(answered, not e.passed)
    return _Believed(everybody, people)


def _verdict(e: ev.ReviewDrawn, skill: SkillId, passed: bool) -> ev.VerdictGiven:
    """What a reviewer would have said, as far as the controller listens."""
    return ev.VerdictGiven(
        review=e.review,
        lease=e.lease,
        task=e.task,
        item=e.item,
        project=e.project,
        reviewer=NOBODY,
        author=e.author,
        skill=skill,
        verdict="accept" if passed else "reject",
        correction=None,
        correction_token=None,
        truth_class=None,
        answer_class=e.answer_class,
        rate_ppm=e.rate_ppm,
        note=None,
        score_ppm=PPM * passed,
        passed=passed,
    )
