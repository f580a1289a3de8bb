"""The log: load streams, append at the expected version, never wait for another writer."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

import asyncpg

from backend.events.base import Recorded, name_of
from backend.events.ids import StreamId, TenantId
from backend.events.store.codec import decode, encode

# A row is written only where the stream's head is what the writer saw: version 1, or the version before exists.
# Without that check version 7 could follow version 1 and the sequencer would wait for 2 to 6 for ever. OFFSET 0 keeps
# it one look into the index per row: a plan made while the table was empty would hash the tenant's whole log.
APPEND = """
INSERT INTO event (tenant, stream, version, type, body)
SELECT $1, n.stream, n.version, n.type, n.body
  FROM unnest($2::uuid[], $3::int[], $4::int[], $5::text[], $6::bytea[])
       WITH ORDINALITY AS n(stream, version, first, type, body, place)
 WHERE n.first = 1
    OR EXISTS (SELECT 1 FROM event e WHERE e.tenant = $1 AND e.stream = n.stream AND e.version = n.first - 1 OFFSET 0)
 ORDER BY n.place
ON CONFLICT DO NOTHING
RETURNING stream, version
"""

# $3 and $4, the first and the last of these streams, say which years they were born in. A list alone leads into every
# part of the log: a plan made for all lists knows nothing of what is in one.
LOAD = """
SELECT stream, body FROM event WHERE tenant = $1 AND stream = ANY($2::uuid[]) AND stream BETWEEN $3 AND $4
 ORDER BY stream, version
"""


class AppendConflict(Exception):
    """Another writer was first in these streams; the transaction must be rolled back and decided again."""

    def __init__(self, streams: set[StreamId]) -> None:
        super().__init__(
            f"expected to write first; found {len(streams)} stream(s) already further; decide again"
        )
        self.streams = streams


async def append(
    conn: asyncpg.Connection, tenant: TenantId, facts: Sequence[Recorded], salts: Iterable[bytes]
) -> None:
    """Append all facts in one statement, in their order. Raises AppendConflict, having written part of them."""
    if not facts:
        return
    first: dict[StreamId, int] = {}
    for fact in facts:
        first.setdefault(fact.stream, fact.version)
    written = await conn.fetch(
        APPEND,
        tenant,
        [fact.stream for fact in facts],
        [fact.version for fact in facts],
        [first[fact.stream] for fact in facts],
        [name_of(fact.event) for fact in facts],
        [encode(fact, salt) for fact, salt in zip(facts, salts, strict=False)],
    )
    if len(written) < len(facts):
        done = {(row["stream"], row["version"]) for row in written}
        raise AppendConflict({fact.stream for fact in facts if (fact.stream, fact.version) not in done})


async def load(
    conn: asyncpg.Connection, tenant: TenantId, streams: Sequence[StreamId]
) -> Mapping[StreamId, list[Recorded]]:
    """The events of each stream, oldest first, in one query; a stream without events has an empty list."""
    found: dict[UUID, list[Recorded]] = defaultdict(list)
    if not streams:
        return found
    for row in await conn.fetch(LOAD, tenant, streams, min(streams), max(streams)):
        found[row["stream"]].append(decode(row["body"]))
    return found
