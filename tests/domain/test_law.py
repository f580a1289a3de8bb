"""Laws of every decider: asked twice is asked once, evolve never refuses, what is decided can be folded."""

import types
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple, Union, get_args, get_origin, get_type_hints
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.domain.access import key
from backend.domain.decider import Decider
from backend.domain.errors import Refusal
from backend.domain.proficiency import held, imported
from backend.domain.projects import (
    acknowledgement,
    clarification,
    gold,
    iteration,
    lane,
    plan_default,
    project,
    queueing,
    quota,
    sampling_period,
    skill,
    staffing,
    workflow,
)
from backend.domain.review import escalation, expert_calls, review
from backend.domain.tasks import bulk, intake, item, lease, rework, route, task
from backend.domain.training import attempt, course, record
from backend.domain.training.rules import Rules
from backend.domain.workforce import (
    activity,
    agreement,
    annotator,
    announcement,
    compliance,
    limits,
    onboarding,
    schedule,
    signature,
    team,
    vendor,
    worktime,
)
from backend.events import announcements as announcement_events
from backend.events import availability as availability_events
from backend.events import proficiency as proficiency_events
from backend.events import projects as project_events
from backend.events import queue as queue_events
from backend.events import training as training_events
from backend.events import vendors as vendor_events
from backend.events import workflows as workflow_events
from tests.domain.facts import NOON, uid


class Law(NamedTuple):
    """A decider with all that may be asked of it and all that may have happened."""

    decider: Decider[Any, Any, Any]
    commands: Any
    events: Any


LAWS = {
    "annotator": Law(annotator.ANNOTATOR, annotator.Command, annotator.Event),
    "onboarding": Law(onboarding.ONBOARDING, onboarding.UpdateOnboarding, onboarding.Event),
    "vendor": Law(vendor.VENDOR, vendor.Command, vendor.Event),
    "team": Law(team.TEAM, team.CreateTeam, vendor_events.TeamCreated),
    "compliance": Law(compliance.COMPLIANCE, compliance.Command, compliance.Event),
    "agreement": Law(agreement.AGREEMENT, agreement.Command, agreement.Event),
    "receipt": Law(announcement.RECEIPT, announcement.Read, announcement_events.AnnouncementRead),
    "signature": Law(signature.SIGNATURE, signature.Command, signature.Event),
    "course": Law(course.COURSE, course.PublishCourse, training_events.CoursePublished),
    "attempt": Law(attempt.ATTEMPT, attempt.Command, record.Event),
    "held": Law(held.HELD, held.Command, held.Event),
    "imported": Law(imported.IMPORTED, imported.ImportScore, proficiency_events.ScoreImported),
    "skill": Law(skill.SKILL, skill.Command, skill.Event),
    "project": Law(project.PROJECT, project.Command, project.Event),
    "acknowledgement": Law(
        acknowledgement.ACKNOWLEDGEMENT, acknowledgement.Acknowledge, project_events.GuidelineAcknowledged
    ),
    "clarification": Law(clarification.CLARIFICATION, clarification.Command, clarification.Event),
    "iteration": Law(iteration.ITERATION, iteration.Command, iteration.Event),
    "lane": Law(lane.LANE, lane.Command, lane.Event),
    "queue_defaults": Law(
        queueing.QUEUE_DEFAULTS, queueing.UpdateDefaults, queue_events.QueueDefaultsUpdated
    ),
    "plan_defaults": Law(
        plan_default.PLAN_DEFAULTS, plan_default.UpdateDefaults, project_events.PlanDefaultsUpdated
    ),
    "staffing": Law(staffing.STAFFING, staffing.Command, staffing.Event),
    "quota": Law(quota.QUOTA, quota.Command, quota.Event),
    "workflow": Law(workflow.WORKFLOW, workflow.Publish, workflow_events.WorkflowPublished),
    "route": Law(route.ROUTE, route.Command, workflow_events.ItemRouted),
    "gold": Law(gold.GOLD, gold.AddGold, project_events.GoldAdded),
    "sampling_period": Law(sampling_period.SAMPLING_PERIOD, sampling_period.Command, sampling_period.Event),
    "item": Law(item.ITEM, item.Command, item.Event),
    "intake": Law(intake.INTAKE, intake.Command, intake.Event),
    "task": Law(task.TASK, task.Command, task.Event),
    "bulk": Law(bulk.BULK, bulk.Command, bulk.Event),
    "lease": Law(lease.LEASE, lease.Command, lease.Event),
    "rework": Law(rework.REWORK, rework.Command, rework.Event),
    "review": Law(review.REVIEW, review.Command, review.Event),
    "escalation": Law(escalation.ESCALATION, escalation.Command, escalation.Event),
    "expert_calls": Law(expert_calls.EXPERT_CALLS, expert_calls.Command, expert_calls.Event),
    "schedule": Law(schedule.SCHEDULE, schedule.UpdateSchedule, availability_events.ScheduleUpdated),
    "limits": Law(limits.LIMITS, limits.UpdateLimits, availability_events.LimitsUpdated),
    "activity": Law(activity.ACTIVITY, activity.ChangeActivity, availability_events.ActivityChanged),
    "worktime": Law(worktime.WORKTIME, worktime.CountWork, availability_events.WorkCounted),
    "key": Law(key.KEY, key.Command, key.Event),
}

STEPS = (
    workflow_events.Step(name="b", stage="custom"),
    workflow_events.Step(name="a", stage="annotate", then=(workflow_events.Arrow(to="b"),)),
)

MODULES = (
    training_events.CourseModule(module="a", kind="practice", question_count=2, pass_mark_ppm=500_000),
)

# Few values, so that commands meet the same ids, hashes and words again and again.
KEY_HASHES = [sampling_period.hash_of(b"a"), sampling_period.hash_of(b"b")]
BY_FIELD: Mapping[str, st.SearchStrategy[Any]] = {
    "key_hex": st.sampled_from([b"a".hex(), b"b".hex()]),
    "key_sha256": st.sampled_from(KEY_HASHES),
    "stage": st.sampled_from(["annotate", "review"]),
    "by": st.sampled_from(["aggregate", "review", "expert"]),
    "act": st.sampled_from(["hold", "cancel"]),
    "verdict": st.sampled_from(["accept", "correct", "reject"]),
    "reason": st.sampled_from(["low_confidence", "rework_limit"]),
    "origin": st.sampled_from(["staff", "vendor"]),
    "what": st.sampled_from(["start", "due"]),
    "codes": st.sampled_from([(), ("ambiguous",), ("ambiguous", "other")]),
    "roles": st.sampled_from([("annotator",), ("annotator", "reviewer")]),
    "principal_kind": st.just("user"),
    "time_zone": st.sampled_from(["UTC", "Asia/Kolkata"]),
    "activity": st.sampled_from(["break", "training"]),
    "kind": st.sampled_from(["domain", "language"]),
    "source": st.sampled_from(["manager", "gold"]),
    "why": st.sampled_from(["withdrawn", "evidence"]),
    # What another stream holds at this moment; once it was taken nobody says so again.
    "elsewhere": st.just(False),
    "question_count": st.sampled_from([2, 3]),
    "version": st.sampled_from([1, 2]),
    "current_version": st.sampled_from([1, 2]),
    "form": st.sampled_from(["ndjson", "csv"]),
    "holder": st.sampled_from([f"team:{uid(1)}", f"vendor:{uid(2)}"]),
    "settings": st.sampled_from([queue_events.QueueSettings(), queue_events.QueueSettings(prefetch_max=2)]),
    "own": st.sampled_from([(), ("prefetch_max",), ("overlap",)]),
    "step": st.sampled_from(["a", "b"]),
    "first": st.just(("a",)),
    "steps": st.sampled_from([STEPS, (workflow_events.Step(name="a", stage="custom"),)]),
    "taken": st.sampled_from([(), ("b",)]),
    "modules": st.sampled_from([(), MODULES]),
    "rules": st.sampled_from([Rules(), Rules(attempts_max=2, retry_minutes=5)]),
    # Belongs to a practice module of the same command, which chance hardly makes.
    "taught": st.just(()),
    "opened": st.sampled_from([(), ("b",)]),
    "open": st.sampled_from([(), ("a",), ("a", "b")]),
    "plan": st.sampled_from([project_events.QualityPlan(), project_events.QualityPlan(overlap=3)]),
}
BY_TYPE: Mapping[Any, st.SearchStrategy[Any]] = {
    UUID: st.sampled_from([uid(1), uid(2)]),
    str: st.sampled_from(["a", "b"]),
    bytes: st.sampled_from([b"a", b"b"]),
    int: st.sampled_from([1, 2, 1_000_000]),
    bool: st.booleans(),
    datetime: st.sampled_from([NOON, NOON + timedelta(hours=1)]),
    type(None): st.none(),
}


def some(wanted: Any) -> st.SearchStrategy[Any]:
    """Any value of a type that commands and events are made of."""
    while hasattr(wanted, "__supertype__"):
        wanted = wanted.__supertype__
    if wanted in BY_TYPE:
        return BY_TYPE[wanted]
    origin, inner = get_origin(wanted), get_args(wanted)
    if origin is Literal:
        return st.sampled_from(inner)
    if origin in (Union, types.UnionType):
        return st.one_of([some(one) for one in inner])
    if origin in (tuple, Sequence):
        return st.lists(some(inner[0]), max_size=2).map(tuple)
    if is_dataclass(wanted) and isinstance(wanted, type):
        hints = get_type_hints(wanted)
        return st.builds(
            wanted,
            **{field.name: BY_FIELD.get(field.name, some(hints[field.name])) for field in fields(wanted)},
        )
    raise TypeError(f"no values known for {wanted!r}: add them to BY_TYPE")


@pytest.mark.parametrize("name", sorted(LAWS))
def test_asked_twice_is_asked_once(name: str) -> None:
    law = LAWS[name]
    decided = 0

    @settings(max_examples=150, deadline=None)
    @given(st.lists(some(law.commands), min_size=1, max_size=8))
    def walk(commands: list[Any]) -> None:
        nonlocal decided
        past: list[Any] = []
        for command in commands:
            try:
                events = law.decider.decide(command, law.decider.fold(past))
            except Refusal:
                continue
            past += events
            decided += len(events)
            try:
                assert law.decider.decide(command, law.decider.fold(past)) == []
            except Refusal as refusal:
                assert refusal.kind in ("conflict", "stale", "forbidden", "invalid")

    walk()
    assert decided > 0, "no command was ever accepted: the law was tested on nothing"


@pytest.mark.parametrize("name", sorted(LAWS))
def test_evolve_never_refuses_whatever_happened(name: str) -> None:
    law = LAWS[name]

    @settings(max_examples=60, deadline=None)
    @given(st.lists(some(law.events), max_size=6))
    def fold(events: list[Any]) -> None:
        law.decider.fold(events)

    fold()


@pytest.mark.parametrize("name", sorted(LAWS))
def test_deciding_the_same_twice_in_the_same_state_gives_the_same(name: str) -> None:
    law = LAWS[name]

    @settings(max_examples=60, deadline=None)
    @given(st.lists(some(law.events), max_size=4), some(law.commands))
    def pure(past: list[Any], command: Any) -> None:
        state = law.decider.fold(past)

        def ask() -> object:
            try:
                return list(law.decider.decide(command, state))
            except Refusal as refusal:
                return (refusal.kind, refusal.code, str(refusal))

        assert ask() == ask()
        assert law.decider.fold(past) == state

    pure()


@pytest.mark.parametrize("name", sorted(LAWS))
def test_a_stream_knows_its_own_events_and_no_others(name: str) -> None:
    law = LAWS[name]

    @settings(max_examples=20, deadline=None)
    @given(some(law.events))
    def own(event: Any) -> None:
        assert law.decider.knows(event)

    own()
    assert not law.decider.knows(object())
