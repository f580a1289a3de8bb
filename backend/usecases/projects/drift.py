"""Drift signals of a project: recorded as they come, and made into a batch of work as the project's rule says."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic_core import from_json, to_json

from backend.domain.errors import Refusal, not_found
from backend.domain.projects import drift as domain
from backend.events import drift as ev
from backend.events.ids import DriftSignalId, ProjectId, uuid8
from backend.readmodels import drift as rows
from backend.readmodels import projects
from backend.usecases.projects.drift_batches import Batch, Ordered, of_items, of_selection
from backend.usecases.vault import Sealed
from backend.usecases.work import Answer, Work

FIRST = 1
"""The version before anything was said: an ETag counts from 1."""
BATCH = ("bulk", "prioritising", "seed", "digest", "matched", "taken", "created", "known", "refused", "after")
Row = dict[str, Any]


async def drift_rule_get(work: Work, *, project: UUID) -> Answer:
    """What a signal does in the project."""
    work.require("project:read", project=ProjectId(project))
    await _project(work, project)
    return _rule_shown(project, await _rule(work, project))


async def drift_rule_update(
    work: Work, *, project: UUID, expected_version: int, mode: str, cooldown_hours: int
) -> Answer:
    """Say it for signals from now on. Raises `drift_rule_changed`, `drift_rule_invalid`."""
    work.require("project:update", project=ProjectId(project))
    await _project(work, project)
    before = await _rule(work, project)
    if FIRST + before.version != expected_version:
        raise Refusal(
            "stale",
            "drift_rule_changed",
            expected=f"the drift rule's version {FIRST + before.version}",
            found=f"version {expected_version}",
            mend="read it again and decide anew",
        )
    command = domain.SetDriftRule(project=ProjectId(project), mode=mode, cooldown_hours=cooldown_hours)
    work.decide(domain.DRIFT_RULE, _stream(project), command)
    return _rule_shown(project, work.state(domain.DRIFT_RULE, _stream(project)))


async def drift_signal_take(
    work: Work,
    *,
    project: UUID,
    source: str,
    id: str,
    metric: str,
    value: float,
    threshold: float | None = None,
    window: Mapping[str, datetime] | None = None,
    classes: Sequence[Any] = (),
    tags: Sequence[str] = (),
    note: str | None = None,
    items: Sequence[Any] = (),
    selection: Mapping[str, Any] | None = None,
    sample: Mapping[str, Any] | None = None,
    priority: int | None = None,
) -> Answer:
    """Record a signal under its source's id and, as the project's rule says, make a batch of what it names. The same
    again is answered as before. Raises `signal_exists` for other content, and `signal_unclear`."""
    work.require("drift:signal", project=ProjectId(project))
    row = await _project(work, project)
    domain.not_both(items, selection)
    said = {"classes": list(classes), "tags": list(tags), "note": note}
    beside = {
        "metric": metric,
        "value": value,
        "threshold": threshold,
        "window": window,
        "priority": priority,
    }
    content = _content(work, {**said, **beside, "items": items, "selection": selection, "sample": sample})
    signal = domain.signal_id(ProjectId(project), source, id)
    await work.conn.execute(rows.ONE_AT_A_TIME, f"{work.tenant}|{project}|{source}|{metric}")
    (state,) = await work.load(domain.DRIFT_SIGNAL, [signal])
    if isinstance(state, domain.Heard):
        domain.same_or_refused(state.fact, content)
        return _answered(state.fact)
    keys = await work.keys(("project", project))
    fact = ev.DriftSignalled(
        signal=signal,
        project=ProjectId(project),
        source=source,
        source_id=id,
        metric=metric,
        value=to_json(value).decode(),
        threshold=None if threshold is None else to_json(threshold).decode(),
        window_since=window["since"] if window else None,
        window_until=window["until"] if window else None,
        said=keys.seal_json("project", project, "drift_signal", signal, "said", said),
        content=content,
        rule_version=0,
        outcome="",
    )
    given = (items, selection, sample, priority)
    fact = await _settled(work, row, fact, *given)
    work.decide(domain.DRIFT_SIGNAL, signal, domain.Signalled(fact))
    return _answered(fact)


async def _settled(
    work: Work,
    row: Row,
    fact: ev.DriftSignalled,
    items: Sequence[Any],
    selection: Mapping[str, Any] | None,
    sample: Mapping[str, Any] | None,
    priority: int | None,
) -> ev.DriftSignalled:
    """The fact with what becomes of it. While production waits for a pilot a batch is only planned."""
    rule = await _rule(work, row["project"])
    fact = replace(fact, rule_version=rule.version)
    since = rule.cooled_from(work.now)
    about = (work.tenant, row["project"], fact.source, fact.metric, since)
    cooling = await work.conn.fetchval(rows.COOLING, *about) if rule.cooldown_hours else None
    after = DriftSignalId(cooling) if cooling else None
    why = domain.hindered(rule, after, bool(items) or selection is not None)
    if why is not None:
        return replace(fact, outcome=why, after=after if why == "cooldown" else None)
    opened = rule.mode == "open" and row["gate"] is None
    ordered = Ordered(
        name=f"drift {fact.source} {fact.source_id}",
        opened=opened,
        seed=sample["seed"] if sample else fact.source_id,
        most=sample["n"] if sample else None,
        priority=priority,
    )
    made: Batch
    if selection is not None:
        made = await of_selection(work, row, ordered, selection)
    else:
        made = await of_items(work, row, ordered, items)
    outcome = "empty" if made.iteration is None else "opened" if opened else "proposed"
    return replace(fact, outcome=outcome, **asdict(made))


async def drift_signal_list(
    work: Work,
    *,
    project: UUID,
    outcome: str | None,
    source: str | None,
    metric: str | None,
    cursor: str | None,
    limit: int,
) -> Answer:
    """The signals of a project, the newest first, and what became of each."""
    work.require("task:read", project=ProjectId(project))
    await _project(work, project)
    after = await _found(work, UUID(cursor)) if cursor else None
    where = (after["signalled_at"], after["signal"]) if after else (None, None)
    about = (work.tenant, project, outcome, source, metric)
    found = await rows.fetch(work.conn, rows.LIST, *about, *where, limit + 1)
    more = str(found[limit - 1]["signal"]) if len(found) > limit else None
    return Answer({"data": await _listed(work, found[:limit]), "next_cursor": more})


# --- finding


async def _project(work: Work, project: UUID) -> Row:
    found = await projects.find(work.conn, work.tenant, [project])
    if not found:
        raise not_found("a project")
    return found[0]


async def _found(work: Work, signal: UUID) -> Row:
    row = await rows.find(work.conn, work.tenant, signal)
    if row is None:
        raise not_found("a drift signal")
    return row


async def _rule(work: Work, project: UUID) -> domain.DriftRule:
    (rule,) = await work.load(domain.DRIFT_RULE, [_stream(project)])
    return rule


def _stream(project: UUID) -> UUID:
    return uuid8(project, "drift-rule")


def _content(work: Work, told: Mapping[str, Any]) -> str:
    """A keyed token of everything that was said, however its objects were ordered."""
    text = to_json(_ordered(from_json(to_json(told)))).decode()
    return work.vault.token(work.tenant, "drift-signal", text)


def _ordered(value: Any) -> Any:
    match value:
        case dict():
            return {name: _ordered(value[name]) for name in sorted(value)}
        case list():
            return [_ordered(one) for one in value]
        case _:
            return value


# --- shown


def _rule_shown(project: UUID, rule: domain.DriftRule) -> Answer:
    version = FIRST + rule.version
    body = {
        "project": project,
        "version": version,
        "mode": rule.mode,
        "cooldown_hours": rule.cooldown_hours,
        "said_by": "project" if rule.version else "product",
    }
    return Answer(body, etag=str(version))


def _answered(fact: ev.DriftSignalled) -> Answer:
    """As it came and what became of it then: always the same."""
    names = ("project", "source", "source_id", "metric", "outcome", "iteration", *BATCH)
    return Answer({"id": fact.signal, **{name: getattr(fact, name) for name in names}}, "created")


async def _listed(work: Work, found: Sequence[Row]) -> list[Row]:
    places = [
        Sealed("project", row["project"], "drift_signal", row["signal"], "said", row["said"]) for row in found
    ]
    clear = await work.open(places)
    work.saw(*(["note"] if found else []), results=[row["signal"] for row in found])
    names = ("project", "source", "source_id", "metric", "outcome", *BATCH, "by", "signalled_at")
    return [
        {
            "id": row["signal"],
            **{name: row[name] for name in names},
            "value": from_json(row["value"]),
            "threshold": None if row["threshold"] is None else from_json(row["threshold"]),
            "window": {"since": row["window_since"], "until": row["window_until"]}
            if row["window_since"]
            else None,
            "selection": None if row["selection"] is None else from_json(row["selection"]),
            "iteration": row["iteration"],
            "iteration_name": row["iteration_name"],
            "iteration_state": row["iteration_state"],
            **(said or {"classes": [], "tags": [], "note": None}),
        }
        for row, said in zip(found, clear, strict=True)
    ]
