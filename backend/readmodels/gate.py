"""The gate's questions: what somebody holds, and what is asked of who sees or answers a lease, at this moment."""

from backend.readmodels.holdings import HELD

MAY = f"""
SELECT p.status, {HELD.format(at="$4::timestamptz")} AS held, l.requires, l.any_of, l.excludes FROM person p, lane l
 WHERE p.tenant = $1 AND p.annotator = $2 AND l.tenant = $1 AND l.lane = $3
"""
# What the lane `a` asks of who holds the lease `l`: what was begun under one version of the guideline may be finished
# under it, so instead of the newest version it asks for the lease's own (0: there was none yet), and never for a
# certificate that came to be asked for.
ASKED_OF_LEASE = """ARRAY(
    SELECT CASE WHEN starts_with(r.token, g.of || ':') THEN g.of || ':' || l.guideline_version ELSE r.token END
      FROM unnest(a.requires) WITH ORDINALITY r(token, place), (SELECT 'guideline:' || l.project::text AS of) g
     WHERE (l.guideline_version > 0 OR NOT starts_with(r.token, g.of || ':'))
       AND NOT starts_with(r.token, 'certified:') ORDER BY r.place) AS requires"""
# What is asked under the ring by which the person was served; of a ring that is gone, what the one before it asks.
RING_OF_LEASE = """JOIN LATERAL (
         SELECT r.* FROM lane_ring r WHERE r.tenant = l.tenant AND r.lane = l.lane AND r.ring <= l.ring
          ORDER BY r.ring DESC LIMIT 1) a ON true"""
# Before a payload is read outside a claim: after the wait for whoever takes a right away, only a new statement sees all
# that they changed. The gate's own FOR SHARE looks again at the person's row alone, not at the rows of rights.
SHARE_PERSON = "SELECT annotator FROM person WHERE tenant = $1 AND annotator = $2 FOR SHARE"
# What leases held show (gold, which has no task, as the newest workflow would), with the gate: who holds the lease now,
# and what its lane asks for at this moment. Whoever takes a right away changes the person's row and so waits for the
# reads in flight, and they for it.
SHOWN = f"""
SELECT l.*, NULL::text AS how, p.status, {HELD.format(at="$3::timestamptz")} AS held, {ASKED_OF_LEASE},
       a.any_of, a.excludes, i.payload, coalesce(t.workflow_version, pr.workflow_version) AS workflow_version,
       pr.labels_shown
  FROM lease l JOIN person p ON p.tenant = l.tenant AND p.annotator = l.annotator
  JOIN item i ON i.tenant = l.tenant AND i.item = l.item
  JOIN project pr ON pr.tenant = l.tenant AND pr.project = l.project
  LEFT JOIN task t ON t.tenant = l.tenant AND t.task = l.task
  {RING_OF_LEASE}
 WHERE l.tenant = $1 AND l.lease = ANY($2::uuid[])
   FOR SHARE OF p
"""
# Of the leases these people hold, each with what it asks for and what its person holds at this moment.
MAY_OF_PEOPLE = f"""
SELECT l.lease, p.status, {HELD.format(at="$3::timestamptz")} AS held, {ASKED_OF_LEASE},
       a.any_of, a.excludes
  FROM lease l JOIN person p ON p.tenant = l.tenant AND p.annotator = l.annotator
  {RING_OF_LEASE}
 WHERE l.tenant = $1 AND l.annotator = ANY($2::uuid[]) ORDER BY l.lease
"""
