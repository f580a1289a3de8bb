"""What requests leave behind beside their facts: an access entry each, and the outcome under their key. Set-based."""

import base64
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID

from backend.domain.errors import Refusal
from backend.events.store import idempotency, journal
from backend.events.store.datakeys import Wanted
from backend.events.store.envelope import KeyDestroyed
from backend.usecases.vault import Sealed
from backend.usecases.work import Answer, Caller, Meta, Seen, Work, salts

Key = tuple[UUID, str]


async def repeated(works: Sequence[Work]) -> dict[Work, idempotency.Answered]:
    """Those of these requests whose key was answered before, with what it was answered."""
    keys = {work: key for work in works if (key := _key(work)) is not None}
    if not keys:
        return {}
    known = await idempotency.find(works[0].conn, works[0].tenant, list(keys.values()))
    return {work: known[key] for work, key in keys.items() if key in known}


async def replayed(work: Work, known: idempotency.Answered, again: Any) -> Answer:
    """The outcome of a repeated request. Raises `idempotency_mismatch` for another request under the same key, and the
    refusal if it was one."""
    if known.fingerprint != work.meta.fingerprint:
        raise Refusal(
            "invalid",
            "idempotency_mismatch",
            expected="the same request under the same Idempotency-Key",
            found="another method, path or body",
            mend="choose a new key for a new request",
        )
    work.seen.rule = "I1 repeated request"
    (kept,) = await work.open([outcome_place(work, known.outcome)])
    if kept.get("refusal"):
        raise Refusal(**kept["refusal"])
    body = await again(work, kept["body"]) if again else kept["body"]
    return Answer(body, kept["status"], kept["etag"])


async def leave(answers: Mapping[Work, Answer], instance: str) -> list[Work]:
    """Keep what these requests were answered under their keys, and write an access entry for each; returns those whom
    somebody else overtook: nothing of this transaction may stay."""
    keyed = {work: (key, answer) for work, answer in answers.items() if (key := _key(work)) is not None}
    if not keyed:
        await write_entries(answers, instance)
        return []
    work = next(iter(keyed))
    keys = await work.keys(("tenant", work.tenant))
    outcomes = {}
    for one, (key, answer) in keyed.items():
        sealed = keys.seal_json("tenant", one.tenant, "outcome", one.me, "outcome", _kept(answer))
        outcomes[key] = idempotency.Answered(one.meta.fingerprint, sealed)
    entries = await _sealed([(one, _entry(one, answer, instance)) for one, answer in answers.items()])
    lost = await idempotency.keep(work.conn, outcomes, work.now, entries, salts(len(entries)))
    return [one for one, (key, _) in keyed.items() if key in lost]


def outcome_place(work: Work, envelope: bytes) -> Sealed:
    """Where the outcome of a request of this caller is sealed to."""
    return Sealed("tenant", work.tenant, "outcome", UUID(int=work.me.int), "outcome", envelope)


def _key(work: Work) -> Key | None:
    key = work.meta.idempotency_key
    return None if key is None else (work.me, key)


def _kept(answer: Answer) -> dict[str, Any]:
    return {
        "body": answer.body if answer.keep is None else answer.keep,
        "status": answer.status,
        "etag": answer.etag,
        "refusal": _told(answer.refusal) if answer.refusal else None,
    }


def _told(refusal: Refusal) -> dict[str, Any]:
    names = ("kind", "code", "expected", "found", "mend", "extra")
    return {name: getattr(refusal, name) for name in names}


async def write_entries(answers: Mapping[Work, Answer], instance: str) -> None:
    """One access entry for each of these requests, and no outcome."""
    await write_sealed([(work, _entry(work, answer, instance)) for work, answer in answers.items()])


async def write_sealed(entries: Sequence[tuple[Work, journal.Entry]]) -> None:
    """Write these entries, each of the work beside it."""
    await journal.write(entries[0][0].conn, await _sealed(entries), salts(len(entries)))


async def _sealed(entries: Sequence[tuple[Work, journal.Entry]]) -> list[journal.Entry]:
    """The address is personal data: it goes in as ciphertext under the key of the person it belongs to."""
    first = entries[0][0]
    people: set[Wanted] = {("person", work.me) for work, _ in entries if work.meta.source is not None}
    keys = await first.keys(*people) if people else None
    written = []
    for work, entry in entries:
        source = None
        if work.meta.source is not None and keys is not None:
            # Whoever was erased leaves no address any more, but still an entry.
            with suppress(KeyDestroyed):
                sealed = keys.seal_json(
                    "person", work.me, "access_entry", entry.entry, "source", work.meta.source
                )
                source = base64.b64encode(sealed).decode()
        entry.source = source
        written.append(entry)
    return written


def _entry(work: Work, answer: Answer, instance: str) -> journal.Entry:
    refusal = answer.refusal
    entry = journal.Entry(
        entry=work.new_id(),
        tenant=work.tenant,
        at=work.now,
        request=work.meta.request,
        action=work.meta.operation,
        outcome=refusal.kind if refusal else answer.status,
        error_code=refusal.code if refusal else None,
        instance=instance,
    )
    describe(entry, work.caller, work.meta, work.seen)
    return entry


def describe(entry: journal.Entry, caller: Caller | None, meta: Meta, seen: Seen) -> None:
    """Enter who acted, for whom, by which rule, on what, and what was seen."""
    if caller is not None:
        entry.actor, entry.actor_kind = caller.subject.id, caller.subject.kind
        entry.credential = caller.credential
        if caller.via is not None:
            entry.actor, entry.actor_kind, entry.behalf_of = caller.via, "service", caller.subject.id
    entry.rule = seen.rule
    entry.resource = meta.resource
    entry.subjects = sorted(seen.subjects)
    entry.results = seen.results
    entry.fields_seen = sorted(seen.fields)
