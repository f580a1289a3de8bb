"""How a migration makes tables: the statements of its file, then the walls, the rights and what the planner knows."""

from collections.abc import Sequence
from pathlib import Path

from alembic import op

ISOLATE = """
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_rows ON {table}
  USING (tenant = NULLIF(current_setting('app.tenant', true), '')::uuid)
  WITH CHECK (tenant = NULLIF(current_setting('app.tenant', true), '')::uuid);
GRANT SELECT, INSERT, UPDATE, DELETE ON {table} TO muster_app;
"""


def each(script: str) -> None:
    """One statement at a time: asyncpg prepares each, and a prepared statement is one statement."""
    said = "\n".join(line for line in script.splitlines() if not line.startswith("--")) + "\n"
    for statement in said.split(";\n"):
        if statement.strip():
            op.get_bind().exec_driver_sql(statement.strip())


def make(migration: str, tables: Sequence[str]) -> None:
    """Run the SQL file beside the migration; then `tables` show their rows to their tenant only."""
    each(Path(migration).with_suffix(".sql").read_text())
    for table in tables:
        each(ISOLATE.format(table=table))


def teach(tables: Sequence[str]) -> None:
    """Teach the planner what these tables look like before there is data (decision 0014)."""
    names = ", ".join(f"'{table}'::regclass" for table in tables)
    script = Path(__file__).with_name("statistics.sql").read_text()
    op.get_bind().exec_driver_sql(script.replace("{tables}", names))
