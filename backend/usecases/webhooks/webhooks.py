"""Webhooks: registered, read, changed, paused and resumed, given a new secret, retired."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from backend.domain.access import webhook as domain
from backend.domain.access import webhook_signature as signature
from backend.domain.errors import Refusal, not_found
from backend.events.base import Secret
from backend.events.ids import ProjectId, WebhookId
from backend.events.store import outbox
from backend.readmodels import projects
from backend.readmodels import webhooks as rows
from backend.usecases.vault import Sealed
from backend.usecases.webhooks.telling import KINDS, kinds_for
from backend.usecases.work import Answer, Work

Row = dict[str, Any]


async def webhook_create(
    work: Work,
    *,
    name: str,
    url: str,
    events: tuple[str, ...],
    project: UUID | None,
    with_answers: bool,
    at_once: int,
) -> Answer:
    """Send events of these kinds there from now on; the secret is shown this once. With answers it asks for the right
    to export. Raises `webhook_url_invalid`, `webhook_url_refused`, `webhook_event_unknown`, `webhook_invalid`,
    `webhook_answers_of_no_project`."""
    work.require("webhook:manage", project=ProjectId(project) if project else None)
    if with_answers:
        work.require("project:export", project=ProjectId(project) if project else None)
    kinds_for(work, events, project)
    _reachable(work, url)
    if project is not None and not await projects.find(work.conn, work.tenant, [project]):
        raise not_found("a project")
    webhook = WebhookId(work.new_id())
    secret = signature.secret_text(work.chance(signature.SECRET_BYTES))
    head = await work.conn.fetchval(outbox.HEAD, work.tenant)
    sealed = await _sealed(work, webhook, name=name, url=url, secret=secret)
    command = domain.Register(
        webhook=webhook,
        project=ProjectId(project) if project else None,
        **sealed,
        kinds=events,
        known=frozenset(KINDS),
        with_answers=with_answers,
        at_once=at_once,
        from_index=head,
        sponsor=work.me,
        key=work.caller.credential,
    )
    work.decide(domain.WEBHOOK, webhook, command)
    await work.flush()
    await work.conn.execute(outbox.BEGIN, work.tenant, webhook, head, work.now)
    return Answer({**await shown(work, await found(work, webhook)), "secret": secret}, "created", etag="1")


async def webhook_get(work: Work, *, webhook: UUID) -> Answer:
    """A webhook, how far it has come and what is left."""
    work.require("webhook:read")
    row = await found(work, webhook)
    return Answer(await shown(work, row), etag=str(row["version"]))


async def webhook_list(work: Work, *, project: UUID | None, cursor: str | None, limit: int) -> Answer:
    """The webhooks that are not retired, of one project where named."""
    work.require("webhook:read")
    after = UUID(cursor) if cursor else None
    page = await rows.page(work.conn, work.tenant, after, project, limit + 1)
    data = [await shown(work, row) for row in page[:limit]]
    return Answer(
        {"data": data, "next_cursor": str(page[limit - 1]["webhook"]) if len(page) > limit else None}
    )


async def webhook_update(
    work: Work,
    *,
    webhook: UUID,
    expected_version: int,
    name: str,
    url: str,
    events: tuple[str, ...],
    at_once: int,
) -> Answer:
    """What it is called, where it leads and what it tells, from now on. Raises as `webhook_create`, and
    `webhook_changed`, `webhook_retired`."""
    work.require("webhook:manage")
    row = await found(work, webhook)
    kinds_for(work, events, row["project"])
    _reachable(work, url)
    sealed = await _sealed(work, webhook, name=name, url=url)
    await work.load(domain.WEBHOOK, [webhook])
    command = domain.Change(
        expected_version=expected_version,
        **sealed,
        kinds=events,
        known=frozenset(KINDS),
        at_once=at_once,
    )
    work.decide(domain.WEBHOOK, webhook, command)
    await work.flush()
    await work.conn.execute(outbox.WAKE, work.tenant, webhook, work.now)
    return await _now(work, webhook)


async def webhook_pause(work: Work, *, webhook: UUID) -> Answer:
    """Send nothing until it is resumed; nothing is lost meanwhile."""
    work.require("webhook:manage")
    await found(work, webhook)
    await stop(work, webhook, "manager")
    return await _now(work, webhook)


async def webhook_resume(work: Work, *, webhook: UUID) -> Answer:
    """Send again from where it stood; from now on it stands on the key that asks. The 72 hours of what waits begin
    anew."""
    work.require("webhook:manage")
    row = await found(work, webhook)
    if row["with_answers"]:
        work.require("project:export", project=ProjectId(row["project"]))
    kinds_for(work, row["kinds"], row["project"])
    await work.load(domain.WEBHOOK, [webhook])
    work.decide(domain.WEBHOOK, webhook, domain.Resume(sponsor=work.me, key=work.caller.credential))
    await work.flush()
    await work.conn.execute(outbox.ANEW, work.tenant, webhook, work.now)
    await work.conn.execute(outbox.OPEN, work.tenant, webhook, work.now)
    return await _now(work, webhook)


async def webhook_secret_rotate(work: Work, *, webhook: UUID, hours: int) -> Answer:
    """A new secret, shown this once; for so many hours the one before signs too."""
    work.require("webhook:manage")
    await found(work, webhook)
    secret = signature.secret_text(work.chance(signature.SECRET_BYTES))
    sealed = await _sealed(work, webhook, secret=secret)
    until = work.now + timedelta(hours=hours)
    await work.load(domain.WEBHOOK, [webhook])
    work.decide(domain.WEBHOOK, webhook, domain.Rotate(secret=sealed["secret"], previous_until=until))
    await work.flush()
    return Answer(
        {**await shown(work, await found(work, webhook)), "secret": secret, "previous_until": until}
    )


async def webhook_retire(work: Work, *, webhook: UUID) -> Answer:
    """Send nothing any more."""
    work.require("webhook:manage")
    await found(work, webhook, retired=True)
    await work.load(domain.WEBHOOK, [webhook])
    work.decide(domain.WEBHOOK, webhook, domain.Retire())
    await work.flush()
    await work.conn.execute(outbox.SHUT, work.tenant, webhook)
    await work.conn.execute(outbox.DROP, work.tenant, webhook)
    return Answer(await shown(work, await found(work, webhook, retired=True)))


async def stop(work: Work, webhook: UUID, why: str) -> None:
    """Pause it for this reason; nothing when it is paused already."""
    await work.load(domain.WEBHOOK, [webhook])
    work.decide(domain.WEBHOOK, webhook, domain.Pause(why=why))
    await work.flush()
    await work.conn.execute(outbox.SHUT, work.tenant, webhook)


async def found(work: Work, webhook: UUID, *, retired: bool = False) -> Row:
    """The webhook's row. Raises not_found, and `webhook_retired` unless `retired` ones will do."""
    row = await rows.find(work.conn, work.tenant, webhook)
    if row is None or work.caller.subject.project not in (None, row["project"]):
        raise not_found("a webhook")
    if row["retired"] and not retired:
        raise Refusal(
            "conflict",
            "webhook_retired",
            expected="a webhook that is not retired",
            found="a retired one",
            mend="register another one",
        )
    return row


async def _now(work: Work, webhook: UUID) -> Answer:
    row = await found(work, webhook)
    return Answer(await shown(work, row), etag=str(row["version"]))


async def shown(work: Work, row: Row) -> dict[str, Any]:
    """A webhook as it is told; never its secret."""
    name, url = await work.open([place(work, row, one, row[one]) for one in ("name", "url")])
    counts = await outbox.rows(work.conn, outbox.COUNTS, work.tenant, [row["webhook"]])
    state = "retired" if row["retired"] else "paused" if row["paused"] else "active"
    (stands,) = counts
    work.saw("url", results=[row["webhook"]])
    return {
        "id": row["webhook"],
        "name": name,
        "url": url,
        "events": list(row["kinds"]),
        "project": row["project"],
        "with_answers": row["with_answers"],
        "at_once": row["at_once"],
        "version": row["version"],
        "state": state,
        "why": row["paused"],
        "key_id": row["key"],
        "next_index": stands["next_idx"],
        "waiting": stands["left_over"],
        "parked": stands["parked"],
        "failures": stands["failures"],
        "rests_until": stands["rests_until"],
        "registered_at": row["registered_at"],
    }


def place(work: Work, row: Row, field: str, envelope: bytes) -> Sealed:
    """Where a secret of a webhook is sealed to."""
    return Sealed("tenant", work.tenant, "webhook", row["webhook"], field, envelope)


async def _sealed(work: Work, webhook: UUID, **values: str) -> dict[str, Secret]:
    keys = await work.keys(("tenant", work.tenant))
    return {
        field: keys.seal_json("tenant", work.tenant, "webhook", webhook, field, value)
        for field, value in values.items()
    }


def _reachable(work: Work, url: str) -> None:
    """What can be said without asking the resolver; every connection is checked again."""
    scheme, _ = domain.host_of(url)
    problems: Sequence[str] = () if work.outgoing is None else work.outgoing.problems(url)
    if problems or (scheme == "http" and work.outgoing is None):
        raise Refusal(
            "invalid",
            "webhook_url_refused",
            expected="https to a public address; others, and plain http, where the operator allows the network",
            found="; ".join(problems) or "plain http",
            mend="use another address, or ask the operator to set MUSTER_WEBHOOK_NETWORKS",
        )
