"""Protection: facts that nobody may change, rows that only their tenant sees, and who may do what.

A migration of its own, because the statistics need tables that are committed: see 0002_statistics.sql.
"""

from pathlib import Path

from alembic import op

revision = "0002"
down_revision = "0001"

TENANT_TABLES = (
    "access_entry access_ref agreement answer confusion course credential escalation event event_log gold idempotency "
    "item job lane late_answer lease lease_ended log_head open_slot person proficiency project result review skill "
    "subscription task throughput worked keys.data_key proficiency_shown"
).split()
FACTS = "access_entry access_ref event event_log".split()

REFUSE_CHANGE = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'expected facts to be appended only; found % on %; append a correcting fact', TG_OP, TG_TABLE_NAME
    USING ERRCODE = 'restrict_violation';
END $$;
"""

PROTECT = """
CREATE TRIGGER {table}_unchanged BEFORE UPDATE OR DELETE ON {table}
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER {table}_kept BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""

ISOLATE = """
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_rows ON {table}
  USING (tenant = NULLIF(current_setting('app.tenant', true), '')::uuid)
  WITH CHECK (tenant = NULLIF(current_setting('app.tenant', true), '')::uuid);
"""

AFTER = """
CREATE POLICY presented_key ON credential FOR SELECT USING (key = current_setting('app.key', true));
INSERT INTO sequencer (one, epoch, xid, seq, cluster) VALUES (1, 0, '0', 0, '');

GRANT USAGE ON SCHEMA public, keys TO muster_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public, keys TO muster_app;
REVOKE UPDATE, DELETE ON event, access_entry, access_ref FROM muster_app;
REVOKE INSERT, UPDATE, DELETE ON event_log, log_head, sequencer FROM muster_app;
REVOKE DELETE ON keys.data_key FROM muster_app;
GRANT USAGE ON SEQUENCE event_seq, access_seq TO muster_app;

GRANT USAGE ON SCHEMA public TO muster_sequencer;
GRANT SELECT ON event, alembic_version TO muster_sequencer;
GRANT SELECT, INSERT ON event_log TO muster_sequencer;
GRANT SELECT, INSERT, UPDATE ON log_head TO muster_sequencer;
GRANT SELECT, UPDATE ON sequencer, job TO muster_sequencer;
GRANT SELECT, DELETE ON idempotency TO muster_sequencer;
"""


def _each(script: str) -> None:
    """One statement at a time: asyncpg prepares each, and a prepared statement is one statement."""
    for statement in script.split(";\n"):
        if statement.strip():
            op.get_bind().exec_driver_sql(statement.strip())


def upgrade() -> None:
    """Teach the planner, then lock the doors: the triggers would refuse to take the samples away again."""
    run = op.get_bind().exec_driver_sql
    run(Path(__file__).with_name("0002_statistics.sql").read_text())
    run(REFUSE_CHANGE)
    for table in FACTS:
        _each(PROTECT.format(table=table))
    for table in TENANT_TABLES:
        _each(ISOLATE.format(table=table))
    _each(AFTER)
