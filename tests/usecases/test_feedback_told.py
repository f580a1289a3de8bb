"""What people are told of errors: reviews as far as gold stays hidden, disclosed gold, and mistakes in training."""

from typing import Any
from uuid import UUID

from backend.usecases.gold.disclosing import gold_disclose
from backend.usecases.training import training
from backend.usecases.work import Caller
from tests.support.disputed import begun, dispute, feedback, judge, leases, switch, told
from tests.support.refused import refused
from tests.support.skilled import answer_gold, settle, skill_of
from tests.support.world import World

SAID = ("correct", "no", "see the guideline")


async def test_errors_are_told_with_the_own_answer_and_the_day_alone(world: World) -> None:
    ann, rev = await world.invite("ann"), await world.invite("rev", "reviewer")
    project = await begun(world, ann)
    await answer_gold(world, ann, project, *["yes"] * 8, "no")
    assert (await feedback(world, ann))["errors"] == [], "nine pieces tell nothing"
    await judge(world, rev, project, *SAID)
    met = await leases(world, ann)
    errors = (await feedback(world, ann))["errors"]
    assert [(one["lease"], one["answer"]) for one in errors] == [(met[-1], "no"), (met[0], "said")]
    assert errors[0]["told_on"] == errors[1]["told_on"], "a moment would tell which answer filled the ten"
    assert errors[0]["disputable_until"] == errors[1]["disputable_until"]
    assert errors[0]["disputable_until"].time().isoformat() == "00:00:00"
    assert [set(one) for one in errors] == [set(errors[0])] * 2
    assert "gold" not in str(errors) and str(rev.subject.id) not in str(errors)
    about = await dispute(world, ann, met[-1])
    assert [one["dispute"] for one in (await feedback(world, ann))["errors"]] == [about, None]


async def test_what_a_reviewer_said_is_told_where_the_project_says_so(world: World) -> None:
    ann, rev = await world.invite("ann"), await world.invite("rev", "reviewer")
    project = await begun(world, ann)
    await answer_gold(world, ann, project, *["yes"] * 9)
    await judge(world, rev, project, *SAID)
    assert [one["review"] for one in (await feedback(world, ann))["errors"]] == [None]
    set_ = await switch(world, project, review_notes=True)
    assert (set_["version"], set_["dispute_days"]) == (2, 14)
    (error,) = (await feedback(world, ann))["errors"]
    assert error["review"] == {"correction": None, "note": "see the guideline", "regions": []}
    await switch(world, project, 2, corrections=True, dispute_days=3)
    (error,) = (await feedback(world, ann))["errors"]
    assert error["review"] == {"correction": "no", "note": None, "regions": []}
    with refused("feedback_changed"):
        await switch(world, project, 2)
    with refused("dispute_days_invalid"):
        await switch(world, project, 3, dispute_days=0)


async def test_beside_gold_a_review_is_kept_back_so_that_neither_stands_out(world: World) -> None:
    ann, rev = await world.invite("ann"), await world.invite("rev", "reviewer")
    project = await begun(world, ann)
    await switch(world, project, review_notes=True, corrections=True)
    met = await told(world, ann, project, rev, *SAID)
    errors = (await feedback(world, ann))["errors"]
    assert [(one["lease"], one["review"]) for one in errors] == [(met[-1], None), (met[0], None)]
    (row,) = await world.rows("SELECT gold FROM answer WHERE tenant = $1 AND lease = $2", met[-1])
    await world.act(gold_disclose, gold=row["gold"], explanation="look at the beak")
    (error,) = (await feedback(world, ann))["errors"]
    assert error["lease"] == met[0] and error["review"]["correction"] == "no", (
        "gold that is told hides nothing"
    )


async def test_disclosed_gold_is_asked_no_more_and_told_to_all_who_answered_it(world: World) -> None:
    ann, ben = await world.invite("ann"), await world.invite("ben")
    project = await begun(world, ann)
    await answer_gold(world, ann, project, "no")
    (met,) = await world.rows("SELECT gold FROM answer WHERE tenant = $1 AND gold IS NOT NULL")
    assert (await feedback(world, ann))["disclosed"] == []
    done = await world.act(gold_disclose, gold=met["gold"], explanation="look at the beak")
    assert done["why"] == "withdrawn"
    await world.act(gold_disclose, gold=met["gold"], explanation="look at the beak")
    assert len(await world.facts("gold.disclosed")) == 1, "the same words are said once"
    (one,) = (await feedback(world, ann))["disclosed"]
    assert [one[name] for name in ("answer", "truth", "explanation", "correct")] == [
        "no",
        "yes",
        "look at the beak",
        False,
    ]
    assert (await feedback(world, ben))["disclosed"] == []
    await dispute(world, ann, one["lease"])
    assert await world.facts("gold.retired")
    (entry,) = [one for one in await world.entries(ben) if one["action"] == "feedback_get"]
    assert str(ben.subject.id) in str(entry)
    with refused("forbidden"):
        await feedback(world, ann, ben)
    assert (await feedback(world, ann, world.admin))["disclosed"] == (await feedback(world, ann))["disclosed"]


async def test_gold_of_an_exam_is_told_when_it_is_disclosed(world: World) -> None:
    ann, project = await world.invite("ann"), await world.project("owls")
    exam, asked = await world.exam(project, {"a": "1", "b": "2"}, await skill_of(world, project))
    said = tuple({"question": str(one), "answer": "1"} for one in asked.values())
    await world.act(training.course_attempt, ann, course=exam, version=1, answers=said)
    assert (await feedback(world, ann))["training"] == [], "of an exam nothing is told"
    await world.act(gold_disclose, gold=asked["b"], explanation="count again")
    (one,) = (await feedback(world, ann))["disclosed"]
    shown = {name: one[name] for name in ("gold", "lease", "answer", "truth", "correct", "explanation")}
    assert shown == {
        "gold": asked["b"],
        "lease": None,
        "answer": "1",
        "truth": "2",
        "correct": False,
        "explanation": "count again",
    }


def question(name: str, right: str) -> dict[str, Any]:
    return {"id": name, "prompt": f"{name}?", "answer": right, "explanation": f"because {right}"}


async def course(world: World, *modules: dict[str, Any]) -> UUID:
    made = await world.act(
        training.course_publish,
        title="birds",
        content=None,
        questions=(),
        gold=(),
        skill=None,
        pass_mark=1.0,
        course=None,
        modules=modules,
    )
    return UUID(str(made["id"]))


async def attempt(world: World, who: Caller, about: UUID, module: str, **answers: str) -> None:
    said = tuple({"question": name, "answer": one} for name, one in answers.items())
    await world.act(training.course_attempt, who, course=about, version=1, answers=said, module=module)


async def test_mistakes_in_a_quiz_are_told_once_it_is_passed_and_of_practice_at_once(world: World) -> None:
    ann = await world.invite("ann")
    practice = {"id": "try", "kind": "practice", "pass_mark": 0.0, "questions": [question("a", "1")]}
    quiz = {"id": "quiz", "kind": "quiz", "questions": [question("b", "2"), question("c", "3")]}
    about = await course(world, practice, quiz)
    await attempt(world, ann, about, "try", a="9")
    (one,) = (await feedback(world, ann))["training"]
    told_ = ("module", "question", "prompt", "answer", "truth", "explanation")
    assert [one[name] for name in told_] == ["try", "a", "a?", "9", "1", "because 1"]
    await attempt(world, ann, about, "quiz", b="2", c="9")
    assert len((await feedback(world, ann))["training"]) == 1, "it may still be tried again"
    await attempt(world, ann, about, "quiz", b="2", c="3")
    found = (await feedback(world, ann))["training"]
    assert [(one["question"], one["truth"]) for one in found] == [("c", "3"), ("a", "1")]
    await settle(world)
