"""Asked: what came back to a person of the items for which they asked for an expert, so that nothing tells gold.

Gold is never escalated, so what stays without a word is gold, or not decided yet, or kept back: of work a share by lot,
so large that of gold and what is kept back at most half is to be expected to be gold.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from backend.domain.proficiency.scoring import canonical
from backend.domain.projects.feedback import Feedback
from backend.domain.review.expert_words import kept_back
from backend.readmodels import expert_words, tasks, taught
from backend.readmodels.projects import plan_of
from backend.statistics.gold_rate import DEFAULTS
from backend.usecases.projects.feedback import settings
from backend.usecases.review.expert_words import words_of
from backend.usecases.training.teaching import kept_from_work
from backend.usecases.vault import Sealed
from backend.usecases.work import Work

SHOWN_MAX = 200
PPM = 1_000_000
ONCE_GOLD = 0.05
"""The share of gold that is taken for granted where a project has, or had, any."""
Row = dict[str, Any]


async def asked(work: Work, annotator: UUID, project: UUID | None) -> list[Row]:
    """For which items somebody asked for an expert, newest first, SHOWN_MAX at most; with the answer that stands and
    the expert's words where the project tells them and they are not kept back. Never whose they are."""
    rows = await tasks.rows(work.conn, expert_words.ASKED, work.tenant, annotator, project, SHOWN_MAX)
    said = await settings(work, {row["project"] for row in rows})
    open_to = [row for row in rows if _tells(said[row["project"]]) and not _back(work, row)]
    hidden = await _hidden(work, {row["project"] for row in open_to})
    open_to = [row for row in open_to if row["project"] not in hidden]
    came = await _came_back(work, open_to, said)
    work.saw(*(["explanation"] if came else []), results=[row["lease"] for row in rows])
    nothing: Row = {"state": "asked", "answer": None, "explanation": None}
    return [
        {
            "lease": row["lease"],
            "project": row["project"],
            "at": row["ended_at"],
            "escalation": work.vault.handle(work.tenant, row["lease"], "escalation"),
            **came.get(row["lease"], nothing),
        }
        for row in rows
    ]


async def _hidden(work: Work, projects: Collection[UUID]) -> set[UUID]:
    """Of these projects those whose data the person who asks may not see any more."""
    if work.caller.subject.kind != "annotator":
        return set()
    return {one for one in sorted(projects) if await kept_from_work(work, [one]) is not None}


def _tells(said: Feedback) -> bool:
    return said.review_notes or said.corrections


def _back(work: Work, row: Row) -> bool:
    """Whether it stays without a word, as gold does. The lot is of the lease, so who asks again learns no more."""
    if row["gold"] is not None:
        return True
    lot = int(work.vault.token(work.tenant, "expert-words-lot", str(row["lease"]))[:8], 16) / 2**32
    return kept_back(lot, _gold_share(row))


def _gold_share(row: Row) -> float:
    """The most of what people get in the project that may be gold; nothing where there never was any."""
    if not row["has_gold"]:
        return 0.0
    plan = plan_of(row["plan"])
    drawn = 2 * DEFAULTS.high if plan.gold_expected else plan.gold_share_ppm / PPM
    return float(max(ONCE_GOLD, drawn))


async def _came_back(work: Work, rows: Sequence[Row], said: Mapping[UUID, Feedback]) -> dict[UUID, Row]:
    """Lease under which it was asked -> what is told, of those where an answer stands that an expert gave."""
    about = await tasks.by_ids(work.conn, taught.OF_TASKS, work.tenant, [row["task"] for row in rows])
    standing = {one["of_task"]: one for one in about if one["left_out"] is None}
    found = [(row, standing[row["task"]]) for row in rows if row["task"] in standing]
    places = [
        place
        for row, one in found
        for place in (
            Sealed("project", row["project"], "result", one["task"], "result", one["result"]),
            Sealed("project", row["project"], "lease", one["lease"], "answer", one["answer"]),
        )
    ]
    clear = await work.open(places)
    words = await words_of(work, {one["lease"] for _, one in found})
    told = {}
    for place, (row, one) in enumerate(found):
        result, answer = clear[2 * place : 2 * place + 2]
        if result is None or len(result.get("top", ())) != 1:
            continue
        tells, stands = said[row["project"]], canonical(answer) == canonical(result["answer"])
        spoken = words.get(one["lease"], {}) if stands and tells.review_notes else {}
        told[row["lease"]] = {
            "state": "answered",
            "answer": result["answer"] if tells.corrections else None,
            "explanation": spoken.get("words"),
        }
    return told
