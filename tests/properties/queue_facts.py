"""What the database says of the queue, beside what the model says: equal, or the rule that is broken by name."""

from collections import Counter
from typing import Any

from backend.events.store.database import transaction
from tests.properties.queue_model import ROOM, Model
from tests.support.world import World

TABLES = {
    "open": "SELECT task, slot, item FROM open_slot WHERE tenant = $1",
    "waits": "SELECT task, slot, item FROM held_slot WHERE tenant = $1",
    "lease": "SELECT lease, annotator, task, slot, item, stage, state FROM lease WHERE tenant = $1",
    "ended": "SELECT lease, task, slot, how FROM lease_ended WHERE tenant = $1",
    "worked": "SELECT annotator, item, as_reviewer FROM worked WHERE tenant = $1",
    "answer": "SELECT lease, annotator, task, item, stage, rejected FROM answer WHERE tenant = $1",
    "late": "SELECT lease FROM late_answer WHERE tenant = $1",
    "task": "SELECT task, slots, state, state_before, held_code, priority FROM task WHERE tenant = $1",
    "iteration": "SELECT iteration, state FROM iteration WHERE tenant = $1",
    "within": "SELECT item, iteration FROM iteration_item WHERE tenant = $1",
    "review": "SELECT review, author, reviewer FROM review WHERE tenant = $1 AND verdict IS NOT NULL",
}
# Counted without the model: open + waiting + held + answered + lost to an escalation, to an expert's answer or with a
# task that was cancelled = slots.
UNBALANCED = """
SELECT t.task, t.slots, f.open, f.waits, f.held, f.answered, f.flagged FROM task t, LATERAL (
   SELECT (SELECT count(*) FROM open_slot o WHERE o.tenant = t.tenant AND o.task = t.task) AS open,
          (SELECT count(*) FROM held_slot h WHERE h.tenant = t.tenant AND h.task = t.task) AS waits,
          (SELECT count(*) FROM lease l WHERE l.tenant = t.tenant AND l.task = t.task) AS held,
          (SELECT count(*) FROM answer a WHERE a.tenant = t.tenant AND a.task = t.task) AS answered,
          (SELECT count(*) FROM lease_ended e WHERE e.tenant = t.tenant AND e.task = t.task
              AND e.how = 'escalated' AND e.stage = 'annotate') AS flagged) f
 WHERE t.tenant = $1 AND t.state <> 'cancelled' AND t.slots <> f.open + f.waits + f.held + f.answered + f.flagged
   AND NOT EXISTS (SELECT 1 FROM result r WHERE r.tenant = t.tenant AND r.item = t.item AND r.decided_by = 'expert')
"""

Rows = list[dict[str, Any]]


async def read(world: World) -> dict[str, Rows]:
    """All tables of one moment."""
    async with transaction(world.perform.pool, world.tenant) as conn:
        found = {name: [dict(r) for r in await conn.fetch(sql, world.tenant)] for name, sql in TABLES.items()}
        found["unbalanced"] = [dict(row) for row in await conn.fetch(UNBALANCED, world.tenant)]
        return found


def check(model: Model, facts: dict[str, Rows]) -> None:
    """Every invariant; AssertionError names the one that does not hold."""
    assert not facts["unbalanced"], f"slots that are nowhere or twice: {facts['unbalanced']}"
    _slots_and_leases(model, facts)
    _people(model, facts)
    _answers(model, facts)
    assert {r["iteration"]: r["state"] for r in facts["iteration"]} == model.iterations, "iterations"
    assert {r["item"]: r["iteration"] for r in facts["within"]} == model.within, "what belongs where"


def _slots_and_leases(model: Model, facts: dict[str, Rows]) -> None:
    for name, waits in (("open", False), ("waits", True)):
        expected_slots = Counter(
            (t.id, n, t.item)
            for t in model.tasks.values()
            if t.held is waits
            for n, holder in t.slots.items()
            if holder is None
        )
        found = Counter((r["task"], r["slot"], r["item"]) for r in facts[name])
        assert found == expected_slots, f"slots: {name}"
    _tasks(model, facts["task"])
    assert {r["task"]: r["slots"] for r in facts["task"]} == {
        t.id: len(t.slots) for t in model.tasks.values()
    }, "tasks"
    held = {(r["lease"], r["annotator"], r["task"], r["slot"], r["state"]) for r in facts["lease"]}
    assert held == {(one.id, one.person, one.task, one.slot, one.place) for one in model.held()}, (
        "held leases"
    )
    slots = Counter((r["task"], r["slot"]) for r in facts["lease"])
    assert not slots or max(slots.values()) == 1, "two leases on one slot"
    ended = {r["lease"]: r["how"] for r in facts["ended"]}
    expected = {one.id: one.state for one in model.leases.values() if one.state != "held"}
    assert ended == expected and len(facts["ended"]) == len(ended), "ended leases"
    assert not {row[0] for row in held} & set(ended), "a lease both held and ended"


def _tasks(model: Model, rows: Rows) -> None:
    for row in rows:
        task = model.tasks[row["task"]]
        assert (row["state"] == "held", row["state"] == "cancelled") == (task.held, task.cancelled), (
            f"{task.stage} is {row['state']}"
        )
        assert row["held_code"] == task.held_for, f"{task.stage} is held for {row['held_code']}"
        task.priority = row["priority"]
        task.decided = "decided" in (row["state"], row["state_before"])


def _people(model: Model, facts: dict[str, Rows]) -> None:
    worked = {(r["annotator"], r["item"], r["as_reviewer"]) for r in facts["worked"]}
    people = model.people.values()
    met = {(p.id, item, False) for p in people for item in p.met}
    assert worked == met | {(p.id, item, True) for p in people for item in p.reviewed}, "who met what"
    for person in people:
        pulled = [one for one in model.held(person.id) if not one.assigned]
        assert len(pulled) <= ROOM, "more leases than one person may hold"
    for rows in (facts["lease"], facts["answer"]):
        once = Counter((r["annotator"], r["item"]) for r in rows if r["stage"] != "review")
        assert not once or max(once.values()) == 1, "one person, one item, twice"
    authors = {(r["annotator"], r["item"]) for r in facts["answer"] if r["stage"] != "review"}
    judges = {(r["annotator"], r["item"]) for r in facts["answer"] if r["stage"] == "review"}
    assert not authors & judges, "who answered an item reviewed it"
    assert all(r["author"] != r["reviewer"] for r in facts["review"]), "own work reviewed"


def _answers(model: Model, facts: dict[str, Rows]) -> None:
    counted = {one.id: one.rejected for one in model.leases.values() if one.state == "submitted"}
    assert {r["lease"]: r["rejected"] for r in facts["answer"]} == counted, "acknowledged answers"
    assert len(facts["answer"]) == len(counted)
    late = Counter({one.id: len(one.late) for one in model.leases.values() if one.late})
    assert Counter(r["lease"] for r in facts["late"]) == late, "late answers"
    per_task = Counter(r["task"] for r in facts["answer"] if not r["rejected"])
    for task, n in per_task.items():
        about = model.tasks[task]
        assert n <= len(about.slots) - sum(holder == "lost" for holder in about.slots.values()), (
            "too many answers"
        )
