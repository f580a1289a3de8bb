"""Agreements (NDA): published in versions, read and signed to the byte."""

import hashlib
from typing import Any
from uuid import UUID

from backend.domain.errors import not_found
from backend.domain.workforce import agreement as agreements_domain
from backend.domain.workforce import signature as signatures
from backend.events.ids import AgreementId, AnnotatorId, uuid8
from backend.readmodels import agreements, projects
from backend.usecases.gates import one_at_a_time, refresh_lanes
from backend.usecases.vault import Sealed
from backend.usecases.work import Answer, Work


async def agreement_publish(work: Work, *, title: str, text: str, agreement: UUID | None) -> Answer:
    """Publish an agreement, or its next version; work that asks for it waits for the new signature."""
    work.require("agreement:publish")
    await one_at_a_time(work)
    about = AgreementId(agreement or work.new_id())
    (state,) = await work.load(agreements_domain.AGREEMENT, [about])
    if agreement is not None and state == agreements_domain.AGREEMENT.initial:
        raise not_found("an agreement")
    keys = await work.keys(("tenant", work.tenant))
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    sealed = keys.seal_json("tenant", work.tenant, "agreement", about, "text", text)
    command = agreements_domain.PublishAgreement(agreement=about, title=title, sha256=sha256, text=sealed)
    work.decide(agreements_domain.AGREEMENT, about, command)
    await refresh_lanes(work, await projects.asking_for(work.conn, work.tenant, about))
    published = work.state(agreements_domain.AGREEMENT, about)
    assert isinstance(published, agreements_domain.Published)
    return Answer({"id": about, "version": published.version, "sha256": sha256}, "created")


async def _current(work: Work, agreement: UUID) -> dict[str, Any]:
    rows = await agreements.agreements(work.conn, work.tenant, [agreement])
    if not rows:
        raise not_found("an agreement")
    return rows[0]


async def agreement_get(work: Work, *, agreement: UUID) -> Answer:
    """The version in force, with the exact text that is signed."""
    work.require("agreement:read")
    row = await _current(work, agreement)
    (text,) = await work.open([Sealed("tenant", work.tenant, "agreement", agreement, "text", row["text"])])
    body = {
        "id": agreement,
        "version": row["version"],
        "title": row["title"],
        "sha256": row["sha256"],
        "text": text,
    }
    return Answer(body)


async def agreement_sign(
    work: Work, *, agreement: UUID, version: int, sha256: str, typed_name: str
) -> Answer:
    """The person signs exactly these bytes of exactly this version."""
    work.require("agreement:sign", owner=work.me)
    row = await _current(work, agreement)
    person = AnnotatorId(work.me)
    stream = uuid8(person, "signature", str(agreement))
    await work.load(signatures.SIGNATURE, [stream])
    keys = await work.keys(("person", person))
    work.decide(
        signatures.SIGNATURE,
        stream,
        signatures.Sign(
            agreement=AgreementId(agreement),
            version=version,
            sha256=sha256,
            current_version=row["version"],
            current_sha256=row["sha256"],
            annotator=person,
            typed_name=keys.seal_json("person", person, "signature", stream, "typed_name", typed_name),
            address=keys.seal_json("person", person, "signature", stream, "address", work.meta.source),
            auth_method="api_key",
        ),
    )
    work.saw(subjects=[person])
    return Answer({"agreement": agreement, "version": version, "sha256": sha256})
