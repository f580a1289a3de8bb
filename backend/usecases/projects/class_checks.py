"""Which classes answers may name: a project's setting, and its check of answers, truths and models' answers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from backend.domain.errors import Refusal, not_found
from backend.domain.projects import class_rule as domain
from backend.domain.projects.class_rule import ClassRule
from backend.domain.projects.class_tree import Tree
from backend.events.ids import ProjectId, TaxonomyId, uuid8
from backend.readmodels import projects, workflows
from backend.usecases.gates import one_at_a_time
from backend.usecases.projects.taxonomies import PATIENCE, page
from backend.usecases.projects.taxonomy_known import at_hand, tree_of
from backend.usecases.work import Answer, Work

FIRST = 1
"""The version before anything was said: an ETag counts from 1."""
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Check:
    """What a project's setting asks of an answer."""

    setting: int
    rule: ClassRule
    tree: Tree

    def of(self, step: str | None) -> int:
        """The setting by which answers to this step (None: to none, or a truth) are checked; 0 where they are not."""
        return 0 if step is not None and self.rule.steps and step not in self.rule.steps else self.setting

    def require(self, answer: Any, step: str | None = None) -> None:
        """Refuse (invalid) `class_unknown`, `class_deprecated`, `class_not_leaf`. `step`: where the answer is to a step
        of a workflow."""
        if self.of(step):
            domain.check(self.rule, self.tree, answer)


Checks = Mapping[UUID, Check]
NONE: Checks = {}


async def checks_of(work: Work, rows: Iterable[Mapping[str, Any]]) -> Checks:
    """Project -> what its taxonomy asks of answers, of rows that have a project's `taxonomy`; those without have none.
    No statement where this process has met the version before."""
    found: dict[UUID, Check] = {}
    for row in rows:
        if row["taxonomy"] is not None and row["project"] not in found:
            about, version = row["taxonomy"], row["taxonomy_version"]
            tree = at_hand(work, about, version) or await tree_of(work, about, version)
            rule = domain.read(row["taxonomy_rule"])
            found[row["project"]] = Check(row["taxonomy_setting"], rule, tree)
    return found or NONE


async def require_classes(work: Work, row: Mapping[str, Any], answer: Any, step: str | None = None) -> None:
    """Refuse an answer, a correction or a truth whose classes the project's taxonomy does not allow; `row` is the
    project's, or has its `taxonomy`."""
    check = (await checks_of(work, [row])).get(row["project"])
    if check is not None:
        check.require(answer, step)


async def project_taxonomy_get(work: Work, *, project: UUID) -> Answer:
    """By which version of which taxonomy the project's answers are checked, and how."""
    work.require("project:read", project=ProjectId(project))
    return _shown(await _found(work, project))


async def project_taxonomy_update(
    work: Work,
    *,
    project: UUID,
    expected_version: int,
    taxonomy: UUID | None,
    version: int | None,
    at: Sequence[str],
    deprecated: str,
    leaves_only: bool,
    steps: Sequence[str],
) -> Answer:
    """Check the project's answers by this version from now on; without a taxonomy they are not checked. What was
    answered before stays as it is. Refuses (invalid) `taxonomy_version_unclear`, `taxonomy_step_unknown`,
    `taxonomy_unknown` and `taxonomy_place_invalid`."""
    work.require("project:update", project=ProjectId(project))
    await one_at_a_time(work)
    await work.conn.execute(PATIENCE)
    row = await _found(work, project)
    if FIRST + row["taxonomy_setting"] != expected_version:
        raise Refusal(
            "stale",
            "project_taxonomy_changed",
            expected=f"the setting's version {FIRST + row['taxonomy_setting']}",
            found=f"version {expected_version}",
            mend="read the project's taxonomy again and decide anew",
        )
    rule = ""
    _require_both(taxonomy, version)
    if taxonomy is not None:
        said = ClassRule(at=tuple(at), deprecated=deprecated, leaves_only=leaves_only, steps=tuple(steps))
        rule = domain.spelled(said)
        await _require_steps(work, row, steps)
        await _known(work, taxonomy, version or 0)
    stream = uuid8(project, "taxonomy")
    await work.load(domain.SETTING, [stream])
    command = domain.SetTaxonomy(
        project=ProjectId(project),
        taxonomy=None if taxonomy is None else TaxonomyId(taxonomy),
        version=version or 0,
        rule=rule,
    )
    work.decide(domain.SETTING, stream, command)
    await work.flush()
    return _shown(await _found(work, project))


def _require_both(taxonomy: UUID | None, version: int | None) -> None:
    if (taxonomy is None) != (version is None):
        raise Refusal(
            "invalid",
            "taxonomy_version_unclear",
            expected="a taxonomy with its version, or neither",
            found="a taxonomy without a version" if version is None else f"version {version} of no taxonomy",
            mend="name both; or null for both, to check answers by none",
        )


async def _require_steps(work: Work, row: Row, steps: Sequence[str]) -> None:
    """Steps of an earlier version are known, too: work begun goes on by the version it began with."""
    newest: list[str] = []
    strange = dict.fromkeys(steps)
    for version in range(row["workflow_version"], 0, -1):
        if not strange:
            return
        found = await workflows.find(work.conn, work.tenant, row["project"], version)
        names = [step.name for step in found.steps] if found else []
        newest = newest or names
        strange = {name: None for name in strange if name not in names}
    if strange:
        raise Refusal(
            "invalid",
            "taxonomy_step_unknown",
            expected=f"steps of the project's workflow: {', '.join(newest) or 'it has none'}",
            found=", ".join(ascii(name) for name in strange),
            mend="name steps in `allowed`, or none to mean all",
            extra={"allowed": newest},
        )


async def _known(work: Work, taxonomy: UUID, version: int) -> None:
    """At hand from now on, at least here."""
    try:
        await tree_of(work, taxonomy, version)
    except Refusal:
        raise Refusal(
            "invalid",
            "taxonomy_unknown",
            expected="a taxonomy and a version of it that was published",
            found=f"{taxonomy}, version {version}",
            mend="publish the version first, or name one that there is",
        ) from None


async def project_taxonomy_classes(
    work: Work,
    *,
    project: UUID,
    prefix: str | None,
    parent: str | None,
    code: str | None,
    cursor: str | None,
    limit: int,
) -> Answer:
    """The classes that answers of this project may name now, as taxonomy_classes lists them: what a front-end's field
    asks while somebody types."""
    work.require("guideline:read", project=ProjectId(project))
    row = await _found(work, project)
    if row["taxonomy"] is None:
        raise not_found("a taxonomy of the project")
    tree = await tree_of(work, row["taxonomy"], row["taxonomy_version"])
    names = {"taxonomy": row["taxonomy"], "version": row["taxonomy_version"]}
    return Answer({**names, **page(tree, prefix, parent, code, cursor, limit)})


def _shown(row: Row) -> Answer:
    rule = domain.read(row["taxonomy_rule"]) if row["taxonomy_rule"] else ClassRule(at=())
    version = FIRST + row["taxonomy_setting"]
    body = {
        "project": row["project"],
        "setting": row["taxonomy_setting"],
        "taxonomy": row["taxonomy"],
        "version": row["taxonomy_version"] or None,
        "at": list(rule.at),
        "deprecated": rule.deprecated,
        "leaves_only": rule.leaves_only,
        "steps": list(rule.steps),
    }
    return Answer(body, etag=str(version))


async def _found(work: Work, project: UUID) -> Row:
    rows = await projects.find(work.conn, work.tenant, [project])
    if not rows:
        raise not_found("a project")
    return rows[0]
