-- Bulk seeding, as data only: it writes the read tables directly and not through the log, so these slots have no events.
-- Slot i of :slots lies in lane i % :lanes, behind all smaller ones. Ids are like ours: time first, then chance.
-- bench_lane (no, lane, project) and bench_payload (i, payload: sealed, for the slots that a run can reach) are there.
CREATE OR REPLACE FUNCTION bench_id(kind text, i bigint) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT overlay(overlay(overlay(md5(kind || i) PLACING lpad(to_hex(1700000000000 + i / 16), 12, '0') FROM 1)
                         PLACING '7' FROM 13) PLACING '8' FROM 17)::uuid
$$;

INSERT INTO item (tenant, item, project, external_key, external_key_index, payload, imported_at)
SELECT ':tenant', bench_id('item', g.i), l.project, decode(repeat('6b', 80), 'hex'), decode(md5('key' || g.i), 'hex'),
       coalesce(p.payload, decode(repeat('70', 96), 'hex')), now()
  FROM generate_series(0::bigint, :slots - 1) AS g(i)
  JOIN bench_lane l ON l.no = g.i % :lanes
  LEFT JOIN bench_payload p ON p.i = g.i;

INSERT INTO task (tenant, task, item, project, lane, stage, slots, first_ord, step)
SELECT ':tenant', bench_id('task', g.i), bench_id('item', g.i), l.project, l.lane, 'annotate', 1, :first_ord + g.i,
       'annotate'
  FROM generate_series(0::bigint, :slots - 1) AS g(i) JOIN bench_lane l ON l.no = g.i % :lanes;
