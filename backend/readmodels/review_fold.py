"""What draws and verdicts make of the review controller, fact by fact: pure, and the same in whatever batches."""

from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from backend.events import projects as ev
from backend.events import review
from backend.statistics import csp, iso2859, risk
from backend.statistics.inspection import LotPlan, continuous_plan, lot_plan, mode_of, risk_policy
from backend.statistics.strata import Everybody
from backend.statistics.threshold import Steering

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


@dataclass(slots=True)
class Lot:
    """So many answers of a project, judged together: `plan` (None while inspection is discontinued) was fixed when the
    first of them came; `accepted` is None until all are in and all that were drawn have a verdict."""

    size: int
    severity: iso2859.Severity
    plan: LotPlan | None
    answers: int = 0
    sampled: int = 0
    given: int = 0
    errors: int = 0
    accepted: bool | None = None


@dataclass(frozen=True, slots=True)
class Awaited:
    """A review that was drawn and has no verdict: what was believed of it, and its lot (0: none)."""

    project: UUID
    risk_ppm: int | None
    lot: int


@dataclass(slots=True)
class Controller:
    """The state of everything that a stretch of the log touches. `passed_over`: reviews of answers to lots that are not
    accepted, which nobody looked at, with their lots; `cleared`: lots whose unseen answers may go out."""

    projects: dict[UUID, Project] = field(default_factory=dict)
    skills: dict[UUID, Everybody] = field(default_factory=dict)
    people: dict[tuple[UUID, UUID], risk.Annotator] = field(default_factory=dict)
    runs: dict[tuple[UUID, UUID], csp.State] = field(default_factory=dict)
    lots: dict[tuple[UUID, int], Lot] = field(default_factory=dict)
    awaited: dict[UUID, Awaited] = field(default_factory=dict)
    passed_over: dict[UUID, tuple[UUID, int]] = field(default_factory=dict)
    cleared: set[tuple[UUID, int]] = field(default_factory=set)

    def take(self, event: Any) -> None:
        """Fold one fact. People are (annotator, skill), runs (annotator, project), lots (project, number)."""
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

    def _replanned(self, event: ev.PlanUpdated) -> None:
        before = self.projects[event.project]
        now = planned(event.plan, before.skill)
        now.steering, now.inspection, now.lot = before.steering, before.inspection, before.lot
        if now.inspection.severity is iso2859.Severity.DISCONTINUED:
            # Somebody has looked and said something new: the corrective action that the standard asks for.
            now.inspection = iso2859.resumed(now.inspection)
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
        by_lots = project.resolved == "iso2859" and e.reason in OF_LOTS
        lot = self._into_lot(e.project, project, e) if by_lots else 0
        if e.sampled:
            self.awaited[e.review] = Awaited(e.project, e.risk_ppm, lot)

    def _passed(self, project: Project, e: review.ReviewDrawn) -> None:
        who = (e.author, project.skill)
        person, policy, reason = self.people.get(who, risk.Annotator()), project.policy, DECIDED.get(e.reason)
        if policy is None or reason is None or e.risk_ppm is None:
            closer = max(0, person.closer - 1)
            self.people[who] = replace(person, seen=person.seen + 1, closer=closer)
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
        if awaited is None:
            return
        project = self.projects[awaited.project]
        self._learn(project, e, awaited)
        self._step(project, e)
        if awaited.lot:
            lot = self.lots[awaited.project, awaited.lot]
            lot.given += 1
            lot.errors += not e.passed
            self._judge(project, (awaited.project, awaited.lot))

    def _learn(self, project: Project, e: review.VerdictGiven, awaited: Awaited) -> None:
        who, answered = (e.author, project.skill), e.answer_class or UNKNOWN
        pool = risk.Pool(self.skills.get(project.skill, Everybody()), project.steering)
        # Where no risk was estimated there is nothing to hold the estimate against.
        rate = 1.0 if awaited.risk_ppm is None else e.rate_ppm / PPM
        decision = risk.Decision(rate, risk.Reason.FLOOR, (awaited.risk_ppm or 0) / PPM, 0.0)
        pool, self.people[who] = risk.verdict(
            project.policy or ANY_TARGET,
            pool,
            self.people.get(who, risk.Annotator()),
            answered,
            decision,
            e.passed,
        )
        self.skills[project.skill], project.steering = pool.everybody, pool.steering

    def _step(self, project: Project, e: review.VerdictGiven) -> None:
        sampling = project.sampling
        if sampling is None:
            return
        run = self.runs.get((e.author, e.project))
        # A run under other numbers proves nothing about these.
        if run is None or run.plan != sampling:
            run = csp.State(sampling)
        self.runs[e.author, e.project] = csp.step(run, True, e.passed)

    def _judge(self, project: Project, place: tuple[UUID, int]) -> None:
        lot = self.lots[place]
        if lot.accepted is not None or lot.answers < lot.size or lot.given < lot.sampled:
            return
        # Under discontinued inspection all of it was looked at, and counts for nothing before somebody has acted.
        lot.accepted = lot.plan is None or lot.errors <= lot.plan.acceptance
        if lot.plan is not None and lot.sampled:
            told = iso2859.Lot(lot.accepted, lot.plan.acceptance, lot.errors <= lot.plan.tighter)
            project.inspection = iso2859.step(project.inspection, told)
        if lot.accepted:
            self.cleared.add(place)
            self.passed_over = {one: at for one, at in self.passed_over.items() if at != place}


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
