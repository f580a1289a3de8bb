"""Assigning: a manager gives a named task to a person who may do it."""

from uuid import UUID

from backend.domain.errors import Refusal, not_found
from backend.domain.tasks import lease as leases
from backend.events.ids import LeaseId
from backend.readmodels import claims, projects, tasks
from backend.usecases.gates import unmet
from backend.usecases.tasks.claiming import claim_command
from backend.usecases.tasks.queue import closed
from backend.usecases.work import Answer, Work


async def lease_assign(work: Work, *, task: UUID, annotator: UUID) -> Answer:
    """A named assignment: a manager gives one open slot of a task to a person who may do it."""
    work.require("lease:assign")
    found = await tasks.by_ids(work.conn, tasks.TASKS_BY_ID, work.tenant, [task])
    person = (await claims.lock_people(work.conn, work.tenant, [annotator], work.now)).get(annotator)
    if not found or person is None:
        raise not_found("a task and an annotator")
    may = await work.conn.fetchrow(claims.MAY, work.tenant, annotator, found[0]["lane"], work.now)
    if may["status"] != "active" or unmet(may):
        raise await closed(work, annotator, may["status"], unmet(may), "conflict")
    if await work.conn.fetchval(
        claims.MET,
        work.tenant,
        annotator,
        found[0]["item"],
        found[0]["stage"] == "review",
        found[0]["generation"],
    ):
        raise Refusal(
            "conflict",
            "already_worked",
            expected="a person who never met this item",
            found="one who did",
            mend="choose another person",
        )
    slot = await work.conn.fetchrow(claims.TAKE_OF_TASK, work.tenant, task)
    if slot is None:
        raise Refusal(
            "conflict",
            "no_open_slot",
            expected="an open slot of the task",
            found="none",
            mend="choose another task",
        )
    (row,) = await projects.find(work.conn, work.tenant, [found[0]["project"]])
    lease = LeaseId(work.new_id())
    taken = claims.Slot(
        slot["lane"], slot["ord"], slot["task"], slot["slot"], slot["item"], slot["generation"]
    )
    command = claim_command(
        work, lease, annotator, taken, row, found[0]["stage"], None, f"assigned by {work.me}"
    )
    work.decide(leases.LEASE, lease, command)
    work.saw(subjects=[annotator], results=[found[0]["item"]])
    body = {"lease": lease, "task": task, "annotator": annotator, "expires_at": command.until}
    return Answer(body, "created")
