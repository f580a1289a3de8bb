"""Previewing an agreement: who would stop when. It is published for a moment, looked at, and given up again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from backend.domain.projects.coverage import Crowd, crowd, union
from backend.domain.projects.requirement import Requirement
from backend.domain.projects.rings import needing
from backend.domain.workforce import agreement as domain
from backend.events.agreements import AgreementPublished
from backend.events.ids import AgreementId
from backend.readmodels import agreements, projects, stopping
from backend.readmodels import lanes as lane_rows
from backend.usecases.agreements.agreements import NO_LANGUAGE, known, sealed_command, sha256_of, utc
from backend.usecases.gates import one_at_a_time, requirements
from backend.usecases.work import Answer, Work

PEOPLE_SHOWN_MAX = 1_000
Row = dict[str, Any]


async def agreement_preview(
    work: Work,
    *,
    title: str,
    text: str,
    agreement: UUID | None = None,
    language: str = NO_LANGUAGE,
    texts: tuple[dict[str, str], ...] = (),
    material: bool = True,
    effective_at: datetime | None = None,
    resign_by: datetime | None = None,
    scope: str | None = None,
    data_class: str | None = None,
    valid_days: int | None = None,
    countersigned: bool | None = None,
) -> Answer:
    """What publishing exactly this would do: the version, its deadline, and who would stop then with what open."""
    work.require("agreement:publish")
    await one_at_a_time(work)
    about = AgreementId(agreement or work.new_id())
    state = await known(work, agreement)
    command = await sealed_command(
        work,
        about,
        (title, text, language, texts),
        material=material,
        effective_at=utc(effective_at),
        resign_by=utc(resign_by),
        scope=scope,
        data_class=data_class,
        valid_days=valid_days,
        countersigned=countersigned,
    )
    (event, *_) = *domain.decide(command, state), None
    assert event is None or isinstance(event, AgreementPublished)
    version = state.version if isinstance(state, domain.Published) else 0
    body: Row = {
        "id": agreement,
        "version": event.version if event else version,
        "sha256": sha256_of(text),
        "changes": event is not None,
        "material": bool(event and event.material),
        "deadline": None,
        "lane_count": 0,
        **_counted([], []),
    }
    if event is not None and event.material:
        body |= await _effect(work, command, event)
    return Answer(body)


@dataclass(frozen=True, slots=True)
class Lane:
    """What a lane asks for at the deadline: without the new version, and with it."""

    project: UUID
    before: Requirement
    after: Requirement


async def _effect(work: Work, command: domain.PublishAgreement, event: AgreementPublished) -> dict[str, Any]:
    """Lanes and people at the deadline, as they would be and as they are without the new version."""
    about = event.agreement
    deadline = event.resign_by or event.effective_at or work.now
    at = max(deadline, work.now)
    async with work.imagined():
        work.decide(domain.AGREEMENT, about, command)
        await work.flush()
        concerned = await agreements.concerned(work.conn, work.tenant, about)
        rows = await projects.find(work.conn, work.tenant, concerned)
        after = await _asked(work, rows, at)
        then = await stopping.people(work.conn, work.tenant, at, about)
    before = await _asked(work, rows, at)
    kept = {row["annotator"]: row["held"] for row in then}
    everybody = await stopping.people(work.conn, work.tenant, at, about)
    people = [row for row in everybody if row["annotator"] in kept]
    lanes = {lane: Lane(project, before[lane][1], asked) for lane, (project, asked) in after.items()}
    have, keep = crowd([row["held"] for row in people]), crowd([kept[row["annotator"]] for row in people])
    begun = await stopping.begun(work.conn, work.tenant, list(lanes))
    stop = _stopping(people, begun, _lost(lanes, have, keep), _lost(_narrowed(lanes, about), have, keep))
    work.saw(subjects=[row["annotator"] for row in stop[:PEOPLE_SHOWN_MAX]])
    asking = [lane.project for lane in lanes.values() if _names(lane.after, about)]
    shown = [row for row in rows if row["project"] in set(asking)]
    return {"deadline": deadline, "lane_count": len(asking), **_counted(stop, shown)}


async def _asked(work: Work, rows: Sequence[Row], at: datetime) -> dict[UUID, tuple[UUID, Requirement]]:
    """Lane -> its project and what it asks for at a moment: the very thing that is asked when the moment has come."""
    now, work.now = work.now, at
    try:
        asked = {row["project"]: await requirements(work, row) for row in rows}
        return {
            one["lane"]: (one["project"], needing(asked[one["project"]][one["stage"]], one["needs"]))
            for one in await lane_rows.of_projects(work.conn, work.tenant, asked)
        }
    finally:
        work.now = now


def _narrowed(lanes: Mapping[UUID, Lane], about: AgreementId) -> dict[UUID, Lane]:
    """The lanes with only what this agreement can meet: who begins something may since have lost what else was asked,
    and keeps it until this is lost too."""
    return {
        name: Lane(lane.project, _only(lane.before, about), _only(lane.after, about))
        for name, lane in lanes.items()
    }


def _only(asked: Requirement, about: AgreementId) -> Requirement:
    return Requirement(
        requires=tuple(token for token in asked.requires if _of(token, about)),
        any_of=tuple(group for group in asked.any_of if any(_of(token, about) for token in group)),
    )


def _of(token: str, about: AgreementId) -> bool:
    return token.startswith(f"agreement:{about}")


def _names(asked: Requirement, about: AgreementId) -> bool:
    """Whether it is among what is asked, as one of several things, or as what nobody may have signed."""
    groups = (token for group in asked.any_of for token in group)
    return any(_of(token, about) for token in (*asked.requires, *groups, *asked.excludes))


def _lost(lanes: Mapping[UUID, Lane], have: Crowd, keep: Crowd) -> dict[UUID, int]:
    """Lane -> whom it would serve without the new version and not with it, as bits."""
    return {
        name: have.stops(lane.before).served & ~keep.stops(lane.after).served for name, lane in lanes.items()
    }


def _stopping(
    people: Sequence[Row], begun: Sequence[Row], lost: Mapping[UUID, int], taken: Mapping[UUID, int]
) -> list[Row]:
    """Who loses a lane in which they could work or have begun something, with what is taken from them there."""
    place = {row["annotator"]: n for n, row in enumerate(people)}
    leases, drafts = [0] * len(people), [0] * len(people)
    for row in begun:
        n = place.get(row["annotator"])
        if n is not None and taken[row["lane"]] >> n & 1:
            leases[n] += row["leases"]
            drafts[n] += row["drafts"]
    anywhere = union(lost.values())
    return [
        {
            "annotator": row["annotator"],
            "status": row["status"],
            "signed": row["signed"],
            "open_leases": leases[n],
            "drafts": drafts[n],
        }
        for n, row in enumerate(people)
        if leases[n] or (anywhere >> n & 1 and (row["status"] == "active" or row["signed"]))
    ]


def _counted(people: Sequence[Row], shown: Sequence[Row]) -> Row:
    return {
        "people_count": len(people),
        "open_leases": sum(row["open_leases"] for row in people),
        "drafts": sum(row["drafts"] for row in people),
        "people": list(people[:PEOPLE_SHOWN_MAX]),
        "projects": [{"id": row["project"], "name": row["name"]} for row in shown],
    }
