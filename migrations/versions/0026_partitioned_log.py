"""The log is cut by the year in which a stream is born; what it held until now is the first part (decision 0032)."""

from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from alembic import op

from migrations.making import each

revision = "0026"
down_revision = "0025"

# That no row lies beyond the first part is found out beforehand, while others go on reading and writing.
BORN_BEFORE = """
ALTER TABLE event DROP CONSTRAINT IF EXISTS event_born;
ALTER TABLE event ADD CONSTRAINT event_born CHECK (stream < '{end}') NOT VALID;
"""
VALIDATE = """
DO $$ BEGIN
  ALTER TABLE event VALIDATE CONSTRAINT event_born;
EXCEPTION WHEN check_violation THEN NULL;  -- moved below
END $$
"""

# An id that says no time, or one of a clock that was wrong: the only rows that change their place. Row-level security
# would hide them from the owner.
MOVE = """
DO $$ BEGIN
  IF EXISTS (SELECT FROM pg_constraint WHERE conname = 'event_born' AND NOT convalidated) THEN
    ALTER TABLE event_{year} NO FORCE ROW LEVEL SECURITY;
    WITH other AS (DELETE FROM event_{year} WHERE stream >= '{end}' RETURNING *)
    INSERT INTO event_other SELECT * FROM other;
    ALTER TABLE event_{year} FORCE ROW LEVEL SECURITY;
    ALTER TABLE event_{year} VALIDATE CONSTRAINT event_born;
  END IF;
END $$
"""
ATTACH = """
ALTER TABLE event ATTACH PARTITION event_{year} FOR VALUES FROM (MINVALUE) TO ('{end}');
ALTER TABLE event_{year} DROP CONSTRAINT event_born;
ALTER TABLE event ATTACH PARTITION event_other DEFAULT;
SELECT wall_of_part('event_other');
SELECT make_log_year({year} + 1);
"""

# Nobody has a right on a part; whoever is given one by mistake still meets the wall and the refusal.
WALL = """
CREATE FUNCTION wall_of_part(part text) RETURNS void LANGUAGE plpgsql
  SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  EXECUTE format('ALTER TABLE public.%I ENABLE ROW LEVEL SECURITY', part);
  EXECUTE format('ALTER TABLE public.%I FORCE ROW LEVEL SECURITY', part);
  EXECUTE format('CREATE POLICY tenant_rows ON public.%I'
                 ' USING (tenant = NULLIF(current_setting(''app.tenant'', true), '''')::uuid)'
                 ' WITH CHECK (tenant = NULLIF(current_setting(''app.tenant'', true), '''')::uuid)', part);
  EXECUTE format('CREATE TRIGGER kept BEFORE TRUNCATE ON public.%I'
                 ' FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change()', part);
END $$
"""

# True when the year has its part. ATTACH rather than PARTITION OF: nobody who uses the log waits, except for the look
# through `event_other`, which gives way to a long reader; whoever asked asks again. A year of which something is in
# `event_other` already cannot be cut out of it any more: its streams live on there.
YEAR = """
CREATE FUNCTION make_log_year(born integer) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER
  SET search_path = pg_catalog, public, pg_temp SET lock_timeout = '2s' AS $$
DECLARE
  part text := 'event_' || born;
  ends uuid[] := (SELECT array_agg((lpad(to_hex(1000 * extract(epoch FROM new_year)::bigint), 12, '0')
                                    || repeat('0', 20))::uuid ORDER BY new_year)
                    FROM generate_series(born, born + 1) AS y, make_timestamptz(y, 1, 1, 0, 0, 0, 'UTC') AS new_year);
BEGIN
  IF born NOT BETWEEN 2000 AND extract(year FROM now()) + 10 THEN
    RAISE EXCEPTION 'expected a year from 2000 to ten years ahead; found %', born;
  END IF;
  PERFORM pg_advisory_xact_lock(7003005);
  IF to_regclass('public.' || part) IS NOT NULL THEN
    RETURN true;
  END IF;
  EXECUTE format('CREATE TABLE public.%I (LIKE public.event INCLUDING DEFAULTS)', part);
  EXECUTE format('ALTER TABLE public.event ATTACH PARTITION public.%I FOR VALUES FROM (%L) TO (%L)',
                 part, ends[1], ends[2]);
  PERFORM public.wall_of_part(part);
  RETURN true;
EXCEPTION WHEN check_violation OR lock_not_available THEN
  RAISE WARNING 'expected to make % of the log; found: %; its streams go to event_other', part, SQLERRM;
  RETURN false;
END $$
"""
RIGHTS = """
REVOKE EXECUTE ON FUNCTION wall_of_part(text), make_log_year(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION make_log_year(integer) TO muster_sequencer;
"""


def upgrade() -> None:
    """Look first, and block nobody meanwhile; then cut at the end of this year (UTC), in one short transaction."""
    run = op.get_bind().exec_driver_sql
    year = run("SELECT extract(year FROM now() AT TIME ZONE 'UTC')::int").scalar_one()
    end = UUID(int=int(datetime(year + 1, 1, 1, tzinfo=UTC).timestamp() * 1_000) << 80)
    with op.get_context().autocommit_block():
        each(BORN_BEFORE.format(end=end))
        run(VALIDATE)
    each(Path(__file__).with_suffix(".sql").read_text().replace("{year}", str(year)))
    run(MOVE.format(year=year, end=end))
    run(WALL)
    run(YEAR)
    each(ATTACH.format(year=year, end=end) + RIGHTS)
