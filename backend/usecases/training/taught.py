"""What courses teach of escalations, as it is shown: to whom may see the data, without what they know from work."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from backend.domain.access import policy
from backend.domain.training.grading import Graded
from backend.events.ids import ProjectId
from backend.events.training import ModuleTaught
from backend.readmodels import taught
from backend.usecases.projects.scoring import scorers_of
from backend.usecases.training import teaching
from backend.usecases.vault import Sealed
from backend.usecases.work import Work

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Taught:
    """The escalations in a module: `asked` are questions with their `item`, `left_out` the ids of those that are not
    asked of this person; `whence` says of each where it comes from, in ids."""

    project: UUID
    asked: list[Row] = field(default_factory=list)
    left_out: frozenset[str] = frozenset()
    whence: list[Row] = field(default_factory=list)


async def taught_in(work: Work, row: Mapping[str, Any]) -> dict[str, Taught]:
    """Module -> what the version in force teaches there of escalations, as the caller is asked. Who learns is not asked
    about an item that they met at work, that was decided or is disputed since, or of which nothing is left. Raises what
    keeps a person from the data of these projects (`agreement_required`, `suspended`)."""
    if not any(one.kind == "practice" for one in row["modules"]):
        return {}
    rows = await taught.fetch(work.conn, taught.OF_COURSE, work.tenant, row["course"])
    if not rows:
        return {}
    learns = work.caller.subject.kind == "annotator"
    if learns and (refusal := await teaching.kept_from_work(work, sorted({one["project"] for one in rows}))):
        raise refusal
    asked = await opened(work, rows)
    items = [item for row in rows for item in row["items"]]
    since = [row["taught_at"] for row in rows for _ in row["items"]]
    moved = await _items(work, taught.MOVED_ON, items, since)
    if not learns:
        return {
            row["module"]: Taught(row["project"], said, whence=_whence(row, moved))
            for row, said in zip(rows, asked, strict=True)
        }
    known = moved | await _items(work, taught.MET, work.me, items)
    return {row["module"]: _without(row, said, known) for row, said in zip(rows, asked, strict=True)}


async def _items(work: Work, sql: str, *asked: Any) -> set[UUID]:
    return {row["item"] for row in await taught.fetch(work.conn, sql, work.tenant, *asked)}


def _without(row: Row, said: Sequence[Row], known: Collection[UUID]) -> Taught:
    asked = [one for one in said if one["prompt"] is not None and one["item"] not in known]
    left_out = frozenset({one["id"] for one in said} - {one["id"] for one in asked})
    return Taught(row["project"], asked, left_out)


def _whence(row: Row, moved: Collection[UUID]) -> list[Row]:
    about = {name: row[name] for name in ("module", "project", "code")}
    return [
        {**about, "escalation": escalation, "item": item, "lease": lease, "stands": item not in moved}
        for escalation, item, lease in zip(row["escalations"], row["items"], row["leases"], strict=True)
    ]


async def opened(work: Work, rows: Sequence[Mapping[str, Any]]) -> list[list[Row]]:
    """The questions of each of these modules (course, module, project, said, items) in clear, each with its item; the
    prompt is None where nothing is left of it."""
    items = sorted({item for row in rows for item in row["items"]})
    sealed = {
        one["item"]: one["payload"]
        for one in await taught.fetch(work.conn, taught.PAYLOADS, work.tenant, items)
    }
    places = [
        Sealed("project", row["project"], "course", row["course"], f"taught:{row['module']}", row["said"])
        for row in rows
    ]
    of = [(row["project"], item) for row in rows for item in row["items"]]
    places += [Sealed("project", project, "item", item, "payload", sealed[item]) for project, item in of]
    clear = await work.open(places)
    payloads = dict(zip((item for _, item in of), clear[len(rows) :], strict=True))
    return [_questions(row, each, payloads) for row, each in zip(rows, clear[: len(rows)], strict=True)]


async def of_versions(work: Work, drawn: Sequence[tuple[UUID, ModuleTaught]]) -> list[list[Row]]:
    """The questions that versions of courses taught, by what was frozen with them, as they are told to somebody who
    answered them: `hidden` and without the prompt for who may not see the data any more."""
    rows = [
        {
            **{name: getattr(one, name) for name in ("module", "project", "said")},
            "course": course,
            "escalations": [of.escalation for of in one.escalations],
            "items": [of.item for of in one.escalations],
        }
        for course, one in drawn
    ]
    if not rows:
        return []
    about = sorted({row["project"] for row in rows})
    learns = work.caller.subject.kind == "annotator"
    kept = learns and await teaching.kept_from_work(work, about) is not None
    visible = set() if kept else {one for one in about if _sees(work, one)}
    return [
        said if row["project"] in visible else [one | {"prompt": None, "hidden": True} for one in said]
        for row, said in zip(rows, await opened(work, rows), strict=True)
    ]


def _questions(row: Mapping[str, Any], said: list[Row] | None, payloads: Mapping[UUID, Any]) -> list[Row]:
    if said is None:
        lost = zip(row["escalations"], row["items"], strict=True)
        return [{"id": str(one), "item": item, "prompt": None, "answer": None} for one, item in lost]
    return [
        {**one, "item": item, "prompt": payloads[item]} for one, item in zip(said, row["items"], strict=True)
    ]


def shown(work: Work, whole: Any, found: Mapping[str, Taught]) -> Any:
    """The course's content with what is taught of escalations among its modules' questions. Prompts only for who may
    read items: an auditor sees which escalations are asked, and no payload. Notes whose data is shown."""
    if not found:
        return whole
    visible = {module for module, one in found.items() if _sees(work, one.project)}
    items = [question["item"] for module in visible for question in found[module].asked]
    work.saw(*(["payload"] if items else []), results=items)
    return whole | {
        "modules": [
            one | {"questions": one["questions"] + _asked(found[one["id"]], one["id"] in visible)}
            if one["id"] in found
            else one
            for one in whole["modules"]
        ]
    }


def _asked(found: Taught, visible: bool) -> list[Row]:
    return found.asked if visible else [one | {"prompt": None} for one in found.asked]


def _sees(work: Work, project: UUID) -> bool:
    """Who learns was looked at before; of everybody else the right to read items is asked."""
    about = policy.Resource(tenant=work.tenant, project=ProjectId(project))
    of = work.caller.subject
    return of.kind == "annotator" or policy.decide(of, "item:read", about).allow


async def graded(work: Work, found: Taught, answers: Sequence[Mapping[str, Any]]) -> list[Graded]:
    """Answers to what a module teaches of escalations beside what is right, compared as the project's work is. What was
    asked before and is left out now does not count, and other questions are not its own."""
    truths = {one["id"]: one["answer"] for one in found.asked}
    compare = (await scorers_of(work, {found.project}))[found.project]
    return [
        Graded(
            gold=None,
            question=str(one["question"]),
            correct=(await compare.score(one["answer"], truths[str(one["question"])])).passed,
            truth_class=None,
            answer_class=None,
        )
        for one in answers
        if str(one["question"]) in truths
    ]
