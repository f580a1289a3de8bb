"""Expert calls: for which reasons people of a project may ask for an expert, and which classes always go to one."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from backend.domain.errors import Refusal, not_found
from backend.domain.proficiency.scoring import canonical, category
from backend.domain.review import expert_calls as domain
from backend.events.ids import ProjectId, uuid8
from backend.readmodels import escalations, projects
from backend.usecases.tokens import class_token
from backend.usecases.vault import Sealed
from backend.usecases.work import Answer, Work

Row = dict[str, Any]
FIRST = 1
"""The version before anything was said: an ETag counts from 1."""


async def escalation_reasons_get(work: Work, *, project: UUID) -> Answer:
    """The reasons that people choose from, as front-ends show them."""
    work.require("project:read", project=ProjectId(project))
    _, said = await _found(work, project)
    return await _reasons_shown(work, project, said)


async def escalation_reasons_set(
    work: Work, *, project: UUID, expected_version: int, reasons: tuple[Mapping[str, str], ...]
) -> Answer:
    """These are the reasons from now on, in this order; none: those that come with the product. Raises
    `escalation_reasons_invalid`."""
    work.require("project:update", project=ProjectId(project))
    _, said = await _found(work, project)
    _refuse_stale("escalation_reasons_changed", FIRST + said["reasons_version"], expected_version)
    told = [{name: one[name] for name in ("code", "label", "asks")} for one in reasons]
    keys = await work.keys(("project", project))
    command = domain.SetReasons(
        project=ProjectId(project),
        codes=tuple(one["code"] for one in told),
        reasons=keys.seal_json("project", project, "project", project, "escalation_reasons", told),
        reasons_token=work.vault.token(work.tenant, "escalation-reasons", f"{project}|{canonical(told)}"),
    )
    await work.load(domain.EXPERT_CALLS, [_stream(project)])
    work.decide(domain.EXPERT_CALLS, _stream(project), command)
    await work.flush()
    return await _reasons_shown(work, project, (await _found(work, project))[1])


async def watched_classes_get(work: Work, *, project: UUID) -> Answer:
    """The classes of which every item goes to an expert. People who work there do not see them."""
    work.require("project:report", project=ProjectId(project))
    _, said = await _found(work, project)
    return await _watched_shown(work, project, said)


async def watched_classes_set(
    work: Work, *, project: UUID, expected_version: int, classes: tuple[Any, ...]
) -> Answer:
    """An item that somebody answered with one of these goes to an expert from now on. Raises
    `watched_classes_invalid`."""
    work.require("project:update", project=ProjectId(project))
    row, said = await _found(work, project)
    _refuse_stale("watched_classes_changed", FIRST + said["watched_version"], expected_version)
    labels = {token: label for label in classes if (token := _token(work, row["skill"], label))}
    keys = await work.keys(("project", project))
    told = [labels[token] for token in sorted(labels)]
    command = domain.SetWatched(
        project=ProjectId(project),
        classes=tuple(sorted(labels)),
        labels=keys.seal_json("project", project, "project", project, "watched_classes", told),
    )
    await work.load(domain.EXPERT_CALLS, [_stream(project)])
    work.decide(domain.EXPERT_CALLS, _stream(project), command)
    await work.flush()
    return await _watched_shown(work, project, (await _found(work, project))[1])


# --- what is said


def _stream(project: UUID) -> UUID:
    return uuid8(project, "expert-calls")


async def _found(work: Work, project: UUID) -> tuple[Row, Row]:
    """The project's row, and what it says of experts."""
    rows = await projects.find(work.conn, work.tenant, [project])
    if not rows:
        raise not_found("a project")
    said = await escalations.settings(work.conn, work.tenant, [project])
    nothing: Row = {"reasons_version": 0, "codes": [], "reasons": None, "watched_version": 0, "labels": None}
    return rows[0], said.get(project, nothing)


def _refuse_stale(code: str, version: int, expected: int) -> None:
    if version != expected:
        raise Refusal(
            "stale",
            code,
            expected=f"the list's version {version}",
            found=f"version {expected}",
            mend="read the list again and decide anew",
        )


def _token(work: Work, skill: UUID, label: Any) -> str:
    token = class_token(work, skill, label)
    if token is None:
        raise Refusal(
            "invalid",
            "watched_classes_invalid",
            expected="classes: strings, whole numbers, booleans, or objects with `label` alone",
            found="something else",
            mend="send each class as an answer says it",
        )
    return token


# --- what is shown


async def reasons_of(work: Work, project: UUID) -> dict[str, tuple[str, str]]:
    """Code -> what it is called and what is asked of who gives it, as they are now."""
    said = (await escalations.settings(work.conn, work.tenant, [project])).get(project, {"codes": []})
    return {one["code"]: (one["label"], one["asks"]) for one in await _told(work, project, said)}


async def _told(work: Work, project: UUID, said: Row) -> Sequence[Mapping[str, str]]:
    if not said["codes"]:
        return [asdict(one) for one in domain.BUILT_IN]
    place = Sealed("project", project, "project", project, "escalation_reasons", said["reasons"])
    (told,) = await work.open([place])
    return told or []


async def _reasons_shown(work: Work, project: UUID, said: Row) -> Answer:
    told = await _told(work, project, said)
    version = FIRST + said["reasons_version"]
    by = "project" if said["codes"] else "product"
    body = {"project": project, "version": version, "said_by": by, "reasons": told}
    return Answer(body, etag=str(version))


async def _watched_shown(work: Work, project: UUID, said: Row) -> Answer:
    labels: list[Any] = []
    if said["labels"] is not None:
        place = Sealed("project", project, "project", project, "watched_classes", said["labels"])
        (labels,) = await work.open([place])
    version = FIRST + said["watched_version"]
    told = sorted(labels or [], key=lambda one: category(one) or "")
    return Answer({"project": project, "version": version, "classes": told}, etag=str(version))
