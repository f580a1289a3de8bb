"""Health of gold over HTTP: its signs, the rule by which they retire, what went by itself, and what is put back."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field

from backend.api.cursor import moment
from backend.api.fields import Body, Moment, Page, Shown, whole
from backend.api.route import Route
from backend.usecases.gold import health, health_rule

GoldSign = Literal["able_people_miss_it", "same_answers", "risen", "hard"]


class HealthAsked(Body):
    """How many, the most doubtful first."""

    limit: Annotated[int, Field(ge=1, le=1_000)] = 100


class GoldEstimate(Shown):
    """A number and its 95 % interval."""

    value: float
    low: float
    high: float


class Difficulty(Shown):
    """How hard it is on the scale on which people's ability is measured, and the standard error, abilities given."""

    logits: float
    error: float


class Rise(Shown):
    """The share right among the earlier half of those who met it and the later, and the chance of such a rise
    (one-sided Fisher exact test)."""

    earlier: float
    later: float
    p: float


class SameAnswers(Shown):
    """`people` gave this item the same answer (`right` or not). Of `trials` pairs of their other answers `agreed` are
    the same, on these items of `gold`; of strangers' a share `chance` is. `p`: at most so likely by chance."""

    right: bool
    people: list[UUID]
    gold: list[UUID]
    trials: int
    agreed: float
    chance: float
    p: float


class GoldHealthOf(Shown):
    """A gold item that so many have `met` in work; `discrimination` is the correlation of being right on it with being
    right elsewhere, null of few."""

    gold: UUID
    item: UUID
    label: Any
    origin: str
    met: int
    answers: int
    right: int
    accuracy: GoldEstimate
    difficulty: Difficulty
    discrimination: GoldEstimate | None
    rise: Rise | None
    same_answers: SameAnswers | None
    first_answered: datetime
    last_answered: datetime
    signs: list[GoldSign]


class GoldHealth(Shown):
    """Of how many answers by how many people to how many gold items this is said."""

    answers: int
    people: int
    gold: int
    data: list[GoldHealthOf]


class GoldPerson(Shown):
    """Somebody on gold: `difficulty` is how much harder than the mean of all items (0) those were that they met, in
    logits, `usual` the share that somebody of mean ability has right of them."""

    annotator: UUID
    answers: int
    right: int
    accuracy: GoldEstimate
    difficulty: float
    usual: float
    ability: float


class GoldPeople(Shown):
    """People by how hard the gold was that they met, the hardest first."""

    answers: int
    people: int
    data: list[GoldPerson]


class GoldHealthRuleGiven(Body):
    """Signs that retire an item by themselves, once so many people answered it, and at most so many percent of the gold
    that is asked within a day (one item at least). The other signs are only shown."""

    retire: Annotated[tuple[GoldSign, ...], Field(max_length=4)]
    answers_min: whole(10, 10_000) = 30  # type: ignore[valid-type]
    daily_percent: whole(1, 50) = 5  # type: ignore[valid-type]


class GoldHealthRule(Shown):
    """What holds, and who says it; the version is also the ETag."""

    project: UUID
    version: int
    retire: list[GoldSign]
    warn: list[GoldSign]
    answers_min: int
    daily_percent: int
    said_by: Literal["project", "product"]


class GoldWould(Shown):
    """An item with `signs` that hold against all items, the sign that decides (`why`) with what it was held against,
    and what becomes of it: it is retired; or only shown, since the sign retires nothing (`warn`), rests on too few
    answers, is of an `exam`, too little gold would be left (`low_stock`), or enough went today (`daily_share`)."""

    gold: UUID
    label: Any
    why: GoldSign
    outcome: Literal["retire", "warn", "few_answers", "exam", "low_stock", "daily_share"]
    signs: list[GoldSign]
    statistic: float
    threshold: float
    answers: int


class GoldHealthTried(Shown):
    """Of so much gold that is asked (`active`), of which so many (`most`) may still go today."""

    active: int
    most: int
    data: list[GoldWould]


class GoldGoneQuery(Page):
    """Since when; the last 24 hours if left out."""

    since: Moment | None = None


class GoldGone(Shown):
    """Gold that was retired by itself, why, and on what it rests: `met` by so many, of whom `disagreed`; of a sign its
    statistic of so many answers, the threshold, and the rule. `asked`: it is asked again by now."""

    gold: UUID
    item: UUID
    label: Any
    why: Literal["doubtful", "exposed", "aged", "able_people_miss_it", "same_answers", "risen", "hard"]
    met: int
    disagreed: int
    statistic: float | None
    threshold: float | None
    answers: int | None
    rule_version: int | None
    basis_index: int
    retired_at: datetime
    put_back_at: datetime | None
    put_back_by: UUID | None
    asked: bool


class GoldGonePage(Shown):
    """The newest first."""

    data: list[GoldGone]
    next_cursor: str | None


class GoldPutBack(Shown):
    """Gold that is asked again, and the sign that had retired it (null: none had)."""

    gold: UUID
    was: GoldSign | None


_OF = "/v1/projects/{project}/gold"
_RULE: dict[str, Any] = {"path": f"{_OF}/health-rule", "answer": GoldHealthRule, "etag": True}

ROUTES = (
    Route(
        method="GET",
        path=f"{_OF}/health",
        usecase=health.gold_health,
        says="Read how hard gold is, how well it tells people apart, and what about it is doubtful.",
        query=HealthAsked,
        answer=GoldHealth,
    ),
    Route(
        method="GET",
        path=f"{_OF}/people",
        usecase=health.gold_people,
        says="Read how people did on gold, and how hard the gold was that each met.",
        query=HealthAsked,
        answer=GoldPeople,
    ),
    Route(
        method="GET",
        usecase=health_rule.gold_health_rule_get,
        says="Read which signs retire gold by themselves.",
        **_RULE,
    ),
    Route(
        method="PUT",
        usecase=health_rule.gold_health_rule_update,
        says="Change which signs retire gold by themselves from now on.",
        body=GoldHealthRuleGiven,
        if_match=True,
        **_RULE,
    ),
    Route(
        method="POST",
        path=f"{_OF}/health-rule/try",
        usecase=health_rule.gold_health_rule_try,
        says="Ask what a rule would do with the gold as it is now; nothing happens.",
        body=GoldHealthRuleGiven,
        answer=GoldHealthTried,
    ),
    Route(
        method="GET",
        path=f"{_OF}/gone",
        usecase=health_rule.gold_gone,
        says="List the gold that was retired by itself, and on what that rests.",
        query=GoldGoneQuery,
        answer=GoldGonePage,
        cursor=moment,
    ),
    Route(
        method="POST",
        path="/v1/gold/{gold}/put-back",
        usecase=health_rule.gold_put_back,
        says="Ask gold again that a sign had retired.",
        answer=GoldPutBack,
    ),
)
