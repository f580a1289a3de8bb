"""What draws and verdicts make of the review controller, fact by fact: pure, and the same in whatever batches.

A corrected verdict counts as if it had been given so: what it had a part in is folded again (`settle`), with the draws
as they were made.
"""

from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from backend.events import proficiency as scores
from backend.events import projects as ev
from backend.events import review
from backend.readmodels.review_lots import Lot, resumed, switched, switched_anew
from backend.statistics import csp, iso2859, risk
from backend.statistics.inspection import continuous_plan, lot_plan, mode_of, risk_policy
from backend.statistics.strata import Everybody, Tally
from backend.statistics.threshold import Steering, steered

PPM = 1_000_000
UNKNOWN = ""
"""The class of an answer that is no category."""
ANY_TARGET = risk.Policy(target=0.5)
"""By which verdicts are counted where no target is asked: nothing of it depends on the target."""
DECIDED = {reason.value: reason for reason in risk.Reason} | {"audit": risk.Reason.FLOOR}
"""Reason in a fact -> the controller's. The audit floor replaces only a floor that was lower."""
REST_OF_LOT = "rejected_lot"
"""Why an answer is drawn once more: its lot was rejected."""
OF_LOTS = (*(one.value for one in iso2859.Severity), "audit")
"""Why the answers of lots are drawn. What a workflow's step draws belongs to none."""


@dataclass(slots=True)
class Project:
    """A project's plan as it was told last, the threshold of its risk, and how its lots fare; `lot` is the number of
    the one that is filled now."""

    skill: UUID
    mode: str
    target_ppm: int
    first: int
    floor_ppm: int
    clearance: int
    lot_size: int
    steering: Steering = field(default_factory=lambda: Steering(threshold=0.0))
    inspection: iso2859.State = field(default_factory=iso2859.State)
    lot: int = 1

    @property
    def resolved(self) -> str:
        """The mode in force."""
        return mode_of(self.mode, self.target_ppm / PPM)

    @property
    def by_lots(self) -> bool:
        """Whether answers are judged in lots."""
        return self.resolved == "iso2859"

    @property
    def policy(self) -> risk.Policy | None:
        """By which risk is judged; None where no target is asked."""
        return risk_policy(self.target_ppm / PPM, self.first, self.floor_ppm / PPM)

    @property
    def sampling(self) -> csp.Plan | None:
        """The continuous plan in force, if any."""
        if self.resolved not in ("csp1", "csp2"):
            return None
        two = self.resolved == "csp2"
        return continuous_plan(two, self.clearance, self.floor_ppm / PPM, self.target_ppm / PPM)


@dataclass(frozen=True, slots=True)
class Awaited:
    """A review that was drawn and has no verdict: what was believed of it, and its lot (0: none)."""

    project: UUID
    risk_ppm: int | None
    lot: int


@dataclass(slots=True)
class Found:
    """A verdict as it counts now (`passed` None: not at all), with what was so when it was given: how likely the review
    was and what was believed of the answer, the answers of its author and of the project until then, the lot (0: none)
    and the continuous plan in force."""

    lease: UUID
    project: UUID
    author: UUID
    answered: str
    rate_ppm: int
    risk_ppm: int | None
    lot: int
    idx: int
    seen: int
    items: int
    sampling: csp.Plan | None
    passed: bool | None


@dataclass(slots=True)
class Controller:
    """The state of everything that a stretch of the log touches. `passed_over`: reviews of answers to lots that are not
    accepted, which nobody looked at, with their lots; `cleared`: lots whose unseen answers may go out; `found`:
    verdicts in their order, of which a correction needs all of its skill; `stale`: skills in which one was
    corrected, `retold`: those told again since; `now`: the index of the fact that is folded."""

    projects: dict[UUID, Project] = field(default_factory=dict)
    skills: dict[UUID, Everybody] = field(default_factory=dict)
    people: dict[tuple[UUID, UUID], risk.Annotator] = field(default_factory=dict)
    runs: dict[tuple[UUID, UUID], csp.State] = field(default_factory=dict)
    lots: dict[tuple[UUID, int], Lot] = field(default_factory=dict)
    awaited: dict[UUID, Awaited] = field(default_factory=dict)
    passed_over: dict[UUID, tuple[UUID, int]] = field(default_factory=dict)
    cleared: set[tuple[UUID, int]] = field(default_factory=set)
    found: dict[UUID, Found] = field(default_factory=dict)
    stale: set[UUID] = field(default_factory=set)
    retold: set[UUID] = field(default_factory=set)
    now: int = -1

    def take(self, event: Any) -> None:
        """Fold one fact. People are (annotator, skill), runs (annotator, project), lots (project, number)."""
        self.add(event, self.now + 1)
        self.settle()

    def add(self, event: Any, index: int) -> None:
        """Fold the fact at this index; `settle` before anything is asked."""
        self.now = index
        match event:
            case ev.ProjectCreated():
                self.projects[event.project] = planned(event.plan, event.skill)
                self._begin(self.projects[event.project])
            case ev.PlanUpdated():
                self._replanned(event)
            case review.ReviewDrawn():
                self._drawn(event)
            case review.VerdictGiven():
                self._given(event)
            case scores.ScoreCorrected(source="review"):
                self._corrected(event)

    def settle(self) -> None:
        """Fold the verdicts of skills again in which one was corrected."""
        for skill in sorted(self.stale):
            self._again(skill)
        self.retold |= self.stale
        self.stale.clear()

    def _replanned(self, event: ev.PlanUpdated) -> None:
        before = self.projects[event.project]
        now = planned(event.plan, before.skill)
        now.steering, now.inspection, now.lot = before.steering, before.inspection, before.lot
        judged = self.judged(event.project)
        if judged:
            judged[-1].resumed = True
        now.inspection = resumed(now.inspection)
        self.projects[event.project] = now
        self._begin(now)

    def _begin(self, project: Project) -> None:
        policy = project.policy
        if policy is not None and not project.steering.items:
            project.steering = replace(project.steering, threshold=policy.aim)

    # --- draws

    def _drawn(self, e: review.ReviewDrawn) -> None:
        project = self.projects[e.project]
        if e.reason == REST_OF_LOT:
            # It was counted when it was drawn first; its lot is judged already.
            self.awaited[e.review] = Awaited(e.project, e.risk_ppm, 0)
            self.passed_over.pop(e.review, None)
            return
        self._passed(project, e)
        by_lots = project.by_lots and e.reason in OF_LOTS
        lot = self._into_lot(e.project, project, e) if by_lots else 0
        if e.sampled:
            self.awaited[e.review] = Awaited(e.project, e.risk_ppm, lot)

    def _passed(self, project: Project, e: review.ReviewDrawn) -> None:
        who = (e.author, project.skill)
        person, policy, reason = self.people.get(who, risk.Annotator()), project.policy, DECIDED.get(e.reason)
        if policy is None or reason is None or e.risk_ppm is None:
            closer = max(0, person.closer - 1)
            self.people[who] = risk.Annotator(person.seen + 1, closer, person.person)
            return
        pool = risk.Pool(self.skills.get(project.skill, Everybody()), project.steering)
        decision = risk.Decision(e.rate_ppm / PPM, reason, e.risk_ppm / PPM, 0.0)
        pool, self.people[who] = risk.answer(policy, pool, person, decision)
        project.steering = pool.steering

    def _into_lot(self, about: UUID, project: Project, e: review.ReviewDrawn) -> int:
        number = project.lot
        lot = self.lots.get((about, number))
        if lot is None:
            severity, size = project.inspection.severity, project.lot_size
            lot = Lot(size, severity, lot_plan(size, project.target_ppm / PPM, severity))
            self.lots[about, number] = lot
        lot.answers += 1
        lot.sampled += e.sampled
        if not e.sampled:
            self.passed_over[e.review] = (about, number)
        if lot.answers >= lot.size:
            project.lot = number + 1
            self._judge(project, (about, number))
        return number

    # --- verdicts

    def _given(self, e: review.VerdictGiven) -> None:
        awaited = self.awaited.pop(e.review, None)
        # What was let through in bulk nobody has looked at. Of a lot nothing is: its sample is looked at one by one.
        if awaited is None or not e.inspected:
            return
        project = self.projects[awaited.project]
        found = Found(
            lease=e.lease,
            project=awaited.project,
            author=e.author,
            answered=e.answer_class or UNKNOWN,
            rate_ppm=e.rate_ppm,
            risk_ppm=awaited.risk_ppm,
            lot=awaited.lot,
            idx=self.now,
            seen=self.people.get((e.author, project.skill), risk.Annotator()).seen,
            items=project.steering.items,
            sampling=project.sampling,
            passed=e.passed,
        )
        self.found[e.review] = found
        self._learn(project, found)
        self._step(found)
        if awaited.lot:
            lot = self.lots[awaited.project, awaited.lot]
            lot.given += 1
            lot.errors += not e.passed
            self._judge(project, (awaited.project, awaited.lot))

    def _learn(self, project: Project, found: Found) -> None:
        """What a verdict says of the author, of everybody and of the threshold; it counts."""
        who = (found.author, project.skill)
        pool = risk.Pool(self.skills.get(project.skill, Everybody()), project.steering)
        # Where no risk was estimated there is nothing to hold the estimate against.
        rate = 1.0 if found.risk_ppm is None else found.rate_ppm / PPM
        decision = risk.Decision(rate, risk.Reason.FLOOR, (found.risk_ppm or 0) / PPM, 0.0)
        pool, self.people[who] = risk.verdict(
            project.policy or ANY_TARGET,
            pool,
            self.people.get(who, risk.Annotator()),
            found.answered,
            decision,
            bool(found.passed),
        )
        self.skills[project.skill], project.steering = pool.everybody, pool.steering

    def _step(self, found: Found) -> None:
        """What a verdict does to the run of its author, by the continuous plan of its time."""
        if found.sampling is None:
            return
        run = self.runs.get((found.author, found.project))
        # A run under other numbers proves nothing about these.
        if run is None or run.plan != found.sampling:
            run = csp.State(found.sampling)
        self.runs[found.author, found.project] = csp.step(run, True, bool(found.passed))

    # --- lots

    def judged(self, project: UUID) -> list[Lot]:
        """The lots of a project that are judged, in the order in which they were."""
        of = [lot for (about, _), lot in self.lots.items() if about == project and lot.judged_at is not None]
        return sorted(of, key=lambda lot: lot.judged_at or 0)

    def _judge(self, project: Project, place: tuple[UUID, int]) -> None:
        lot = self.lots[place]
        if lot.accepted is not None or lot.answers < lot.size or lot.given < lot.sampled:
            return
        lot.judged_at = self.now
        self._accept(lot, place)
        project.inspection = switched(project.inspection, lot)

    def _accept(self, lot: Lot, place: tuple[UUID, int]) -> None:
        # Under discontinued inspection all of it was looked at, and counts for nothing before somebody has acted.
        lot.accepted = lot.plan is None or lot.errors <= lot.plan.acceptance
        if lot.accepted:
            self.cleared.add(place)
            self.passed_over = {one: at for one, at in self.passed_over.items() if at != place}

    # --- corrections

    def _corrected(self, e: scores.ScoreCorrected) -> None:
        """The verdict counts otherwise, or not at all: then its lot was looked at in one place less."""
        for found in self.found.values():
            if found.lease == e.lease and found.passed is not None and found.passed != e.now:
                if found.lot:
                    self._recount(found, e.now)
                found.passed = e.now
                self.stale.add(self.projects[found.project].skill)

    def _recount(self, found: Found, now: bool | None) -> None:
        """One that is found good after all goes out; what has gone out as good stays out."""
        project, place = self.projects[found.project], (found.project, found.lot)
        lot = self.lots[place]
        lot.errors += (now is False) - (found.passed is False)
        lot.sampled -= now is None
        lot.given -= now is None
        if lot.accepted is None:
            self._judge(project, place)
            return
        if not lot.accepted:
            self._accept(lot, place)
        project.inspection = switched_anew(self.judged(found.project))

    def _again(self, skill: UUID) -> None:
        """Every verdict of a skill from the first one on, as each counts now; draws and lots are as they were."""
        told = [one for one in self.found.values() if self.projects[one.project].skill == skill]
        self.skills.pop(skill, None)
        for one in told:
            self.runs.pop((one.author, one.project), None)
            who = (one.author, skill)
            self.people[who] = risk.Annotator(self.people.get(who, risk.Annotator()).seen)
        projects = {one.project: self.projects[one.project] for one in told}
        for project in projects.values():
            project.steering = replace(project.steering, found=0.0, audit=Tally())
        due = set(projects)
        for one in told:
            project = projects[one.project]
            if one.project in due and one.items >= project.steering.items:
                # The last draw has set the threshold by what had been found before it.
                due.remove(one.project)
                _steer(project)
            if one.passed is not None:
                self._count(project, one)
        for about in due:
            _steer(projects[about])

    def _count(self, project: Project, found: Found) -> None:
        """One verdict of those that are told again; a closer look that it asked for has lasted since."""
        who = (found.author, project.skill)
        before = self.people[who]
        self.people[who] = replace(before, closer=0)
        self._learn(project, found)
        self._step(found)
        after = self.people[who]
        left = after.closer - (after.seen - found.seen)
        self.people[who] = replace(after, closer=max(before.closer, left))


def _steer(project: Project) -> None:
    """The threshold by what is found now; before the first draw it is what the plan asks for."""
    if project.steering.aim:
        aim, policy = project.steering.aim, ANY_TARGET
        project.steering = steered(project.steering, policy.law, aim, policy.memory)


def planned(plan: ev.QualityPlan, skill: UUID) -> Project:
    """What of a plan the controller goes by."""
    return Project(
        skill=skill,
        mode=plan.review_mode,
        target_ppm=plan.review_target_ppm,
        first=plan.review_first,
        floor_ppm=plan.review_floor_ppm,
        clearance=plan.review_clearance,
        lot_size=plan.review_lot,
    )
