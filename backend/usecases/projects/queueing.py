"""How a project's work is handed out: what it says itself, what the tenant says for all, and what holds."""

from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any
from uuid import UUID

from backend.domain.errors import Refusal, not_found
from backend.domain.projects import predicates, queueing
from backend.domain.projects import project as projects_domain
from backend.events.ids import ProjectId, uuid8
from backend.events.queue import QueueSettings, Ring, SkipPolicy
from backend.readmodels import projects
from backend.usecases.gates import one_at_a_time
from backend.usecases.lanes import refresh_lanes
from backend.usecases.proficiency.conditions import known_ids, refuse_unknown
from backend.usecases.work import Answer, Work

PPM = 1_000_000
SHARES = {"weight": "weight_ppm", "edge_case_share": "edge_case_ppm"}
NAMES = {name: share for share, name in SHARES.items()}
Given = Mapping[str, Any]
FIRST = 1
"""The version before anything was said: an ETag counts from 1."""


async def project_queue_get(work: Work, *, project: UUID) -> Answer:
    """What holds for the project's work, and who says so: the project, the tenant or the product."""
    work.require("queue:read", project=ProjectId(project))
    return await _shown(work, project)


async def project_queue_update(
    work: Work, *, project: UUID, expected_version: int, settings: dict[str, Any]
) -> Answer:
    """Say otherwise than the tenant; what is null is the tenant's again, what is left out stays. Lanes ask by the new
    rings from this transaction on."""
    work.require("queue:update", project=ProjectId(project))
    await one_at_a_time(work)
    row = await _found(work, project)
    await work.load(projects_domain.PROJECT, [project])
    _refuse_stale(FIRST + row["queue_version"], expected_version)
    wanted, own = await _merged(work, row["queue"], row["queue_own"], settings)
    if work.decide(projects_domain.PROJECT, project, projects_domain.UpdateQueue(settings=wanted, own=own)):
        await refresh_lanes(work, [project])
    await work.flush()
    return await _shown(work, project)


async def queue_defaults_get(work: Work) -> Answer:
    """What holds in every project that does not say otherwise."""
    work.require("queue:read")
    return await _defaults_shown(work)


async def queue_defaults_update(work: Work, *, expected_version: int, settings: dict[str, Any]) -> Answer:
    """Say what holds in every project that does not say otherwise; what is null is the product's again."""
    work.require("queue:update")
    await one_at_a_time(work)
    before, said, version = await projects.queue_defaults(work.conn, work.tenant)
    await work.load(queueing.QUEUE_DEFAULTS, [_stream(work)])
    _refuse_stale(FIRST + version, expected_version)
    wanted, own = await _merged(work, before, said, settings)
    work.decide(queueing.QUEUE_DEFAULTS, _stream(work), queueing.UpdateDefaults(settings=wanted, own=own))
    await work.flush()
    after, _, _ = await projects.queue_defaults(work.conn, work.tenant)
    if after.rings != before.rings:
        rows = await projects.find(work.conn, work.tenant)
        await refresh_lanes(work, [row["project"] for row in rows if "rings" not in row["queue_own"]])
        await work.flush()
    return await _defaults_shown(work)


def _stream(work: Work) -> UUID:
    return uuid8(work.tenant, "queue")


async def _found(work: Work, project: UUID) -> dict[str, Any]:
    rows = await projects.find(work.conn, work.tenant, [project])
    if not rows:
        raise not_found("a project")
    return rows[0]


def _refuse_stale(version: int, expected: int) -> None:
    if version != expected:
        raise Refusal(
            "stale",
            "queue_changed",
            expected=f"the settings' version {version}",
            found=f"version {expected}",
            mend="read the settings again and decide anew",
        )


# --- what is said


async def _merged(
    work: Work, base: QueueSettings, said: tuple[str, ...], given: Given
) -> tuple[QueueSettings, tuple[str, ...]]:
    """What was said, with what is said now; null takes a word back."""
    read = {SHARES.get(name, name): value for name, value in given.items()}
    fields = {name: _read(name, value) for name, value in read.items() if value is not None}
    own = (set(said) - read.keys()) | fields.keys()
    merged = replace(base, **fields)
    queueing.check(replace(queueing.PRODUCT, **fields))
    await _refuse_unknown(work, fields.get("rings", ()))
    return merged, tuple(own)


def _read(name: str, value: Any) -> Any:
    match name:
        case "rings":
            return tuple(
                Ring(
                    after_seconds=ring["after_seconds"],
                    without=tuple(sorted({predicates.token_of(one) for one in ring["without"]})),
                )
                for ring in value
            )
        case "skips":
            return tuple(SkipPolicy(**policy) for policy in value)
        case _:
            return round(value * PPM) if name.endswith("_ppm") else value


async def _refuse_unknown(work: Work, rings: tuple[Ring, ...]) -> None:
    """A ring may only leave out what a requirement could ask: a skill, team or vendor that exists."""
    wanted: dict[str, set[UUID]] = {}
    for token in (token for ring in rings for token in ring.without):
        kind, name, *_ = token.split(":")
        wanted.setdefault(kind, set()).add(UUID(name))
    for kind, ids in sorted(wanted.items()):
        refuse_unknown(kind, sorted(ids), await known_ids(work, kind, sorted(ids)))


# --- what is shown


def settings_shown(settings: QueueSettings) -> dict[str, Any]:
    """The settings as the API says them."""
    told = {NAMES.get(n, n): v / PPM if n in NAMES else v for n, v in asdict(settings).items()}
    told["rings"] = [
        {
            "after_seconds": ring.after_seconds,
            "without": [predicates.said_of(token) for token in ring.without],
        }
        for ring in settings.rings
    ]
    told["skips"] = [asdict(policy) for policy in settings.skips]
    return told


def _sources(**own: tuple[str, ...]) -> dict[str, str]:
    """Setting -> who says it, the first of them that does."""
    said = {
        name: next((who for who, names in own.items() if name in names), "product")
        for name in queueing.FIELDS
    }
    return {NAMES.get(name, name): who for name, who in said.items()}


async def _shown(work: Work, project: UUID) -> Answer:
    row = await _found(work, project)
    _, said, defaults_version = await projects.queue_defaults(work.conn, work.tenant)
    body = {
        "project": project,
        "version": FIRST + row["queue_version"],
        "defaults_version": FIRST + defaults_version,
        "settings": settings_shown(row["queue"]),
        "said_by": _sources(project=row["queue_own"], tenant=said),
    }
    return Answer(body, etag=str(body["version"]))


async def _defaults_shown(work: Work) -> Answer:
    settings, said, version = await projects.queue_defaults(work.conn, work.tenant)
    body = {
        "version": FIRST + version,
        "settings": settings_shown(settings),
        "said_by": _sources(tenant=said),
    }
    return Answer(body, etag=str(body["version"]))
