"""Experts' words, kept and read: with the lease under which they answered, whatever that lease was.

Gold, escalations and second looks are taken alike; whoever reads the words asks what the lease was.
"""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from backend.domain.review import expert_words as domain
from backend.events.ids import ItemId, LeaseId, ProjectId, uuid8
from backend.readmodels import expert_words, tasks
from backend.usecases.vault import Sealed
from backend.usecases.work import Work

WORDS_MAX = domain.WORDS_MAX
Row = dict[str, Any]


def require_taken(row: Mapping[str, Any]) -> None:
    """Raises `explanation_not_taken` where the lease is none of an expert's."""
    if row["stage"] != domain.STAGE:
        raise domain.not_taken(row["stage"])


async def keep(work: Work, row: Mapping[str, Any], words: str) -> None:
    """These words are said of the answer under the lease of `row` (lease, item, project)."""
    lease, project = row["lease"], row["project"]
    stream = uuid8(lease, "expert-words")
    keys = await work.keys(("project", project))
    await work.load(domain.EXPERT_WORDS, [stream])
    command = domain.Explain(
        lease=LeaseId(lease),
        item=ItemId(row["item"]),
        project=ProjectId(project),
        by=work.me,
        words=keys.seal_json("project", project, "lease", lease, "explanation", words),
        words_token=work.vault.token(work.tenant, "expert-words", f"{lease}|{words}"),
    )
    work.decide(domain.EXPERT_WORDS, stream, command)


async def words_of(work: Work, leases: Collection[UUID]) -> dict[UUID, Row]:
    """Lease -> what was said of its answer last (`words`, `by`, `at`), of those of which there is anything to read."""
    rows = await tasks.by_ids(work.conn, expert_words.OF_LEASES, work.tenant, sorted(leases))
    places = [
        Sealed("project", row["project"], "lease", row["lease"], "explanation", row["words"]) for row in rows
    ]
    return {
        row["lease"]: {"words": words, "by": row["said_by"], "at": row["said_at"]}
        for row, words in zip(rows, await work.open(places), strict=True)
        if words is not None
    }
