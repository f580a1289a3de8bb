"""Guideline issues over HTTP: where answers are in doubt, by class, section, week and person."""

from datetime import datetime
from typing import Any
from uuid import UUID

from backend.api.fields import Body, Moment, Shown
from backend.api.route import Route
from backend.usecases.insight import guideline_issues


class CodeCounted(Shown):
    """How many escalations there are for a reason, and how they stand; `taught`: how many of those that are resolved a
    course in force asks in practice."""

    reason: str
    code: str
    n: int
    unresolved: int
    missed: int
    contested: int
    taught: int


class EscalatedFor(Shown):
    """How many escalated items concern the class, for a reason."""

    reason: str
    code: str
    n: int


class RegionsFound(Shown):
    """How often reviewers said this of a region or field of an answer."""

    verdict: str
    code: str
    n: int


class ErrorRate(Shown):
    """Of the answers the share that is wrong, by those that were reviewed, each weighed by what it stands for, with a
    95 % interval; null where none was reviewed."""

    reviewed: int
    wrong: int
    rate: float | None
    low: float | None
    high: float | None


class GuidelineIssue(Shown):
    """Answers of a class (`label`, null: no category, or nothing answered yet) under a version of the guideline: how
    many, which share of them is flagged unsure, which share of pairs with another answer to the same item differs."""

    guideline_version: int
    label: Any
    answers: int
    unsure: int
    unsure_share: float | None
    disagreement: float | None
    errors: ErrorRate
    escalations: list[EscalatedFor]
    regions: list[RegionsFound]


class GuidelineSectionIssue(Shown):
    """The classes that a section of the guideline names, together: `section` is its title below those above it (empty:
    before the first heading), `line` where it begins. Null: no section names them. A class that several sections name
    counts in each, an escalated item once for each of its classes."""

    guideline_version: int
    section: list[str] | None
    line: int | None
    labels: list[Any]
    answers: int
    unsure: int
    unsure_share: float | None
    disagreement: float | None
    errors: ErrorRate
    escalations: list[EscalatedFor]
    regions: list[RegionsFound]


class IssuesOfWeek(Shown):
    """What was answered in a week, named by its Monday (UTC), and how many items went to an expert."""

    week: str
    answers: int
    unsure_share: float | None
    disagreement: float | None
    escalations: int


class CallsByCode(Shown):
    """How often somebody gave this code when asking for an expert."""

    code: str
    n: int


class IssuesOfPerson(Shown):
    """Who asked for an expert or was unsure, and how often: beside how many answers, and how often others differ."""

    annotator: UUID
    answers: int
    unsure: int
    disagreement: float | None
    escalations: int
    codes: list[CallsByCode]


class AskedShare(Shown):
    """Of what people finished, by an answer or by asking for an expert with the code (`asked`), the share that was the
    latter, with a 95 % interval; null where nothing was finished."""

    answers: int
    asked: int
    share: float | None
    low: float | None
    high: float | None


class PracticeEffect(Shown):
    """A course that teaches escalations of a code, since `since_version`; `questions` in the version in force. Of those
    who `passed` it the `people` who worked here on both sides, within `days` before and after they passed. There is
    nobody beside them who did not pass: it shows a change, not its cause."""

    course: UUID
    title: str
    version: int
    code: str
    since_version: int
    since_at: datetime
    questions: int
    passed: int
    people: int
    days: int
    before: AskedShare
    after: AskedShare


class GuidelineIssuesQuery(Body):
    """What was answered and escalated from `since` on and before `until`; everything when neither is said."""

    since: Moment | None = None
    until: Moment | None = None


class GuidelineIssues(Shown):
    """Where a project's guideline is in doubt: escalations by reason, each class and each section by version, newest
    version and most doubtful first; by week, newest first; by person, most calls first, at most 200. `practice` is what
    courses teach of it, whatever the period."""

    project: UUID
    codes: list[CodeCounted]
    classes: list[GuidelineIssue]
    sections: list[GuidelineSectionIssue]
    weeks: list[IssuesOfWeek]
    people: list[IssuesOfPerson]
    practice: list[PracticeEffect]


ROUTES = (
    Route(
        method="GET",
        path="/v1/reports/projects/{project}/guideline-issues",
        usecase=guideline_issues.guideline_issues_get,
        says="Find where the guideline is weak, by class, section, week and person.",
        query=GuidelineIssuesQuery,
        answer=GuidelineIssues,
    ),
)
