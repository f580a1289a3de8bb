"""Deciding many reviews alike: each as a pull and a verdict would have done it, in one transaction, all or nothing."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from pydantic_core import to_json

from backend.domain.errors import Refusal, not_found
from backend.domain.review import bulk_verdict as rules
from backend.domain.review import planted as planted_domain
from backend.domain.review import review as reviews_domain
from backend.domain.tasks import lease as leases
from backend.domain.tasks import task as tasks_domain
from backend.events.ids import AnnotatorId, BulkId, GoldId, LeaseId, ProjectId, SkillId, uuid8
from backend.readmodels import claims, projects, review_waiting, tasks
from backend.readmodels.review_waiting import Wanted
from backend.usecases.proficiency.records import review_soon
from backend.usecases.review.bulk_selecting import Asked, Chosen, Selected, select
from backend.usecases.review.bulk_steps import must_be_looked_at, with_reviews
from backend.usecases.review.reviews import open_again
from backend.usecases.review.saying import Said, given, submission
from backend.usecases.tasks.leasing import Given, claim_command
from backend.usecases.tasks.stages import announce_collected
from backend.usecases.vault import Sealed, SealingKeys
from backend.usecases.work import Answer, Work
from backend.usecases.workforce.pacing import pace_of, sign_of_life

SHOWN_MAX = 50
Row = dict[str, Any]
Verdicts = Mapping[UUID, reviews_domain.GiveVerdict]
"""The review -> the verdict it gets."""


async def reviews_bulk(
    work: Work,
    *,
    project: UUID,
    verdict: str,
    note: str | None,
    selection: dict[str, Any],
    dry_run: bool,
    skip_refused: bool,
) -> Answer:
    """Approve or reject all selected reviews, as oneself. One that may not be decided refuses them all (`bulk_refused`)
    unless those are skipped; nothing is done in part. `dry_run` shows what would be decided, as a review shows it."""
    work.require("review:work", owner=work.me, project=ProjectId(project))
    row = await _project(work, project)
    await _at_work(work, project)
    found = await with_reviews(work, await _selected(work, row, selection))
    bulk, keys = BulkId(work.new_id()), await work.keys(("project", project))
    said = Said(rules.WORDS[verdict], None, note)
    judged = [one.row for one in found.chosen if one.row["review"] is not None]
    verdicts = {of["review"]: given(work, keys, row, of, said, bulk=bulk) for of in judged}
    found = found.without(_against(work, row, said, found.chosen, verdicts))
    selected = len(found.chosen) + len(found.refused)
    told = {"dry_run": dry_run, "verdict": verdict, "selected": selected, "decided": len(found.chosen)}
    told |= {"refused": rules.listed(found.refused)}
    if dry_run:
        first = await _shown(work, found.chosen[:SHOWN_MAX])
        return Answer({**told, "bulk": None, "first": first}, keep={**told, "bulk": None, "first": []})
    if found.refused and not skip_refused:
        raise rules.bulk_refused(found.refused, selected)
    if not found.chosen:
        return Answer({**told, "bulk": None, "first": []})
    await _decide(work, row, keys, bulk, said, found.chosen, verdicts)
    _kept(work, row, bulk, said.verdict, selection, found)
    return Answer({**told, "bulk": bulk, "first": []})


async def _project(work: Work, project: UUID) -> Row:
    found = await projects.find(work.conn, work.tenant, [project])
    if not found:
        raise not_found("a project")
    return found[0]


async def _at_work(work: Work, project: UUID) -> None:
    """What stops a pull stops this: a break that is due, the end of the working day."""
    pace = await pace_of(work, work.me, project)
    if pace.stops:
        stop = dict(pace.stops[0])
        raise Refusal(
            "conflict",
            stop.pop("code"),
            expected="a person who would be given work now",
            found="one who would not",
            mend="wait until then",
            extra=stop,
        )


async def _selected(work: Work, project: Row, selection: dict[str, Any]) -> Selected:
    said = {name: value for name, value in selection.items() if value is not None}
    asked = Asked(said.pop("leases", ()), said.pop("tasks", ()))
    named = asked if asked.leases or asked.tasks else None
    most = said.pop("most", rules.ITEMS_MAX)
    if (named is not None) == bool(said or "most" in selection):
        raise Refusal(
            "invalid",
            "leases_or_filter",
            expected="either leases and tasks, or a filter",
            found="neither" if named is None else "both",
            mend="name leases or tasks, or say which are meant; most alone means the first of all",
        )
    return await select(work, project, named, Wanted(**said), most)


def _against(
    work: Work, project: Row, said: Said, chosen: Sequence[Chosen], verdicts: Verdicts
) -> list[tuple[Chosen, Refusal]]:
    """What the review itself refuses: the same as of a single verdict, and what may not be let through unseen."""
    refused = []
    for one in chosen:
        review, unseen = one.row["review"], must_be_looked_at(project, one)
        if unseen is not None and said.verdict == "accept":
            refused.append((one, unseen))
            continue
        try:
            if review is not None and not reviews_domain.decide(
                verdicts[review], work.state(reviews_domain.REVIEW, review)
            ):
                refused.append((one, rules.not_waiting()))
        except Refusal as why:
            refused.append((one, why))
    return refused


# --- what is shown before


async def _shown(work: Work, chosen: Sequence[Chosen]) -> list[Row]:
    """The first of them with what a review lease would show. The person is locked and was asked for every lane."""
    items = {one.subject["item"] for one in chosen}
    rows = await review_waiting.fetch(work.conn, review_waiting.PAYLOADS, work.tenant, sorted(items))
    payloads = {row["item"]: row["payload"] for row in rows}
    sealed = []
    for one in chosen:
        about, item = one.row["project"], one.subject["item"]
        sealed.append(Sealed("project", about, "item", item, "payload", payloads[item]))
    there = [one for one in chosen if one.subject["answer"] is not None]
    clear = await work.open([*sealed, *(_judged(one) for one in there)])
    answers = dict(zip((one.name for one in there), clear[len(sealed) :], strict=True))
    if chosen:
        work.saw("payload", "answer", results=sorted(items))
    return [
        {"lease": one.row["lease"], "task": one.task, "payload": payload}
        | {"answer": _as_shown(one, answers.get(one.name))}
        for one, payload in zip(chosen, clear[: len(sealed)], strict=True)
    ]


def _as_shown(one: Chosen, told: Any) -> Any:
    """What a step came to has more beside the answer; of an erased one nothing is left."""
    return told["answer"] if one.in_step and told is not None else told


def _judged(one: Chosen) -> Sealed:
    """Where what is judged is written: one person's answer, or what a step of a workflow came to."""
    subject, about = one.subject, one.row["project"]
    if one.in_step:
        return Sealed("project", about, "result", subject["task"], "result", subject["answer"])
    return Sealed("project", about, "lease", subject["lease"], "answer", subject["answer"])


# --- what is done


async def _decide(
    work: Work,
    project: Row,
    keys: SealingKeys,
    bulk: BulkId,
    said: Said,
    chosen: Sequence[Chosen],
    verdicts: Verdicts,
) -> None:
    """All claims, then all answers of the leases, then all verdicts: facts of one kind stand together, so that each
    kind is folded at once."""
    real = [one for one in chosen if one.planted is None]
    steps = [one.row["review_task"] for one in real if one.in_step]
    drawn = [one.row for one in real if not one.in_step]
    locked = await tasks.by_ids(
        work.conn, tasks.LOCK_TASKS, work.tenant, sorted({*steps, *(row["task"] for row in drawn)})
    )
    claimed = [(LeaseId(work.new_id()), one) for one in chosen]
    for lease, one in claimed:
        work.decide(leases.LEASE, lease, _claim(work, project, bulk, lease, one))
    for lease, _ in claimed:
        work.decide(leases.LEASE, lease, submission(work, project["project"], keys, lease, said))
    for row in (one.row for one in real if one.row["review"] is not None):
        work.decide(reviews_domain.REVIEW, row["review"], verdicts[row["review"]])
    for lease, one in claimed:
        if one.planted is not None:
            _score_planted(work, project, lease, one.planted, found=said.verdict == "reject")
    await _follow_up(work, project, said.verdict, drawn, locked)
    if said.verdict == "reject":
        for author in {one.row["annotator"] for one in real if one.row["review"] is not None}:
            review_soon(work, author, project)
    at = {"annotator": work.me, "project": project["project"], "claimed_at": work.now}
    await work.flush()
    # Where the items of steps go, their arrows say, as after a single verdict.
    await announce_collected(work, steps)
    await sign_of_life(work, [at])
    work.saw(
        subjects=[who for one in chosen if (who := one.subject["annotator"]) is not None],
        results=[one.subject["item"] for one in chosen],
    )


def _claim(work: Work, project: Row, bulk: BulkId, lease: LeaseId, one: Chosen) -> leases.ClaimSlot:
    place, shown = one.place, one.planted or one.row
    assert place is not None
    slot = claims.Slot(
        one.row["lane"],
        one.row["ord"],
        one.row["review_task"] if one.planted is None else shown["task"],
        shown["slot"],
        shown["item"],
        one.row["generation"] if one.planted is None else 1,
        one.row["item_group"],
    )
    settings = Given(
        step=place.step,
        stage=place.stage,
        why=to_json({"by": "bulk", "bulk": bulk, "of": one.row["lease"] or one.row["review_task"]}).decode(),
        ring=place.ring,
        priority=place.priority,
        gold=GoldId(shown["gold"]) if one.planted is not None else None,
    )
    return claim_command(work, lease, work.me, slot, project, settings)


def _score_planted(work: Work, project: Row, lease: LeaseId, shown: Row, *, found: bool) -> None:
    """It says how this person decides in bulk, and nothing about who answered, nor how reviews find what they see."""
    command = planted_domain.ScorePlanted(
        lease=lease,
        reviewer=AnnotatorId(work.me),
        project=ProjectId(project["project"]),
        skill=SkillId(project["skill"]),
        gold=GoldId(shown["gold"]),
        subject=LeaseId(shown["lease"]),
        error=not shown["correct"],
        found=found,
        bulk=True,
    )
    work.decide(planted_domain.PLANTED, uuid8(lease, "planted"), command)


async def _follow_up(
    work: Work, project: Row, verdict: str, rows: Sequence[Row], locked: Sequence[Row]
) -> None:
    """Rejections of drawn answers requeue as single ones do; what was let through says nothing of anybody."""
    outside = {task["task"] for task in locked if not task["workflow_version"]}
    mine = [row for row in rows if row["task"] in outside]
    if verdict == "reject":
        await work.load(tasks_domain.TASK, sorted(outside))
        await open_again(work, project, mine)
    for task in {row["task"] for row in mine}:
        work.enqueue("task_decide", str(task), {"task": str(task)})


def _kept(
    work: Work, project: Row, bulk: BulkId, verdict: str, selection: dict[str, Any], found: Selected
) -> None:
    command = rules.DecideInBulk(
        bulk=bulk,
        project=ProjectId(project["project"]),
        reviewer=AnnotatorId(work.me),
        verdict=verdict,
        selection=to_json({name: said for name, said in selection.items() if said is not None}).decode(),
        decided=len(found.chosen),
        refused=len(found.refused),
    )
    work.decide(rules.BULK_VERDICT, bulk, command)
