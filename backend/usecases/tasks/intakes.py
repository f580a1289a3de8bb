"""Streamed imports: begun, taken chunk by chunk, taken up again after a cut, and finished."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from backend.domain.errors import Refusal, not_found
from backend.domain.tasks import columns as columns_domain
from backend.domain.tasks import intake as domain
from backend.events.ids import IntakeId, ProjectId
from backend.events.store import intake as working
from backend.readmodels import intake as intakes
from backend.readmodels import projects
from backend.usecases.tasks.importing import Taken, take_in
from backend.usecases.vault import Sealed, SealingKeys
from backend.usecases.work import Answer, Work

TOLD = ("code", "expected", "found", "mend")


async def intake_begin(
    work: Work, *, project: UUID, form: str, columns: dict[str, str], delimiter: str
) -> Answer:
    """A streamed import of a project's items, of which nothing is taken yet. `columns` maps a CSV file's columns to an
    item's fields; a column that is not in it fills the field of its own name."""
    work.require("item:import", project=ProjectId(project))
    if not await projects.find(work.conn, work.tenant, [project]):
        raise not_found("a project")
    _sensible(form, columns, delimiter)
    intake = IntakeId(work.new_id())
    work.decide(domain.INTAKE, intake, domain.Begin(intake=intake, project=ProjectId(project), form=form))
    await working.begin(
        work.conn, work.tenant, intake, {"columns": columns, "delimiter": delimiter}, work.now
    )
    await work.flush()
    return Answer(_shown(await _found(work, intake)), "created")


def _sensible(form: str, columns: Mapping[str, str], delimiter: str) -> None:
    bad = next((name for name, field in columns.items() if not columns_domain.may_fill(field)), None)
    if delimiter not in columns_domain.DELIMITERS or bad is not None or (columns and form != "csv"):
        raise Refusal(
            "invalid",
            "intake_options_invalid",
            expected="columns mapped to fields of an item, payload.NAME or nothing, of a CSV file alone;"
            " a delimiter that is a comma, semicolon, tab or bar",
            found="a column mapped to another field" if bad is not None else "something else",
            mend="correct the options and begin again",
            extra={} if bad is None else {"column": bad[:64]},
        )


async def intake_resume(work: Work, *, intake: UUID, from_line: int) -> Answer:
    """How the stream is to be read, before anything of it is. Raises `intake_gap` where lines would be left out."""
    work.require("item:import")
    found = await _found(work, intake)
    if from_line > found["next_line"]:
        raise _gap(from_line, found["next_line"])
    return Answer({"form": found["form"], "header": found["header"], **found["options"]})


async def intake_stream(
    work: Work, *, intake: UUID, from_line: int, more: bool, lines: Sequence[Any], header: str | None
) -> Answer:
    """Take these lines, the first of which is line `from_line`; those taken before are not taken again. Each is an item
    as it was sent, None for a blank line, or the refusal it gets. Without `more` the stream ends with them."""
    work.require("item:import")
    found = await _found(work, intake, locked=True)
    skipped = found["next_line"] - from_line
    if skipped < 0:
        raise _gap(from_line, found["next_line"])
    fresh = list(enumerate(lines, from_line))[skipped:]
    if fresh and found["finished_at"] is not None:
        raise domain.finished(found["lines"])
    taken = await _take(work, found, fresh)
    if fresh or (header is not None and found["header"] is None):
        await working.advance(
            work.conn,
            work.tenant,
            intake,
            taken,
            next_line=from_line + len(lines) if fresh else found["next_line"],
            header=header,
            now=work.now,
        )
    if not more and found["finished_at"] is None:
        await _finish(work, intake)
    await work.flush()
    return Answer(_shown(await _found(work, intake)))


async def _take(work: Work, found: Mapping[str, Any], fresh: Sequence[tuple[int, Any]]) -> list[working.Row]:
    said = [(line, given) for line, given in fresh if given is not None]
    if not said:
        return []
    (project,) = await projects.find(work.conn, work.tenant, [found["project"]])
    taken = await take_in(work, project, [given for _, given in said])
    keys = await work.keys(("project", found["project"]))
    work.saw(results=[one.item for one in taken if one.item is not None])
    return [
        (line, one.status, one.item, _sealed(keys, found, line, one))
        for (line, _), one in zip(said, taken, strict=True)
    ]


def _sealed(keys: SealingKeys, found: Mapping[str, Any], line: int, one: Taken) -> bytes | None:
    """Why it was refused may hold a word of what was sent."""
    if one.refusal is None:
        return None
    return keys.seal_json(
        "project", found["project"], "intake", found["intake"], f"line-{line}", told(one.refusal)
    )


def told(refusal: Refusal) -> dict[str, Any]:
    """A refusal as it is shown in a list; `where` is null where no place in the item is meant."""
    return {name: getattr(refusal, name) for name in TOLD} | {"where": refusal.extra.get("where")}


async def _finish(work: Work, intake: UUID) -> None:
    now = await _found(work, intake)
    await work.load(domain.INTAKE, [intake])
    command = domain.Finish(
        lines=now["next_line"] - 1, created=now["created"], known=now["known"], refused=now["refused"]
    )
    work.decide(domain.INTAKE, intake, command)


async def intake_get(work: Work, *, intake: UUID) -> Answer:
    """How far an intake has come: `next_line` is where to go on."""
    work.require("item:import")
    return Answer(_shown(await _found(work, intake)))


async def intake_results(
    work: Work, *, intake: UUID, status: str | None, cursor: str | None, limit: int
) -> Answer:
    """What became of each line, in their order; of refused ones why."""
    work.require("item:import")
    found = await _found(work, intake)
    after = int(cursor) if cursor else 0
    rows = await working.results(work.conn, work.tenant, intake, after=after, status=status, limit=limit + 1)
    shown = rows[:limit]
    bad = [row for row in shown if row["refusal"] is not None]
    about = found["project"]
    opened = await work.open(
        [Sealed("project", about, "intake", intake, f"line-{row['line']}", row["refusal"]) for row in bad]
    )
    why = {row["line"]: problem for row, problem in zip(bad, opened, strict=True)}
    work.saw(results=[row["item"] for row in shown if row["item"] is not None])
    data = [
        {
            "line": row["line"],
            "status": row["status"],
            "item": row["item"],
            "problem": why.get(row["line"]),
        }
        for row in shown
    ]
    return Answer({"data": data, "next_cursor": str(shown[-1]["line"]) if len(rows) > limit else None})


async def _found(work: Work, intake: UUID, *, locked: bool = False) -> dict[str, Any]:
    if locked:
        await working.find(work.conn, work.tenant, intake, locked=True)
    found = await intakes.find(work.conn, work.tenant, intake)
    if found is None:
        raise not_found("an intake")
    return found


def _shown(found: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": found["intake"],
        "project": found["project"],
        "form": found["form"],
        "begun_at": found["begun_at"],
        "finished_at": found["finished_at"],
        "finished": found["finished_at"] is not None,
        "lines": found["next_line"] - 1,
        "next_line": found["next_line"],
        "created": found["created"],
        "known": found["known"],
        "refused": found["refused"],
    }


def _gap(asked: int, next_line: int) -> Refusal:
    return Refusal(
        "conflict",
        "intake_gap",
        expected=f"a stream that goes on at line {next_line} or before",
        found=f"one that begins with line {asked}",
        mend="send the lines from `next_line` on",
        extra={"next_line": next_line},
    )
