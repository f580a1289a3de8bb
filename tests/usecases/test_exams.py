"""Exams that are begun: drawn evenly and blind, within their time, never the same gold twice; what passing gives."""

from collections import Counter
from datetime import timedelta
from typing import Any

from backend.usecases.projects import intake
from backend.usecases.training import examining, training
from backend.usecases.work import Caller
from tests.support.refused import refused
from tests.support.school import attempt, examine, publish, said
from tests.support.world import World

TRUTHS = {f"e{n}": "ab"[n % 2] for n in range(12)}


async def begin(world: World, who: Caller, exam: dict[str, Any], **more: Any) -> dict[str, Any]:
    return await world.act(examining.course_attempt_begin, who, course=exam["id"], **more)


def right(exam: dict[str, Any], begun: dict[str, Any]) -> tuple[dict[str, Any], ...]:
    return tuple({"question": q["id"], "answer": exam["gold"][q["id"]]} for q in begun["questions"])


async def tokens(world: World, who: Caller, like: str) -> dict[str, Any]:
    sql = "SELECT token, source FROM holding WHERE tenant = $1 AND annotator = $2 AND token LIKE $3"
    return {row["token"]: row["source"] for row in await world.rows(sql, who.subject.id, like)}


async def test_an_exam_draws_its_questions_evenly_blind_and_never_the_same_twice(world: World) -> None:
    project = await world.project()
    exam = await examine(world, project, TRUTHS, sample=4)
    ann = await world.invite("ann")
    shown = await world.act(training.course_get, ann, course=exam["id"])
    assert shown["begin"] and shown["questions"] == []
    met: list[str] = []
    for _ in range(3):
        begun = await begin(world, ann, exam)
        assert Counter(exam["gold"][q["id"]] for q in begun["questions"]) == {"a": 2, "b": 2}
        assert all(set(q) == {"id", "prompt"} and set(q["prompt"]) == {"task"} for q in begun["questions"])
        again = await begin(world, ann, exam)
        assert (again["attempt"], again["questions"]) == (begun["attempt"], begun["questions"])
        met += [q["id"] for q in begun["questions"]]
        assert not (await attempt(world, ann, exam["id"], right(exam, begun)[:3]))["passed"]
    assert sorted(met) == sorted(exam["gold"])
    with refused("exam_gold_exhausted", "conflict") as caught:
        await begin(world, ann, exam)
    assert caught.value.extra == {"wanted": 4, "left": 0}


async def test_gold_met_in_work_is_not_drawn_and_gold_shown_in_an_exam_is_not_work(world: World) -> None:
    project = await world.project(plan={"gold_share": 1.0})
    gold = tuple(
        {"external_key": f"w{n}", "payload": {"task": f"w{n}"}, "truth": "ab"[n % 2]} for n in range(3)
    )
    made = (await world.act(intake.gold_add, project=project, gold=gold, exam_only=False))["gold"]
    await world.items(project, "a", "b", "c", "d")
    ann = await world.invite("ann")
    lease = await world.work(ann, project, "a")
    exam = await examine(world, project, {"x": "a"})
    again = {"sample": 2, "gold": tuple(one["id"] for one in made), "skill": exam["skill"], "pass_mark": 1.0}
    mixed = await publish(world, **again)
    begun = await begin(world, ann, mixed)
    assert lease["payload"] not in [q["prompt"] for q in begun["questions"]]
    served = [(await world.work(ann, project, "a"))["payload"]["task"] for _ in range(3)]
    assert not set(served) & {q["prompt"]["task"] for q in begun["questions"]}


async def test_every_question_that_was_asked_counts(world: World) -> None:
    project = await world.project()
    exam = await examine(world, project, TRUTHS, sample=4, pass_mark=0.75)
    ann, ben = await world.invite("ann"), await world.invite("ben")
    for who, answered, passed in ((ann, 3, True), (ben, 2, False)):
        begun = await begin(world, who, exam)
        taken = await attempt(world, who, exam["id"], right(exam, begun)[:answered])
        assert (taken["passed"], taken["question_count"]) == (passed, 4)
    foreign = next(one for one in exam["gold"] if one not in str(begun["questions"]))
    begun = await begin(world, ben, exam)
    with refused("question_unknown", "invalid"):
        await attempt(world, ben, exam["id"], said(foreign) + said("nonsense"))


async def test_answers_after_the_time_are_kept_and_the_attempt_has_failed(world: World) -> None:
    project = await world.project()
    exam = await examine(world, project, TRUTHS, sample=4, minutes_max=10, retry_minutes=30)
    ann = await world.invite("ann")
    begun = await begin(world, ann, exam)
    world.clock.moved += timedelta(minutes=11)
    with refused("exam_time_over", "conflict"):
        await attempt(world, ann, exam["id"], right(exam, begun))
    (kept,) = await world.facts("course.attempted")
    assert (str(kept.event.attempt), kept.event.passed, kept.event.correct) == (
        str(begun["attempt"]),
        False,
        0,
    )
    assert await world.facts("course.gold_answered") == []
    with refused("attempt_not_begun", "conflict"):
        await attempt(world, ann, exam["id"], right(exam, begun))
    with refused("retry_later", "conflict"):
        await begin(world, ann, exam)
    world.clock.moved += timedelta(minutes=29)
    begun = await begin(world, ann, exam)
    assert (await attempt(world, ann, exam["id"], right(exam, begun)))["passed"]


async def test_an_exam_left_unanswered_has_failed_whoever_looks_first(world: World) -> None:
    project = await world.project()
    exam = await examine(world, project, TRUTHS, sample=4, minutes_max=10, attempts_max=2)
    ann = await world.invite("ann")
    await begin(world, ann, exam)
    assert (await world.system(examining.exams_close, most=10))["closed"] == 0
    world.clock.moved += timedelta(minutes=11)
    assert (await world.system(examining.exams_close, most=10))["closed"] == 1
    assert (await world.system(examining.exams_close, most=10))["closed"] == 0
    await begin(world, ann, exam)
    world.clock.moved += timedelta(minutes=11)
    with refused("attempts_exhausted", "conflict"):
        await begin(world, ann, exam)
    assert len(await world.facts("course.attempted")) == 2, "the second failure is kept beside the refusal"


async def test_a_repeated_beginning_shows_the_questions_only_while_it_is_open(world: World) -> None:
    project = await world.project()
    exam = await examine(world, project, TRUTHS, sample=4, minutes_max=10)
    ann = await world.invite("ann")
    first, second = [await begin(world, ann, exam, key="k", again=examining.begin_again) for _ in range(2)]
    assert str(second["attempt"]) == str(first["attempt"])
    assert [q["prompt"] for q in second["questions"]] == [q["prompt"] for q in first["questions"]]
    world.clock.moved += timedelta(minutes=11)
    third = await begin(world, ann, exam, key="k", again=examining.begin_again)
    assert third["questions"] == [] and str(third["attempt"]) == str(first["attempt"])


async def test_an_exam_without_drawing_or_time_is_not_begun(world: World) -> None:
    project = await world.project()
    exam = await examine(world, project, TRUTHS)
    ann = await world.invite("ann")
    with refused("not_to_begin", "conflict"):
        await begin(world, ann, exam)
    quiz = await publish(world)
    with refused("not_to_begin", "conflict"):
        await begin(world, ann, quiz)


async def test_a_passed_exam_gives_its_skill_at_its_level_with_its_end(world: World) -> None:
    project = await world.project()
    exam = await examine(world, project, TRUTHS, sample=4, level=2, valid_days=30)
    ann = await world.invite("ann")
    begun = await begin(world, ann, exam)
    taken = await attempt(world, ann, exam["id"], right(exam, begun))
    skill = exam["skill"]
    expected = {
        f"skill:{skill}": "skill:exam",
        f"skill:{skill}:1": "skill:exam",
        f"skill:{skill}:2": "skill:exam",
    }
    assert await tokens(world, ann, "skill:%") == expected
    assert await tokens(world, ann, "course:%") == {f"course:{exam['id']}:1": "course"}
    (row,) = await world.rows("SELECT DISTINCT until FROM holding WHERE tenant = $1 AND until IS NOT NULL")
    assert row["until"] == taken["until"]


async def test_a_shorter_grant_never_shortens_what_is_held(world: World) -> None:
    project = await world.project()
    long = await examine(world, project, {"l1": "a", "l2": "b"}, valid_days=300, pass_mark=0.0)
    short = await examine(world, project, {"s1": "a", "s2": "b"}, valid_days=10, level=2, pass_mark=0.0)
    ann = await world.invite("ann")
    until = (await attempt(world, ann, long["id"]))["until"]
    soon = (await attempt(world, ann, short["id"]))["until"]
    sql = "SELECT token, until FROM holding WHERE tenant = $1 AND token LIKE 'skill:%'"
    held = {row["token"]: row["until"] for row in await world.rows(sql)}
    skill = long["skill"]
    assert held == {f"skill:{skill}": until, f"skill:{skill}:1": until, f"skill:{skill}:2": soon}
