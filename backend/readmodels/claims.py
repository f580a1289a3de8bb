"""The claim's questions: who may be served from which lane, and which slots are taken for whom."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from backend.events.ids import TenantId
from backend.readmodels.gold_families import kin_unmet
from backend.readmodels.holdings import HELD
from backend.readmodels.labels_shown import enough
from backend.readmodels.queue import BAND

# Whether what `t.held` lists meets what the lane `l` asks for: all of it, one of each group, nothing it excludes.
MEETS = """(l.requires <@ t.held AND NOT l.excludes && t.held AND (l.any_of = '[]'::jsonb OR NOT EXISTS (
     SELECT 1 FROM jsonb_array_elements(l.any_of) g WHERE NOT g ?| t.held)))"""

# One person's pulls are serial; nobody else waits. In id order, so that batches cannot lock each other out.
LOCK_PEOPLE = f"""
SELECT p.annotator, p.status, p.paused_until, {HELD.format(at="$3::timestamptz")} AS held,
       coalesce((SELECT w.open_leases_max FROM work_limit w WHERE w.tenant = $1 AND w.holder = p.annotator),
                (SELECT w.open_leases_max FROM work_limit w WHERE w.tenant = $1 AND w.holder = $1),
                p.open_leases_max) AS open_leases_max
  FROM person p
 WHERE p.tenant = $1 AND p.annotator = ANY($2::uuid[]) ORDER BY p.annotator FOR NO KEY UPDATE OF p
"""
# After the lock, because only a new statement sees what the last holder of the lock committed. A group of items counts
# as one. What was given to the person by name and is not opened yet waits for their next pull. With the version of the
# lanes whoever has a copy of them knows whether it is old. Of what the person was handed last: when, which were gold,
# and what they gave back since, which comes again at once, gold as well as work.
_LATELY = """(SELECT h.lease, h.claimed_at, h.gold, h.stage, NULL::timestamptz AS back_at FROM lease h
           WHERE h.tenant = $1 AND h.annotator = n.annotator
          UNION ALL (
          SELECT e.lease, e.claimed_at, e.gold, e.stage,
                 CASE WHEN e.how IN ('released', 'returned', 'abandoned', 'revoked') THEN e.ended_at END
            FROM lease_ended e WHERE e.tenant = $1 AND e.annotator = n.annotator ORDER BY e.ended_at DESC LIMIT 3))"""
LEASES_HELD = f"""
SELECT n.annotator, count(DISTINCT coalesce(l.item_group, l.lease)) AS n,
       coalesce(array_agg(l.lease ORDER BY l.lease) FILTER (WHERE l.assigned AND l.state = 'held'), '{{}}') AS waiting,
       coalesce((SELECT c.version FROM lane_catalogue c WHERE c.tenant = $1), 0) AS lanes_version,
       EXISTS (SELECT 1 FROM quota q WHERE q.tenant = $1) AS quotas, handed.*
  FROM unnest($2::uuid[]) n(annotator)
 CROSS JOIN LATERAL (
   SELECT max(claimed_at) AS last_at, (array_agg(gold IS NOT NULL ORDER BY claimed_at DESC, lease DESC))[1:2] AS gold,
          coalesce(bool_or(back_at >= newest), false) AS gave_back,
          (array_agg(gold ORDER BY lease DESC) FILTER (WHERE gold IS NOT NULL AND back_at >= newest))[1] AS gold_back,
          (array_agg(stage ORDER BY lease DESC) FILTER (WHERE gold IS NOT NULL AND back_at >= newest))[1]
            AS gold_back_stage
     FROM (SELECT *, max(claimed_at) OVER () AS newest FROM {_LATELY} lately) lately) handed
  LEFT JOIN lease l ON l.tenant = $1 AND l.annotator = n.annotator
 GROUP BY n.annotator, handed.last_at, handed.gold, handed.gave_back, handed.gold_back, handed.gold_back_stage
"""
# Where several people ask for one lane (`who` is null) its first slots are taken, and who may not have which is asked
# afterwards; for one person alone what they have met is passed over. What came back to the lane comes first. A reviewer
# may review a second answer to an item, never an item answered oneself. `upto` is the youngest place that a ring opens.
_SLOTS = """SELECT o.lane, o.ord, o.task, o.slot, o.item, o.generation, o.item_group FROM open_slot o
      WHERE o.tenant = $1 AND o.lane = q.lane AND {where}
        AND (q.who IS NULL OR (
             SELECT true FROM worked w WHERE w.tenant = $1 AND w.annotator = q.who AND w.item = o.item
                AND w.generation = o.generation AND NOT (q.reviews AND w.as_reviewer) LIMIT 1) IS NULL)
      ORDER BY o.ord, o.task LIMIT q.n FOR UPDATE OF o SKIP LOCKED"""
# What each slot shows its holder comes along: looked up row by row, whatever a plan made for few rows would prefer.
_SHOWS = """(SELECT i.payload FROM item i WHERE i.tenant = $1 AND i.item = s.item) AS payload,
       (SELECT t.workflow_version FROM task t WHERE t.tenant = $1 AND t.task = s.task) AS workflow_version"""
TAKE = f"""
SELECT q.place, s.*, {_SHOWS}
  FROM unnest($2::uuid[], $3::bigint[], $4::bigint[], $5::int[], $6::uuid[], $7::bool[]) WITH ORDINALITY
       AS q(lane, behind, upto, n, who, reviews, place)
 CROSS JOIN LATERAL (
   SELECT * FROM ({_SLOTS.format(where=f"o.ord < least(0, q.upto - {BAND} + 1)")}) back
   UNION ALL
   SELECT * FROM ({_SLOTS.format(where="o.ord > q.behind AND o.ord <= q.upto")}) front
   LIMIT q.n) s
"""
# Of these people and items, who has met which: they may not have it, whatever is open.
MET_PAIRS = """
SELECT n.place FROM unnest($2::uuid[], $3::uuid[], $4::int[], $5::bool[]) WITH ORDINALITY
       AS n(annotator, item, generation, reviews, place)
  JOIN worked w ON w.tenant = $1 AND w.annotator = n.annotator AND w.item = n.item AND w.generation = n.generation
   AND NOT (n.reviews AND w.as_reviewer)
"""
# The rest of a group that is claimed as one: a slot of each of its items.
TAKE_GROUP = f"""
SELECT q.place, s.*, {_SHOWS} FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::bool[]) WITH ORDINALITY
       AS q(lane, item_group, item, who, reviews, place)
 CROSS JOIN LATERAL (
   SELECT o.lane, o.ord, o.task, o.slot, o.item, o.generation, o.item_group FROM open_slot o
    WHERE o.tenant = $1 AND o.lane = q.lane AND o.item_group = q.item_group AND o.item <> q.item
      AND NOT EXISTS (
          SELECT 1 FROM worked w WHERE w.tenant = $1 AND w.annotator = q.who AND w.item = o.item
             AND w.generation = o.generation AND NOT (q.reviews AND w.as_reviewer))
    ORDER BY o.ord, o.task LIMIT 200 FOR UPDATE OF o SKIP LOCKED) s
"""
TAKE_OF_TASK = """
SELECT lane, ord, task, slot, item, generation, item_group FROM open_slot WHERE tenant = $1 AND task = $2
 ORDER BY lane, ord LIMIT 1 FOR UPDATE SKIP LOCKED
"""
TAKE_BACK = """
SELECT s.task, s.slot FROM open_slot s JOIN unnest($2::uuid[], $3::int[]) n(task, slot)
    ON s.tenant = $1 AND s.task = n.task AND s.slot = n.slot
 ORDER BY s.task, s.slot FOR UPDATE OF s SKIP LOCKED
"""
# For each person one gold item of the project that they never met, nor another of its family after `since`: what they
# gave back just now if there is any, and otherwise of the kind and class asked for, of any class of the kind, or of the
# other kind. A draw begins at a random place of the order in which gold lies and chooses among the first few there, so
# it costs the same whatever gold there is; who has met all that lies near gets none. Whether it was met is looked up
# row by row, whatever a plan prefers. Where little waits (`lane`: an expert's) only who could be given work there gets
# gold: alone it would tell itself.
_GOLD_ASKED = "g.tenant = $1 AND g.project = q.project AND g.why IS NULL AND NOT g.exam_only"
_GOLD_NEW = "q.back IS NULL AND g.edge_case"
_GOLD_UNMET = """(
           SELECT true FROM worked w
            WHERE w.tenant = $1 AND w.annotator = q.annotator AND w.item = g.item LIMIT 1) IS NULL"""
_GOLD_AMONG = """(q.lane IS NULL OR EXISTS (
           SELECT 1 FROM (SELECT item, generation FROM open_slot o WHERE o.tenant = $1 AND o.lane = q.lane
                           ORDER BY o.ord LIMIT 200) o
            WHERE NOT EXISTS (SELECT 1 FROM worked w WHERE w.tenant = $1 AND w.annotator = q.annotator
                                 AND w.item = o.item AND w.generation = o.generation)))"""
_GOLD_NEW_TO_THEM = f"{_GOLD_UNMET} AND {kin_unmet('q.annotator', 'q.since')}"
_GOLD_FROM = """SELECT g.gold, g.item, g.truth_class, g.family, g.lot FROM (
           SELECT gold, item, truth_class, family, lot FROM gold g WHERE {asked} AND {kind} AND g.lot {where} q.start
            ORDER BY g.lot LIMIT 64) g WHERE {unmet}"""
_GOLD_OF = """(SELECT gold, item, truth_class, family FROM (
      SELECT * FROM ({ahead}) ahead UNION ALL SELECT * FROM ({behind}) behind LIMIT 8) few
     ORDER BY hashint8extended(lot, q.start) LIMIT 1)"""


def _gold_of(kind: str, also: str = "") -> str:
    ahead, behind = (
        _GOLD_FROM.format(asked=_GOLD_ASKED, kind=kind + also, where=where, unmet=_GOLD_NEW_TO_THEM)
        for where in (">=", "<")
    )
    return _GOLD_OF.format(ahead=ahead, behind=behind)


_GOLD = """
SELECT q.place, s.*, (SELECT i.payload FROM item i WHERE i.tenant = $1 AND i.item = s.item) AS payload
  FROM unnest($2::uuid[], $3::uuid[], $4::bool[], $5::text[], $6::bigint[], $7::uuid[], $8::uuid[],
              $9::timestamptz[]{arrays})
       WITH ORDINALITY AS q(annotator, project, edge_case, truth_class, start, back, lane, since{names}, place)
 CROSS JOIN LATERAL (
   SELECT g.gold, g.item, g.truth_class, g.family FROM gold g
    WHERE q.back IS NOT NULL AND g.gold = q.back AND {asked} AND {unmet}
   UNION ALL {same_class}
   UNION ALL {same_kind}
   UNION ALL {other_kind}
   LIMIT 1) s
 WHERE {among}
"""


def _gold(arrays: str = "", names: str = "", also: str = "") -> str:
    return _GOLD.format(
        arrays=arrays,
        names=names,
        asked=_GOLD_ASKED,
        unmet=_GOLD_UNMET,
        same_class=_gold_of(f"{_GOLD_NEW} = q.edge_case AND g.truth_class = q.truth_class", also),
        same_kind=_gold_of(f"{_GOLD_NEW} = q.edge_case", also),
        other_kind=_gold_of(f"{_GOLD_NEW} = NOT q.edge_case", also),
        among=_GOLD_AMONG,
    )


GOLD = _gold()
# The same where other labels are shown: with enough of them to look like what waits.
GOLD_WITH_LABELS = _gold(
    ", $10::int[], $11::int[], $12::text[]",
    ", people, kinds, models",
    f" AND {enough('q.people', 'q.kinds', 'q.models')}",
)
# Who reviewed one answer to an item may review another ($4), but not answer it.
MET = """
SELECT 1 FROM worked WHERE tenant = $1 AND annotator = $2 AND item = $3 AND NOT ($4 AND as_reviewer) AND generation = $5
"""
LOCK_LEASES = (
    "SELECT lease FROM lease WHERE tenant = $1 AND lease = ANY($2::uuid[]) ORDER BY lease FOR UPDATE"
)
# Whoever gives a slot of the task back meanwhile is waited for, or waits.
LOCK_LEASES_OF_TASK = "SELECT lease FROM lease WHERE tenant = $1 AND task = $2 ORDER BY lease FOR UPDATE"
# What was given by name runs for its full time from the moment at which it is opened.
ALIVE = """
UPDATE lease l SET until = $3::timestamptz + make_interval(secs => (p.plan->>'lease_seconds')::int)
  FROM project p WHERE l.tenant = $1 AND l.lease = ANY($2::uuid[]) AND p.tenant = l.tenant AND p.project = l.project
"""
# A task is collected when nothing of it is open, waits while it is held, or is leased.
COLLECTED = """
SELECT t.task FROM unnest($2::uuid[]) t(task)
 WHERE NOT EXISTS (SELECT 1 FROM open_slot s WHERE s.tenant = $1 AND s.task = t.task)
   AND NOT EXISTS (SELECT 1 FROM held_slot h WHERE h.tenant = $1 AND h.task = t.task)
   AND NOT EXISTS (SELECT 1 FROM lease l WHERE l.tenant = $1 AND l.task = t.task)
"""
# Why there is nothing: every lane that could have been, and what each person lacks there.
LANES_OF_PROJECT = """
SELECT lane, project, stage, priority, requires, any_of, excludes, paused FROM lane
 WHERE tenant = $1 AND ($2::uuid IS NULL OR project = $2) AND stage = ANY($3::text[])
"""


@dataclass(frozen=True, slots=True)
class Person:
    """Standing of somebody who pulls, under lock: how many leases more they may hold, and which given to them by name
    wait to be opened; `quotas`: whether the tenant has any; when they were handed something last, which of the last two
    were gold (newest first), whether they gave something back since, and which gold of which kind of work."""

    annotator: UUID
    status: str
    paused_until: datetime | None
    held: list[str]
    room: int
    waiting: tuple[UUID, ...]
    lanes_version: int
    quotas: bool
    handed_at: datetime | None = None
    handed_gold: tuple[bool, ...] = ()
    gave_back: bool = False
    gold_back: UUID | None = None
    gold_back_stage: str | None = None

    @property
    def tokens(self) -> frozenset[str]:
        """What they hold at this moment."""
        return frozenset(self.held)


@dataclass(frozen=True, slots=True)
class Slot:
    """An open slot under lock; of one that was looked for, with the sealed payload and the task's workflow version."""

    lane: UUID
    ord: int
    task: UUID
    slot: int
    item: UUID
    generation: int = 1
    group: UUID | None = None
    payload: bytes | None = None
    workflow_version: int = 0


@dataclass(frozen=True, slots=True)
class Wish:
    """So many slots of a lane, from behind a place up to another; for one person, or for several (`who` is None)."""

    lane: UUID
    behind: int
    upto: int
    n: int
    who: UUID | None
    reviews: bool


async def lock_people(
    conn: asyncpg.Connection, tenant: TenantId, people: Sequence[UUID], now: datetime
) -> dict[UUID, Person]:
    """Lock these people's rows until the transaction ends; what they hold is what counts at `now`."""
    rows = await conn.fetch(LOCK_PEOPLE, tenant, list(people), now)
    leases = {row["annotator"]: row for row in await conn.fetch(LEASES_HELD, tenant, list(people))}
    found = {}
    for r in rows:
        held = leases[r["annotator"]]
        found[r["annotator"]] = Person(
            r["annotator"],
            r["status"],
            r["paused_until"],
            r["held"],
            r["open_leases_max"] - held["n"],
            tuple(held["waiting"]),
            held["lanes_version"],
            held["quotas"],
            held["last_at"],
            tuple(held["gold"] or ()),
            held["gave_back"],
            held["gold_back"],
            held["gold_back_stage"],
        )
    return found


async def take(conn: asyncpg.Connection, tenant: TenantId, wishes: Sequence[Wish]) -> list[list[Slot]]:
    """Lock what each wish names, in one statement; one list per wish. Slots that others have locked are passed over."""
    columns = zip(*((w.lane, w.behind, w.upto, w.n, w.who, w.reviews) for w in wishes), strict=True)
    found: list[list[Slot]] = [[] for _ in wishes]
    for place, *slot in await conn.fetch(TAKE, tenant, *map(list, columns)):
        found[place - 1].append(Slot(*slot))
    return found


async def take_groups(
    conn: asyncpg.Connection, tenant: TenantId, heads: Sequence[tuple[UUID, UUID | None, UUID, UUID, bool]]
) -> list[tuple[int, Slot]]:
    """Lock a slot of each other item of these groups: (lane, group, first item, annotator, reviews). With the place of
    the group among `heads`."""
    rows = await conn.fetch(TAKE_GROUP, tenant, *map(list, zip(*heads, strict=True)))
    return [(place - 1, Slot(*slot)) for place, *slot in rows]


def slot_of(row: asyncpg.Record) -> Slot:
    """A slot from a row of TAKE_OF_TASK or of a lease, which brings nothing to show."""
    return Slot(
        row["lane"], row["ord"], row["task"], row["slot"], row["item"], row["generation"], row["item_group"]
    )
