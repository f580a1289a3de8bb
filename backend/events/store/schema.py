"""The tables of the log itself: events, their sequence, checkpoints, access entries, jobs, answered requests."""

from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP, UUID
from sqlalchemy.types import UserDefinedType

metadata = MetaData()


class Xid8(UserDefinedType[Any]):
    """PostgreSQL's 64-bit transaction id."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """The type's name in DDL."""
        return "xid8"


def instant() -> TIMESTAMP:
    """A point in time with its zone, to the microsecond."""
    return TIMESTAMP(timezone=True)


def key(name: str, **options: Any) -> Column[Any]:
    """A UUID column of the primary key."""
    return Column(name, UUID(as_uuid=True), primary_key=True, **options)


def ref(name: str, **options: Any) -> Column[Any]:
    """A UUID column that names something else."""
    return Column(name, UUID(as_uuid=True), nullable=options.pop("nullable", False), **options)


def tenant_table(name: str, *columns: Any, **options: Any) -> Table:
    """A table whose every key starts with the tenant and whose rows only that tenant can see."""
    info = {"tenant_rows": True} | options.pop("info", {})
    return Table(name, metadata, key("tenant"), *columns, info=info, **options)


event = tenant_table(
    "event",
    key("stream"),
    Column("version", Integer, primary_key=True),
    Column("seq", BigInteger, nullable=False, server_default=text("nextval('event_seq')")),
    Column("xid", Xid8(), nullable=False, server_default=text("pg_current_xact_id()")),
    Column("epoch", Integer, nullable=False, server_default=text("current_epoch()")),
    Column("type", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("event_order", "epoch", "xid", "seq"),
    info={"immutable": True},
)

event_log = tenant_table(
    "event_log",
    Column("idx", BigInteger, primary_key=True, autoincrement=False),
    ref("stream"),
    Column("version", Integer, nullable=False),
    UniqueConstraint("tenant", "stream", "version", name="event_log_place"),
    info={"immutable": True},
)

log_head = tenant_table("log_head", Column("next_idx", BigInteger, nullable=False))

sequencer = Table(
    "sequencer",
    metadata,
    Column("one", SmallInteger, primary_key=True, autoincrement=False),
    Column("epoch", Integer, nullable=False),
    Column("xid", Text, nullable=False),
    Column("seq", BigInteger, nullable=False),
    Column("cluster", Text, nullable=False),
    # The migration whose tables the projections were last folded into.
    Column("folded", Text),
)

subscription = tenant_table(
    "subscription",
    Column("name", Text, primary_key=True),
    Column("next_idx", BigInteger, nullable=False),
)

access_entry = tenant_table(
    "access_entry",
    key("entry"),
    Column("seq", BigInteger, nullable=False, server_default=text("nextval('access_seq')")),
    Column("xid", Xid8(), nullable=False, server_default=text("pg_current_xact_id()")),
    Column("epoch", Integer, nullable=False, server_default=text("current_epoch()")),
    Column("at", instant(), nullable=False),
    ref("actor", nullable=True),
    Column("action", Text, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("access_entry_order", "epoch", "xid", "seq"),
    Index("access_entry_actor", "tenant", "actor", "at"),
    Index("access_entry_action", "tenant", "action", "at"),
    Index("access_entry_at", "tenant", "at", "entry"),
    info={"immutable": True},
)

access_ref = tenant_table(
    "access_ref",
    key("ref"),
    key("entry"),
    Column("at", instant(), nullable=False),
    info={"immutable": True},
)

job = tenant_table(
    "job",
    key("job"),
    Column("kind", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("args", JSONB, nullable=False),
    Column("due_at", instant(), nullable=False),
    Column("attempt", Integer, nullable=False, server_default=text("0")),
    Column("locked_until", instant()),
    Column("state", Text, nullable=False, server_default=text("'due'")),
    Column("last_error", Text),
    Index("job_due", "due_at", postgresql_where=text("state = 'due'")),
    Index(
        "job_once",
        "tenant",
        "kind",
        "subject",
        unique=True,
        postgresql_where=text("state = 'due' AND attempt = 0"),
    ),
)

idempotency = tenant_table(
    "idempotency",
    key("principal"),
    Column("idempotency_key", Text, primary_key=True),
    Column("fingerprint", LargeBinary, nullable=False),
    Column("outcome", LargeBinary, nullable=False),
    Column("at", instant(), nullable=False),
    Index("idempotency_at", "at"),
)

# What somebody has begun to answer: working state, not a fact. It outlives the lease under which it was written.
draft = tenant_table(
    "draft",
    key("annotator"),
    key("item"),
    Column("stage", Text, primary_key=True),
    ref("project"),
    ref("lease"),
    Column("draft", LargeBinary, nullable=False),
    Column("at", instant(), nullable=False),
)

# Which tasks were drawn for a bulk act and are not done yet: working state; the fact is the digest in `bulk.sampled`.
task_sample = tenant_table("task_sample", key("bulk"), key("task"))

# Every sign of life updates its rows in place: no index beside the keys, and room for the next version.
IN_PLACE = {
    "autovacuum_vacuum_scale_factor": 0,
    "autovacuum_vacuum_threshold": 20_000,
    "autovacuum_vacuum_cost_delay": 0,
    "fillfactor": 60,
}

# The last sign of life of everybody who works: working state, not a fact. `begun_at` to `seen_at` is the last stretch
# that was measured; no two stretches of a person overlap.
presence = tenant_table(
    "presence",
    key("annotator"),
    Column("day_since", instant(), nullable=False),
    Column("since", instant(), nullable=False),
    Column("begun_at", instant(), nullable=False),
    Column("seen_at", instant(), nullable=False),
    info={"storage": IN_PLACE},
)

# Time not yet written down; `begins` is null while there is none. `since` and `seen_at` are those of work in the
# project. What is lost with it is a few minutes of measured time.
work_pending = tenant_table(
    "work_pending",
    key("annotator"),
    key("project"),
    Column("since", instant(), nullable=False),
    Column("seen_at", instant(), nullable=False),
    Column("begins", instant()),
    Column("raw_ms", BigInteger, nullable=False),
    Column("counted_ms", BigInteger, nullable=False),
    info={"storage": IN_PLACE},
)
