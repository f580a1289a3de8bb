-- The plainest queue in PostgreSQL: one table of what waits, one of what was taken. :rows rows at the start.
DROP TABLE IF EXISTS reference_job, reference_taken;
CREATE TABLE reference_job (
  id bigint PRIMARY KEY,
  task uuid NOT NULL,
  item uuid NOT NULL
);
CREATE TABLE reference_taken (
  id bigint PRIMARY KEY,
  task uuid NOT NULL,
  who integer NOT NULL,
  at timestamptz NOT NULL DEFAULT now()
);
INSERT INTO reference_job
SELECT n, md5('task' || n)::uuid, md5('item' || n)::uuid FROM generate_series(1, :rows) n;
