"""Targets of quality: what is asked of a project's answers, said by its managers and read again."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from backend.domain.errors import Refusal, not_found
from backend.domain.projects import targets as domain
from backend.domain.projects.diversity import Diversity
from backend.domain.projects.diversity import read as read_diversity
from backend.domain.projects.targets import Target
from backend.events.ids import ProjectId, uuid8
from backend.readmodels import projects
from backend.usecases.gates import one_at_a_time
from backend.usecases.tokens import class_token
from backend.usecases.vault import Sealed
from backend.usecases.work import Answer, Work

PPM = 1_000_000
CONFIDENCE = 0.95
FIRST = 1
"""The version before anything was said: an ETag counts from 1."""


async def project_targets_get(work: Work, *, project: UUID) -> Answer:
    """What is asked of the project's answers."""
    work.require("project:read", project=ProjectId(project))
    return await _shown(work, await _found(work, project))


async def project_targets_update(
    work: Work,
    *,
    project: UUID,
    expected_version: int,
    targets: Sequence[Mapping[str, Any]],
    diversity: Mapping[str, Any] | None = None,
) -> Answer:
    """Ask for exactly this from now on; an empty list and no diversity ask for nothing."""
    work.require("project:update", project=ProjectId(project))
    await one_at_a_time(work)
    row = await _found(work, project)
    if FIRST + row["targets_version"] != expected_version:
        raise Refusal(
            "stale",
            "quality_targets_changed",
            expected=f"the targets' version {FIRST + row['targets_version']}",
            found=f"version {expected_version}",
            mend="read the targets again and decide anew",
        )
    stream = uuid8(project, "targets")
    await work.load(domain.TARGETS, [stream])
    told = await _told(work, row, targets)
    command = domain.SetTargets(project=ProjectId(project), targets=told, diversity=_diversity(diversity))
    work.decide(domain.TARGETS, stream, command)
    await work.flush()
    return await _shown(work, await _found(work, project))


async def labels_of(work: Work, project: UUID, targets: Sequence[Target]) -> dict[str, Any]:
    """Class (keyed token) -> its label in clear, of those that the targets name."""
    named = {one.of_class: one.label for one in targets if one.of_class and one.label}
    places = [Sealed("project", project, "targets", project, "label", label) for label in named.values()]
    return dict(zip(named, await work.open(places), strict=True))


async def _told(work: Work, row: Mapping[str, Any], given: Sequence[Mapping[str, Any]]) -> tuple[Target, ...]:
    project = row["project"]
    keys = await work.keys(("project", project))
    told = []
    for one in given:
        label = one.get("class")
        of_class = None if label is None else class_token(work, row["skill"], label)
        if label is not None and of_class is None:
            raise domain.refused(
                "a class that an answer can name: text, a whole number, true or false", f"{label!r:.100}"
            )
        confidence = one.get("confidence")
        told.append(
            Target(
                measure=one["measure"],
                least_ppm=round(one["least"] * PPM),
                confidence_ppm=round((CONFIDENCE if confidence is None else confidence) * PPM),
                of_class=of_class,
                label=None
                if label is None
                else keys.seal_json("project", project, "targets", project, "label", label),
            )
        )
    return tuple(told)


def _diversity(given: Mapping[str, Any] | None) -> Diversity | None:
    if given is None:
        return None
    share = round(given.get("share", 1.0) * PPM)
    return Diversity(by=given.get("by", "annotator"), least=given.get("least", 2), share_ppm=share)


async def _shown(work: Work, row: Mapping[str, Any]) -> Answer:
    asked = domain.read(row["targets"])
    labels = await labels_of(work, row["project"], asked)
    version = FIRST + row["targets_version"]
    data = [
        {
            "measure": one.measure,
            "class": labels.get(one.of_class) if one.of_class else None,
            "least": one.least_ppm / PPM,
            "confidence": one.confidence_ppm / PPM,
        }
        for one in asked
    ]
    about = read_diversity(row["diversity"])
    told = about and {"by": about.by, "least": about.least, "share": about.share_ppm / PPM}
    body = {"project": row["project"], "version": version, "targets": data, "diversity": told}
    return Answer(body, etag=str(version))


async def _found(work: Work, project: UUID) -> dict[str, Any]:
    rows = await projects.find(work.conn, work.tenant, [project])
    if not rows:
        raise not_found("a project")
    return rows[0]
