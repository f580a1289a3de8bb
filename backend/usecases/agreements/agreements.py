"""Agreements (NDA): published in versions and languages, read to the byte."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from backend.domain.errors import Refusal, not_found
from backend.domain.workforce import agreement as domain
from backend.events.agreements import AgreementPublished, AgreementText
from backend.events.ids import AgreementId
from backend.readmodels import agreements, claims, signatures
from backend.usecases.gates import one_at_a_time
from backend.usecases.lanes import refresh_lanes
from backend.usecases.vault import Sealed
from backend.usecases.work import Answer, Work

NO_LANGUAGE = "und"
TERMS = (
    "material",
    "effective_at",
    "deadline",
    "resign_by",
    "scope",
    "data_class",
    "valid_days",
    "countersigned",
)
"""What a version says about itself, as rows and answers name it."""


async def agreement_publish(
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
    """Publish an agreement, or its next version; past its deadline work waits for the new signature."""
    work.require("agreement:publish")
    await one_at_a_time(work)
    about = AgreementId(agreement or work.new_id())
    await known(work, agreement)
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
    for event in work.decide(domain.AGREEMENT, about, command):
        assert isinstance(event, AgreementPublished)
        await _take_effect(work, event)
    await work.flush()
    row = (await agreements.versions(work.conn, work.tenant, [about]))[-1]
    return Answer({"id": about, **_shown(row, work.now)}, "created")


async def known(work: Work, agreement: UUID | None) -> domain.Agreement:
    """The agreement's state; nothing yet for None. Raises not_found for an id that was never published."""
    if agreement is None:
        return domain.AGREEMENT.initial
    (state,) = await work.load(domain.AGREEMENT, [agreement])
    if state == domain.AGREEMENT.initial:
        raise not_found("an agreement")
    return state


def utc(at: datetime | None) -> datetime | None:
    """The same moment in UTC, as facts are kept."""
    return at.astimezone(UTC) if at else None


async def sealed_command(
    work: Work, about: AgreementId, said: tuple[str, str, str, tuple[dict[str, str], ...]], **terms: Any
) -> domain.PublishAgreement:
    """The command to publish: every text hashed as it is and then sealed."""
    title, text, language, more = said
    keys = await work.keys(("tenant", work.tenant))

    def seal(field: str, clear: str) -> Any:
        return keys.seal_json("tenant", work.tenant, "agreement", about, field, clear)

    others = tuple(
        AgreementText(
            language=one["language"],
            sha256=sha256_of(one["text"]),
            text=seal(_field(one["language"], 1), one["text"]),
        )
        for one in more
    )
    return domain.PublishAgreement(
        agreement=about,
        title=title,
        sha256=sha256_of(text),
        text=seal(_field(language, 0), text),
        now=work.now,
        language=language,
        texts=others,
        **terms,
    )


def sha256_of(text: str) -> str:
    """SHA-256 in hex over the exact UTF-8 bytes."""
    return hashlib.sha256(text.encode()).hexdigest()


def _field(language: str, place: int) -> str:
    return f"text:{language}" if place else "text"


async def _take_effect(work: Work, event: AgreementPublished) -> None:
    """A material version: its signers' tokens get an end; at once, their pulls and reads in flight are waited for.

    Everybody it can stop is locked in id order before anything is written, so that whoever pulls or reads a payload
    either committed before or sees the new end.
    """
    if not event.material:
        return
    deadline = event.resign_by or event.effective_at or work.now
    wide = event.scope != "project" and deadline <= work.now
    find = signatures.active if wide else signatures.signers
    people = await find(work.conn, work.tenant, event.agreement)
    await claims.lock_people(work.conn, work.tenant, people, work.now)
    await work.flush()
    if deadline <= work.now:
        await refresh_lanes(work, await agreements.concerned(work.conn, work.tenant, event.agreement))
    if event.version > 1 or event.scope != "project":
        subject = f"{event.agreement}:{event.version}"
        args = {"agreement": str(event.agreement), "version": event.version}
        work.enqueue("agreement_enforce", subject, args, deadline)


async def rows_of(work: Work, agreement: UUID) -> list[dict[str, Any]]:
    """The agreement's versions, oldest first. Raises not_found."""
    rows = await agreements.versions(work.conn, work.tenant, [agreement])
    if not rows:
        raise not_found("an agreement")
    return rows


def _shown(row: dict[str, Any], now: datetime) -> dict[str, Any]:
    names = ("version", "title", "language", "sha256", "published_at", *TERMS)
    return {name: row[name] for name in names} | {"over": row["material"] and row["deadline"] <= now}


async def agreement_get(
    work: Work, *, agreement: UUID, version: int | None = None, language: str | None = None
) -> Answer:
    """The version in force, or the one asked for, with the exact text that is signed; reading leaves no fact."""
    work.require("agreement:read")
    rows = await rows_of(work, agreement)
    current = agreements.in_force(rows, work.now)
    wanted = [row for row in rows if row["version"] == version] if version else [current or rows[-1]]
    if not wanted:
        raise not_found("a version")
    row = wanted[0]
    texts = [
        t for t in await agreements.texts(work.conn, work.tenant, agreement) if t["version"] == row["version"]
    ]
    text = in_language(texts, language)
    (clear,) = await opened(work, [text])
    body = {
        "id": agreement,
        **_shown(row, work.now),
        "language": text["language"],
        "languages": [one["language"] for one in texts],
        "sha256": text["sha256"],
        "text": clear,
        "in_force": current is not None and current["version"] == row["version"],
    }
    return Answer(body)


def in_language(texts: Sequence[dict[str, Any]], language: str | None) -> dict[str, Any]:
    """One version's text in a language, its own when None. Raises `language_unknown`."""
    for one in texts:
        if language is None or one["language"].casefold() == language.casefold():
            return one
    raise Refusal(
        "invalid",
        "language_unknown",
        expected="one of " + ", ".join(one["language"] for one in texts),
        found=str(language),
        mend="ask for one of these languages, or for none",
    )


async def opened(work: Work, texts: Sequence[dict[str, Any]]) -> list[str]:
    """The texts in clear."""
    return await work.open(
        [
            Sealed(
                "tenant",
                work.tenant,
                "agreement",
                t["agreement"],
                _field(t["language"], t["place"]),
                t["text"],
            )
            for t in texts
        ]
    )


async def agreement_versions(work: Work, *, agreement: UUID) -> Answer:
    """Every version, newest first, with the hash of each language's bytes."""
    work.require("agreement:read")
    rows = await rows_of(work, agreement)
    texts = await agreements.texts(work.conn, work.tenant, agreement)
    current = agreements.in_force(rows, work.now)
    data = [
        {
            **_shown(row, work.now),
            "texts": [
                {"language": t["language"], "sha256": t["sha256"]}
                for t in texts
                if t["version"] == row["version"]
            ],
            "in_force": row is current,
        }
        for row in reversed(rows)
    ]
    return Answer({"id": agreement, "data": data})


async def agreement_list(work: Work, *, cursor: str | None, limit: int) -> Answer:
    """Agreements by id, each with the version in force; a person sees beside it what they signed themselves."""
    work.require("agreement:read")
    by_id: dict[UUID, list[dict[str, Any]]] = {}
    for row in await agreements.versions(work.conn, work.tenant):
        if cursor is None or row["agreement"] > UUID(cursor):
            by_id.setdefault(row["agreement"], []).append(row)
    mine = {
        row["agreement"]: {name: row[name] for name in ("version", "state", "signed_at", "until")}
        for row in await signatures.of_person(work.conn, work.tenant, work.me)
        if row["state"] in ("counts", "awaiting")
    }
    asked = await agreements.asked(work.conn, work.tenant, work.now)
    page = [
        {
            "id": about,
            **_shown(agreements.in_force(rows, work.now) or rows[0], work.now),
            "newest": rows[-1]["version"],
            "asked": asked[AgreementId(about)],
            "mine": mine.get(about),
        }
        for about, rows in list(by_id.items())[:limit]
    ]
    return Answer({"data": page, "next_cursor": str(page[-1]["id"]) if len(by_id) > limit else None})
