"""The tables of the foundation: the log and its projections."""

from pathlib import Path

from alembic import op

revision = "0001"
down_revision = None

BEFORE = """
CREATE SCHEMA keys;
CREATE SEQUENCE event_seq CACHE 1;
CREATE SEQUENCE access_seq CACHE 1;
CREATE FUNCTION current_epoch() RETURNS integer LANGUAGE sql STABLE AS 'SELECT 1';
"""


def _each(script: str) -> None:
    """One statement at a time: asyncpg prepares each, and a prepared statement is one statement."""
    for statement in script.split(";\n"):
        if statement.strip():
            op.get_bind().exec_driver_sql(statement.strip())


def upgrade() -> None:
    """Everything of the first release."""
    _each(BEFORE)
    _each(Path(__file__).with_suffix(".sql").read_text())
