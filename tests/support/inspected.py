"""An imagined project under review: facts go in, the controller folds them, and the next rate is asked of it."""

from dataclasses import dataclass, field

from backend.domain.review.control import Known, Rated, rated
from backend.events import projects as projects_ev
from backend.events import review as ev
from backend.events.ids import AnnotatorId, ItemId, LeaseId, ProjectId, ReviewId, SkillId, TaskId
from backend.events.projects import QualityPlan
from backend.readmodels.review_fold import Controller
from backend.statistics import risk
from backend.statistics.strata import Everybody
from tests.domain.facts import ADA, BEN, PROJECT_A, SKILL_A, uid


@dataclass
class Inspected:
    """One project of one skill; `facts` is all that happened, in order."""

    plan: QualityPlan
    floor_ppm: int = 0
    controller: Controller = field(default_factory=Controller)
    facts: list[object] = field(default_factory=list)
    project: ProjectId = PROJECT_A
    skill: SkillId = SKILL_A

    def __post_init__(self) -> None:
        self._happens(
            projects_ev.ProjectCreated(
                project=self.project,
                name="birds",
                skill=self.skill,
                agreements=(),
                courses=(),
                plan=self.plan,
                own=(),
            )
        )

    def _happens(self, fact: object) -> None:
        self.facts.append(fact)
        self.controller.take(fact)

    def replan(self, plan: QualityPlan) -> None:
        """Another plan holds from now on."""
        self.plan = plan
        self._happens(projects_ev.PlanUpdated(project=self.project, plan_version=2, plan=plan, own=()))

    def known(self, author: AnnotatorId = ADA) -> Known:
        """What the next draw of this author's answers rests on."""
        here, kept = self.controller, self.controller.projects[self.project]
        return Known(
            everybody=here.skills.get(self.skill, Everybody()),
            threshold=kept.steering.threshold,
            author=here.people.get((author, self.skill), risk.Annotator()),
            run=here.runs.get((author, self.project)),
            severity=kept.inspection.severity,
            basis_index=len(self.facts),
        )

    def rate(self, author: AnnotatorId = ADA, answered: str = "cat") -> Rated:
        """The rate for the author's next answer."""
        return rated(self.plan, self.known(author), answered, self.floor_ppm)

    def answer(self, sampled: bool, author: AnnotatorId = ADA, answered: str = "cat") -> ev.ReviewDrawn:
        """The author answers; whether the answer is drawn is said here."""
        found, n = self.rate(author, answered), len(self.facts)
        drawn = ev.ReviewDrawn(
            review=ReviewId(uid(10_000 + n)),
            lease=LeaseId(uid(20_000 + n)),
            task=TaskId(uid(30_000 + n)),
            item=ItemId(uid(40_000 + n)),
            project=self.project,
            author=author,
            period=1,
            rate_ppm=found.rate_ppm,
            draw="0" * 16,
            sampled=sampled,
            reason=found.reason,
            answer_class=answered,
            risk_ppm=found.risk_ppm,
            threshold_ppm=found.threshold_ppm,
            basis_index=n,
        )
        self._happens(drawn)
        return drawn

    def judge(self, drawn: ev.ReviewDrawn, passed: bool) -> None:
        """A reviewer says whether the answer was right."""
        self._happens(
            ev.VerdictGiven(
                review=drawn.review,
                lease=drawn.lease,
                task=drawn.task,
                item=drawn.item,
                project=drawn.project,
                reviewer=BEN,
                author=drawn.author,
                skill=self.skill,
                verdict="accept" if passed else "reject",
                correction=None,
                correction_token=None,
                truth_class=drawn.answer_class if passed else None,
                answer_class=drawn.answer_class,
                rate_ppm=drawn.rate_ppm,
                note=None,
                score_ppm=1_000_000 * passed,
                passed=passed,
            )
        )

    def one(self, passed: bool = True, author: AnnotatorId = ADA, answered: str = "cat") -> Rated:
        """An answer, reviewed if it would be for certain; returns the rate it was drawn at."""
        found = self.rate(author, answered)
        drawn = self.answer(found.rate_ppm == 1_000_000, author, answered)
        if drawn.sampled:
            self.judge(drawn, passed)
        return found
