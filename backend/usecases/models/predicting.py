"""Predicting: a model's answers are routed as they come, many in a few statements, and what follows is done at once."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from backend.domain.errors import Refusal
from backend.domain.review import prediction as domain
from backend.domain.review.model_class import rule_of
from backend.domain.review.model_routing import NOT_OPEN, REAL_TIME, Seen, route
from backend.domain.review.sampling import draw
from backend.domain.tasks import task as tasks_domain
from backend.domain.tasks.incoming import Foretold, wrong
from backend.events import models as ev
from backend.events.ids import AnnotatorId, ItemId, LaneId, LeaseId, PredictionId, ProjectId, TaskId, uuid8
from backend.readmodels import escalations
from backend.readmodels import models as rows
from backend.readmodels.escalations import expert_task
from backend.usecases.lanes import Wanted, lane_of, lanes_for
from backend.usecases.tasks.escalating import escalate_all
from backend.usecases.tasks.onward import Outcome, go_on_by_model
from backend.usecases.tasks.results import Weighed, decide_loaded
from backend.usecases.tasks.stages import ord_now
from backend.usecases.tokens import answer_token, class_token, object_classes
from backend.usecases.vault import SealingKeys
from backend.usecases.work import Work

Row = dict[str, Any]
PPM = 1_000_000
UNSURE = "model_unsure"
"""Why an expert is asked, and by which code the task is held meanwhile."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A model's answer to an item, on its way in; `hindered`: why it cannot stand (see domain's Seen). `in_step`: its
    task is a step of a workflow, in which `beside` answers beside people; `waits`: the item's round is not open."""

    item: UUID
    priority: int
    said: Foretold
    task: UUID | None
    hindered: str = ""
    in_step: bool = False
    beside: UUID | None = None
    waits: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """What becomes of answers of models, before anything is opened: item -> command; the lane of the expert; for how
    long an expert is waited for."""

    made: Mapping[UUID, domain.Predict]
    expert_lane: LaneId | None = None
    expert_seconds: int = 0

    def to(self, item: UUID) -> str:
        """Where an item goes; people, where no model answered."""
        return self.made[item].routed.to if item in self.made else "human"

    def decides(self, item: UUID | None) -> bool:
        """Whether the model's answer is the item's result."""
        return item is not None and self.to(item) == "machine"

    def alone(self, item: UUID) -> bool:
        """Whether one person answers beside the model, unless a step says how many do."""
        return item in self.made and self.made[item].routed.rule == "parallel"


NOTHING = Plan({})


async def refusals(work: Work, said: Iterable[Foretold | None]) -> dict[UUID, Refusal]:
    """Model -> why its answers are not taken, of those named; no query for none."""
    named = sorted({one.model for one in said if one is not None})
    found = await rows.fetch(work.conn, rows.BY_ID, work.tenant, named) if named else []
    known = {row["model"]: row["retired_at"] for row in found}
    return {one: _refused(one in known) for one in named if one not in known or known[one] is not None}


def _refused(known: bool) -> Refusal:
    found = "one that was retired" if known else "another id"
    return wrong("model_unknown", "prediction/model", "a registered model that is not retired", found)


async def plan(work: Work, project: Row, sent: Sequence[Sent]) -> Plan:
    """Where each goes, by the routing in force; nothing is recorded yet, but the expert's lane is there. No statement
    where nothing was sent."""
    if not sent:
        return NOTHING
    said = await rows.routing(work.conn, work.tenant, project["project"])
    keys = await work.keys(("project", project["project"]))
    draw_key = work.vault.draw_key(work.tenant, project["project"], project["sampling_period"])
    told = (await escalations.settings(work.conn, work.tenant, [project["project"]])).get(project["project"])
    watched = frozenset(told["watched"]) if told else frozenset()
    sides = await sides_of(work, project["project"], said)
    made = {one.item: _command(work, project, one, said, watched, sides, keys, draw_key) for one in sent}
    if not any(one.routed.to == "expert" for one in made.values()):
        return Plan(made)
    assert said is not None
    return Plan(made, await _expert_lane(work, project), said.expert_seconds)


def _command(
    work: Work,
    project: Row,
    one: Sent,
    said: ev.ModelRoutingSet | None,
    watched: frozenset[str],
    sides: Mapping[str, tuple[str, int]],
    keys: SealingKeys,
    draw_key: bytes,
) -> domain.Predict:
    about, foretold = project["project"], one.said
    prediction = prediction_of(one.item, foretold.model)
    answer_class = class_token(work, project["skill"], foretold.answer)
    objects = object_classes(work, project["skill"], foretold.answer)
    drawn = draw(draw_key, LeaseId(one.item))
    seen = Seen(
        model=AnnotatorId(foretold.model),
        answer_class=answer_class,
        confidence_ppm=foretold.confidence_ppm,
        priority=one.priority,
        draw=drawn,
        hindered=one.hindered,
        watched=not watched.isdisjoint({answer_class, *objects}),
        in_step=one.in_step,
        beside=one.beside == foretold.model,
        objects=objects,
        sides=sides,
    )
    return domain.Predict(
        prediction=prediction,
        item=ItemId(one.item),
        project=ProjectId(about),
        task=None if one.task is None else TaskId(one.task),
        model=AnnotatorId(foretold.model),
        answer=keys.seal_json("project", about, "prediction", prediction, "answer", foretold.answer),
        answer_class=answer_class,
        answer_token=answer_token(work, about, foretold.answer),
        confidence_ppm=foretold.confidence_ppm,
        routed=NOT_OPEN if one.waits else route(said, seen),
        routing_version=said.version if said else 0,
        audit_ppm=said.audit_ppm if said else 0,
        period=project["sampling_period"],
        draw=drawn,
        fallback=said.fallback if said else "",
    )


async def sides_of(work: Work, project: UUID, said: ev.ModelRoutingSet | None) -> dict[str, tuple[str, int]]:
    """Class -> (side, version), as the routing's metric put it; what another rule said is not measured by this one. No
    query where the routing asks for no metric."""
    if said is None or said.metric is None or said.model is None:
        return {}
    found = await rows.sides(work.conn, work.tenant, project, said.model)
    return {token: (one.side, one.version) for token, one in found.items() if rule_of(one) == said.metric}


def prediction_of(item: UUID, model: UUID) -> PredictionId:
    """The id of this model's answer to this item."""
    return PredictionId(uuid8(item, "prediction", model.hex))


async def _expert_lane(work: Work, project: Row) -> LaneId:
    """Experts find what somebody waits for before anything else; where there is no room for a lane, among the rest."""
    wanted = Wanted("expert", "expert", REAL_TIME)
    try:
        return (await lanes_for(work, project, [wanted]))[wanted]
    except Refusal as refusal:
        if refusal.code != "too_many_lanes":
            raise
        return lane_of(project["project"], "expert")


async def carry_out(work: Work, project: Row, planned: Plan, sent: Sequence[Sent]) -> None:
    """Record the answers, whose tasks are open or loaded, and do what follows: what stands is the item's result and no
    place is left open; what goes to an expert waits for nobody else meanwhile. Facts of one kind stand together."""
    for one in sent:
        command = planned.made[one.item]
        work.decide(domain.PREDICTION, command.prediction, command)
    await follow(work, project, planned, sent)


async def follow(work: Work, project: Row, planned: Plan, sent: Sequence[Sent]) -> None:
    """What follows where the answers are recorded. What stands in a step sends its item on."""
    keys = await work.keys(("project", project["project"])) if sent else None
    standing = [one for one in sent if planned.to(one.item) == "machine" and one.task is not None]
    for one in standing:
        if not one.in_step and one.task is not None and keys is not None:
            stands(work, keys, project["project"], one.task, one.said.answer, one.said.confidence_ppm)
    steps = [one for one in standing if one.in_step and one.task is not None]
    if steps:
        await work.flush()
        said = {
            one.task: (planned.made[one.item].prediction, outcome(one.said.answer, one.said.confidence_ppm))
            for one in steps
            if one.task is not None
        }
        await go_on_by_model(work, project, said)
    unsure = [one for one in sent if planned.to(one.item) == "expert" and one.task is not None]
    if unsure:
        await _to_experts(work, project, planned, unsure)


def stands(
    work: Work, keys: SealingKeys, project: UUID, task: UUID, answer: Any, confidence_ppm: int
) -> None:
    """The model's answer is the item's result; no person judged it."""
    result = {"answer": answer, "top": [answer]}
    told = Weighed(result=result, confidence_ppm=confidence_ppm, judgments=0, basis=0)
    decide_loaded(work, keys, project, task, told, "model")


def outcome(answer: Any, confidence_ppm: int) -> Outcome:
    """What a step comes to by a model's answer alone."""
    return Outcome(
        result={"answer": answer, "top": [answer]},
        said=answer,
        confidence_ppm=confidence_ppm,
        agreement_ppm=PPM,
        judgments=0,
        basis=0,
        by="model",
    )


def let_go(work: Work, task: UUID) -> None:
    """A loaded task that was held for an expert because of a model's doubt is held no more; others stay as they are."""
    state = work.state(tasks_domain.TASK, task)
    if isinstance(state, tasks_domain.Held) and state.code == UNSURE:
        work.decide(tasks_domain.TASK, task, tasks_domain.Unhold())


async def _to_experts(work: Work, project: Row, planned: Plan, unsure: Sequence[Sent]) -> None:
    assert planned.expert_lane is not None
    for one in unsure:
        assert one.task is not None
        work.decide(tasks_domain.TASK, one.task, tasks_domain.Hold(code=UNSURE))
    for place, one in enumerate(unsure):
        assert one.task is not None
        # Opened here because of its class; the escalation finds it there.
        task = expert_task(uuid8(one.task, "escalation"))
        command = tasks_domain.OpenTask(
            task=TaskId(task),
            item=ItemId(one.item),
            project=ProjectId(project["project"]),
            lane=planned.expert_lane,
            stage="expert",
            slots=1,
            first_ord=ord_now(work) + place,
            priority=REAL_TIME,
        )
        work.decide(tasks_domain.TASK, task, command)
    about = [
        {"task": one.task, "item": one.item, "project": project["project"], "generation": 1} for one in unsure
    ]
    await escalate_all(work, about, UNSURE, None, within=planned.expert_seconds)
