"""Diverse enough: of how many different ones the answers to some items are, beside what the project asks."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from backend.domain.checks import PPM
from backend.domain.projects import diversity as domain
from backend.readmodels import diversity as rows
from backend.usecases.work import Work

Row = dict[str, Any]


async def counted(work: Work, project: Row, items: Sequence[UUID]) -> Row | None:
    """How diverse the answers to these decided items are, None where the project (its row) asks for nothing: what is
    asked, how many items there are, how many are `diverse`, how many are `without` any answer of a person that counts
    (not diverse), and the outcome. Where people belong is as of now."""
    asked = domain.read(project["diversity"])
    if asked is None:
        return None
    told = await rows.enough(
        work.conn, work.tenant, project["project"], asked.by, asked.least, rows.Only(items=items)
    )
    found = domain.Counted(**told)
    return {
        "by": asked.by,
        "least": asked.least,
        "share": asked.share_ppm / PPM,
        **told,
        "diverse_share": round(found.diverse / found.items, 9) if found.items else None,
        "outcome": domain.outcome(asked, found),
    }


def shown(project: UUID, told: Row | None, **of: UUID) -> Row | None:
    """What was counted, with the request that lists the items below (`of`: delivery or iteration), and in words what is
    missing where something is."""
    if told is None:
        return None
    asked = urlencode({"by": told["by"], "least": told["least"]} | of)
    return {
        **told,
        "missed": None if told["outcome"] == "met" else _missed(told),
        "behind": f"/v1/reports/projects/{project}/diversity?{asked}",
    }


def _missed(told: Row) -> str:
    return (
        f"{told['diverse']} of {told['items']} items have counting answers of {told['least']} or more different"
        f" {told['by']}s ({told['without']} have none), where a share of {told['share']:g} is asked"
    )
