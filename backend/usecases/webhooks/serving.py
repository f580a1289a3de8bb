"""Serving a webhook: sent as a test, told again, looked up; and what the deliverer does in Muster's own name."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from pydantic_core import to_json

from backend.domain.access import policy
from backend.domain.access import webhook as domain
from backend.domain.access import webhook_signature as signature
from backend.domain.errors import Refusal, not_found
from backend.events.ids import KeyId, PrincipalId, ProjectId, TenantId
from backend.events.store import outbox
from backend.events.store.codec import decode, instant_text
from backend.events.tasks import TaskDecided
from backend.readmodels import credentials, tasks
from backend.usecases.vault import Sealed
from backend.usecases.webhooks.telling import VERSION, event_id
from backend.usecases.webhooks.webhooks import found, place, stop
from backend.usecases.work import Answer, Caller, Work

SAID_CHARS_MAX = 500
MARGIN_SECONDS = 60
Row = dict[str, Any]


class Answered(Protocol):
    """What came back of a request of ours."""

    status: int | None
    error: str | None
    retry_after: str | None
    said: bytes
    seconds: float


async def webhook_test(work: Work, *, webhook: UUID) -> Answer:
    """Send a signed `webhook.test` now, once, and tell what the receiver said."""
    work.require("webhook:manage")
    row = await found(work, webhook)
    if work.outgoing is None:
        raise Refusal(
            "unavailable",
            "webhooks_off",
            expected="a process that may send",
            found="one that may not",
            mend="send the request to another one",
        )
    url, secrets = await address(work, row)
    event = {
        "id": str(work.new_id()),
        "type": "webhook.test",
        "version": VERSION,
        "occurred_at": instant_text(work.now),
        "index": None,
        "tenant": str(work.tenant),
        "project": str(row["project"]) if row["project"] else None,
        "data": {"webhook": str(webhook)},
    }
    body = to_json(event)
    headers = signature.signed(secrets, str(event["id"]), int(work.now.timestamp()), body)
    outgoing = work.outgoing

    async def then() -> Mapping[str, Any]:
        """After the commit: no transaction waits for somebody else's server."""
        answered: Answered = await outgoing.post(url, headers, body)
        said = answered.said.decode("utf-8", "replace")[:SAID_CHARS_MAX]
        return {
            "delivered": answered.status is not None and 200 <= answered.status < 300,
            "status": answered.status,
            "error": answered.error,
            "seconds": round(answered.seconds, 3),
            "said": said or None,
        }

    silent = {"delivered": None, "status": None, "error": None, "seconds": None, "said": None}
    return Answer({"webhook": webhook, "message": event["id"], **silent}, then=then)


async def webhook_replay(
    work: Work,
    *,
    webhook: UUID,
    from_index: int | None = None,
    since: datetime | None = None,
    delivery: UUID | None = None,
    parked: bool = False,
) -> Answer:
    """Bring again: everything from an index or a moment on, one delivery, or all that is parked. Each keeps its
    `webhook-id`. `from_index` tells the place that the log is read from now. Raises `webhook_replay_unclear` unless
    exactly one of them is said, and for an index or a moment that is ahead of the log."""
    work.require("webhook:manage")
    await found(work, webhook)
    if sum((from_index is not None, since is not None, delivery is not None, parked)) != 1:
        raise Refusal(
            "invalid",
            "webhook_replay_unclear",
            expected="exactly one of from_index, since, delivery and parked",
            found="none, or several",
            mend="say one of them",
        )
    again = 0
    if delivery is not None or parked:
        again = len(await work.conn.fetch(outbox.AGAIN, work.tenant, webhook, delivery, work.now))
        known = again or parked or await outbox.rows(work.conn, outbox.ONE, work.tenant, webhook, delivery)
        if not known:
            raise not_found("a delivery")
    else:
        start = await _start(work, from_index, since)
        from_index = await work.conn.fetchval(outbox.SET_BACK, work.tenant, webhook, start)
    await work.conn.execute(outbox.WAKE, work.tenant, webhook, work.now)
    work.saw(results=[webhook])
    return Answer({"webhook": webhook, "from_index": from_index, "requeued": again})


async def _start(work: Work, from_index: int | None, since: datetime | None) -> int:
    """The index to begin at. Refuses `webhook_replay_unclear` where nothing can have happened yet."""
    head = int(await work.conn.fetchval(outbox.HEAD, work.tenant))
    if from_index is not None and from_index <= head:
        return from_index
    if since is not None and since <= work.now:
        return await _index_at(work, since, head)
    raise Refusal(
        "invalid",
        "webhook_replay_unclear",
        expected=f"an index up to {head}, the log's head, or a moment that has been",
        found=f"index {from_index}" if since is None else f"the moment {instant_text(since)}",
        mend="say an earlier one; what is yet to happen comes without being asked for",
    )


async def _index_at(work: Work, since: datetime, head: int) -> int:
    """The first index that may be as late as `since`: the log is in order of commits, a minute is allowed for."""
    low, high = 0, head
    while low < high:
        middle = (low + high) // 2
        (row,) = await outbox.rows(work.conn, outbox.AT, work.tenant, [middle])
        if (since - decode(row["body"]).at).total_seconds() > MARGIN_SECONDS:
            low = middle + 1
        else:
            high = middle
    return low


async def webhook_delivery_list(
    work: Work, *, webhook: UUID, state: str | None, cursor: str | None, limit: int
) -> Answer:
    """What was brought and what was not, the newest first: attempts, the last answer, and when it is tried next."""
    work.require("webhook:read")
    row = await found(work, webhook, retired=True)
    before = int(cursor) if cursor else None
    page = await outbox.rows(work.conn, outbox.LOG, work.tenant, webhook, state, before, limit + 1)
    (stands,) = await outbox.rows(work.conn, outbox.COUNTS, work.tenant, [webhook])
    resting = None if row["paused"] else stands["rests_until"]
    data = [_delivery(work, one, resting) for one in page[:limit]]
    work.saw(results=[one["id"] for one in data])
    return Answer({"data": data, "next_cursor": str(page[limit - 1]["idx"]) if len(page) > limit else None})


def _delivery(work: Work, row: Row, resting: datetime | None) -> dict[str, Any]:
    due = row["due_at"] if row["state"] == "aside" else resting if row["state"] == "due" else None
    return {
        "id": row["delivery"],
        "event": event_id(work.tenant, row["idx"]),
        "index": row["idx"],
        "type": row["kind"],
        "state": row["state"],
        "attempts": row["attempts"],
        "last_at": row["last_at"],
        "last_status": row["last_status"],
        "last_error": row["last_error"],
        "next_at": due,
    }


# --- in Muster's own name


async def webhook_disclose(work: Work, *, project: UUID, index: int) -> Answer:
    """The answer of a decided task, opened for a webhook on behalf of who registered it, with an access entry."""
    work.require("project:export", project=ProjectId(project))
    found_rows = await outbox.rows(work.conn, outbox.AT, work.tenant, [index])
    event = decode(found_rows[0]["body"]).event if found_rows else None
    if not isinstance(event, TaskDecided) or event.project != project:
        raise not_found("a decision of this project")
    (item,) = await tasks.rows(work.conn, KEY_OF_ITEM, work.tenant, event.item)
    places = [
        Sealed("project", project, "result", event.task, "result", event.result),
        Sealed("project", project, "item", event.item, "external_key", item["external_key"]),
    ]
    result, external_key = await work.open(places)
    work.saw("external_key", "result", results=[event.item])
    return Answer({"answer": (result or {}).get("answer"), "external_key": external_key})


KEY_OF_ITEM = "SELECT external_key FROM item WHERE tenant = $1 AND item = $2"


async def webhook_stop(work: Work, *, webhook: UUID, why: str) -> Answer:
    """Pause it: the receiver is gone, or the key that it stands on lost its right."""
    work.require("webhook:manage")
    await stop(work, webhook, why)
    return Answer({"paused": True})


async def webhook_park(
    work: Work, *, webhook: UUID, before: datetime, beside: tuple[UUID, ...], in_turn: bool, why: str
) -> Answer:
    """Give up for now what was first due before then: what stands aside of these, and in its turn where said."""
    work.require("webhook:manage")
    lost = await work.conn.fetch(outbox.OVERDUE, work.tenant, webhook, before, why, list(beside), in_turn)
    if lost:
        indexes = [row["idx"] for row in lost]
        await work.load(domain.WEBHOOK, [webhook])
        command = domain.Park(
            deliveries=len(indexes), first_index=min(indexes), last_index=max(indexes), why=why
        )
        work.decide(domain.WEBHOOK, webhook, command)
    return Answer({"parked": len(lost)})


async def address(work: Work, row: Row) -> tuple[str, list[str]]:
    """Where it leads, and the secrets that sign at this moment, the newest first."""
    places = [place(work, row, "url", row["url"]), place(work, row, "secret", row["secret"])]
    if row["previous"] is not None and row["previous_until"] > work.now:
        places.append(place(work, row, "secret", row["previous"]))
    url, *secrets = await work.open(places)
    return url, secrets


async def sponsor(work: Work, row: Row) -> tuple[Caller | None, str | None]:
    """(on whose behalf answers are opened, why nothing may be sent). A webhook stands on a key: revoked, nothing is
    sent; run out or without the right to export, no answers are."""
    if row["key"] is None:
        return None, "right_withdrawn" if row["with_answers"] else None
    known = (await credentials.find(work.conn, [KeyId(row["key"])], work.now)).get(KeyId(row["key"]))
    if known is None or known.revoked:
        return None, "key_revoked"
    if not row["with_answers"]:
        return None, None
    tenant = TenantId(work.tenant)
    subject = policy.Subject(
        kind=known.principal_kind,  # type: ignore[arg-type]
        id=PrincipalId(known.principal),
        tenant=known.tenant,
        roles=frozenset(known.roles),
        scopes=frozenset(known.scopes),
    )
    about = policy.Resource(tenant=tenant, project=ProjectId(row["project"]))
    if known.expired or not policy.decide(subject, "project:export", about).allow:
        return None, "right_withdrawn"
    return Caller(tenant, subject, KeyId(row["key"])), None
