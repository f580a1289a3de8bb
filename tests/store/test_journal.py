"""Access entries: bytes that are final the moment they are written, found again by whom they name."""

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg

from backend.events.ids import RequestId, TenantId
from backend.events.store import journal
from backend.events.store.codec import canonical
from backend.events.store.database import transaction
from tests.support.golden import same_as_golden
from tests.support.notes import AT, new_tenant

GOLDEN = Path(__file__).parent / "golden" / "access_entry.1.json"
SALT = bytes(range(16))


def full_entry() -> journal.Entry:
    """An entry with something in every field."""
    return journal.Entry(
        entry=UUID(int=1),
        tenant=TenantId(UUID(int=2)),
        at=AT,
        request=RequestId(UUID(int=3)),
        action="item_get",
        actor=UUID(int=4),
        actor_kind="service",
        behalf_of=UUID(int=5),
        credential="a key's id",
        allow=False,
        rule="T1 another tenant",
        outcome="not_found",
        error_code="not_found",
        resource=("item", str(UUID(int=9))),
        subjects=[UUID(int=6), UUID(int=7)],
        fields_seen=["answer", "payload"],
        results=[UUID(int=8)],
        result_count=1,
        source="ciphertext",
        instance="api 1",
    )


def test_an_access_entry_is_written_as_committed() -> None:
    same_as_golden(GOLDEN, journal.body(full_entry(), SALT).decode() + "\n", frozen=True)


def test_an_access_entry_is_canonical_whatever_its_texts_hold() -> None:
    odd = "".join(map(chr, range(0x100))) + "\u2028\ufeff\U0001f600"
    entry = replace(full_entry(), rule=odd, fields_seen=[odd], error_code=None, resource=None)
    for one in (full_entry(), entry, replace(entry, subjects=[uuid4()] * 501, actor=None)):
        body = journal.body(one, SALT)
        assert body == canonical(json.loads(body))


def test_beyond_five_hundred_ids_only_their_number_stays_inline() -> None:
    many = [UUID(int=n) for n in range(501)]
    few = journal.body(replace(full_entry(), results=many[:500], result_count=None), SALT)
    assert str(many[499]).encode() in few
    lot = journal.body(replace(full_entry(), results=many, result_count=None), SALT)
    assert b'"result_count":501,"result_ids":[]' in lot
    few = journal.body(replace(full_entry(), subjects=many[:500]), SALT)
    assert str(many[499]).encode() in few and b"subject_count" not in few
    lot = journal.body(replace(full_entry(), subjects=many), SALT)
    assert b'"subject_count":501,"subjects":[]' in lot


async def search(app: asyncpg.Pool, tenant: TenantId, **wanted: Any) -> list[str]:
    """Actions of the entries found."""
    everything = {"actor": None, "action": None, "about": None, "before": None, "limit": 10} | wanted
    async with transaction(app, tenant) as conn:
        found = await journal.search(conn, tenant, **everything)
    assert all("salt" not in one for one in found)
    return [one["action"] for one in found]


async def test_entries_are_found_by_actor_by_action_and_by_everybody_they_name(app: asyncpg.Pool) -> None:
    tenant, ann, ben, item = new_tenant(), uuid4(), uuid4(), uuid4()
    async with transaction(app, tenant) as conn:
        for n, (actor, action, about) in enumerate(
            [(ann, "one", ben), (ben, "two", item), (ann, "three", item)]
        ):
            at = AT.replace(second=n)
            entry = journal.Entry(
                uuid4(), tenant, at, RequestId(uuid4()), action, actor=actor, results=[about]
            )
            await journal.write(conn, [entry], [os.urandom(16)])
    assert await search(app, tenant) == ["three", "two", "one"]
    assert await search(app, tenant, actor=ann) == ["three", "one"]
    assert await search(app, tenant, action="two") == ["two"]
    assert await search(app, tenant, about=ben) == ["two", "one"]
    assert await search(app, tenant, about=item, actor=ann) == ["three"]
    assert await search(app, tenant, before=(AT.replace(second=2), UUID(int=0))) == ["two", "one"]
    assert await search(app, new_tenant()) == []


async def test_the_bytes_in_the_database_are_the_canonical_ones(app: asyncpg.Pool) -> None:
    entry = replace(full_entry(), tenant=new_tenant())
    async with transaction(app, entry.tenant) as conn:
        await journal.write(conn, [entry], [SALT])
        kept = await conn.fetchval("SELECT body FROM access_entry")
        refs = {row["ref"] for row in await conn.fetch("SELECT ref FROM access_ref")}
    assert kept == journal.body(entry, SALT)
    assert canonical({"a": 1}) == b'{"a":1}'
    assert refs == {entry.actor, *entry.subjects, *entry.results, UUID(int=9)}
