"""Previewing an agreement: who would stop when, before anything is published; nothing is recorded but the question."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from backend.domain.projects.requirement import agreement_token
from backend.domain.workforce import agreement as domain
from backend.events.agreements import AgreementPublished
from backend.events.ids import AgreementId
from backend.readmodels import agreements, stopping
from backend.usecases.agreements.agreements import NO_LANGUAGE, known, sealed_command, sha256_of, utc
from backend.usecases.work import Answer, Work

PEOPLE_SHOWN_MAX = 1_000


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
    body: dict[str, Any] = {
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
        body |= await _effect(work, event)
    return Answer(body)


async def _effect(work: Work, event: AgreementPublished) -> dict[str, Any]:
    deadline = event.resign_by or event.effective_at or work.now
    everywhere = await stopping.projects(work.conn, work.tenant, event.agreement)
    asked = await agreements.asked_at(work.conn, work.tenant, event.agreement, deadline)
    before = [p for p in everywhere if asked and (p["named"] or (asked["over"] and _meets(asked, p)))]
    wide = {"scope": event.scope, "data_class": event.data_class}
    after = [p for p in everywhere if p["named"] or _meets(wide, p)]
    had = {p["project"] for p in before}
    token = agreement_token(event.agreement, asked["version"]) if asked else None
    people = await stopping.stopping(
        work.conn,
        work.tenant,
        deadline,
        token,
        [p["project"] for p in after],
        [p["project"] for p in after if p["project"] not in had],
        event.agreement,
    )
    work.saw(subjects=[row["annotator"] for row in people[:PEOPLE_SHOWN_MAX]])
    lanes = await stopping.lane_count(work.conn, work.tenant, [p["project"] for p in after])
    return {"deadline": deadline, "lane_count": lanes, **_counted(people, after)}


def _meets(terms: dict[str, Any], project: dict[str, Any]) -> bool:
    """Whether a scope that is wider than the projects that name it takes this project in."""
    same = terms["data_class"] is not None and terms["data_class"] == project["data_class"]
    return terms["scope"] == "tenant" or (terms["scope"] == "data_class" and same)


def _counted(people: Sequence[dict[str, Any]], projects: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {
        "people_count": len(people),
        "open_leases": sum(row["open_leases"] for row in people),
        "drafts": sum(row["drafts"] for row in people),
        "people": list(people[:PEOPLE_SHOWN_MAX]),
        "projects": [{"id": row["project"], "name": row["name"]} for row in projects],
    }
