-- Every slot open again, as if nobody had pulled. What the log says of earlier pulls stays where it is.
TRUNCATE open_slot, held_slot, lease, lease_ended, worked;
INSERT INTO open_slot (tenant, lane, ord, task, slot, item, generation)
SELECT ':tenant', l.lane, :first_ord + g.i, bench_id('task', g.i), 1, bench_id('item', g.i), 1
  FROM generate_series(0::bigint, :slots - 1) AS g(i) JOIN bench_lane l ON l.no = g.i % :lanes;
