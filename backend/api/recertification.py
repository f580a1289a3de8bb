"""Recertification over HTTP: what a project asks to be learnt anew, and which course is for who falls in a skill."""

from datetime import datetime
from uuid import UUID

from backend.api.fields import Body, Reason, Share, Shown
from backend.api.route import Route
from backend.usecases.proficiency import retraining
from backend.usecases.projects import recertifying as use


class Recertification(Shown):
    """What a version of the guideline asks. `over`: work needs it now; `waiting`: how many it concerns and who are not
    certified, and how many of them are active."""

    version: int
    course: UUID
    skills: list[UUID]
    asked_at: datetime
    by: datetime
    over: bool
    waiting: int
    waiting_active: int


class Recertifications(Shown):
    """All that is asked, newest version first."""

    project: UUID
    data: list[Recertification]


class RecertificationWithdraw(Body):
    """Why it is not asked any more."""

    reason: Reason


class RecertificationWithdrawn(Shown):
    """The version for which nothing is asked now."""

    project: UUID
    version: int


class RetrainingSet(Body):
    """The course for who falls in the skill (null: none): when a rule closes it for them, or when the 20 % quantile of
    what is believed of their accuracy (q20) is below `below`, on ten live answers at least (0: never for that)."""

    course: UUID | None
    below: Share = 0.0


class RetrainingRule(Shown):
    """What the skill says; no course: nothing is assigned."""

    skill: UUID
    course: UUID | None
    below: float


_OF_PROJECT = "/v1/projects/{project}/recertifications"
_OF_SKILL = "/v1/skills/{skill}/retraining"

ROUTES = (
    Route(
        method="GET",
        path=_OF_PROJECT,
        usecase=use.recertification_list,
        says="List what versions of the guideline ask to be learnt anew, and how many have not yet.",
        answer=Recertifications,
    ),
    Route(
        method="POST",
        path=f"{_OF_PROJECT}/{{version}}/withdraw",
        usecase=use.recertification_withdraw,
        says="Ask for certification for a version no more.",
        body=RecertificationWithdraw,
        answer=RecertificationWithdrawn,
    ),
    Route(
        method="GET",
        path=_OF_SKILL,
        usecase=retraining.skill_retraining_get,
        says="Read which course is assigned to who falls in a skill.",
        answer=RetrainingRule,
    ),
    Route(
        method="PUT",
        path=_OF_SKILL,
        usecase=retraining.skill_retraining_update,
        says="Set which course is assigned to who falls in a skill.",
        body=RetrainingSet,
        answer=RetrainingRule,
    ),
)
