"""Disclosing gold: it is asked no more, and whoever answered it learns the truth and why."""

from uuid import UUID

from backend.domain.errors import not_found
from backend.domain.projects.disclosure import DISCLOSURE, Disclose
from backend.events.ids import GoldId, ItemId, ProjectId, uuid8
from backend.readmodels import gold_families, tasks
from backend.usecases.gold.hygiene import retire
from backend.usecases.gold.kin import retire_all
from backend.usecases.gold.wrong_keys import key_unknown
from backend.usecases.work import Answer, Work


async def gold_disclose(work: Work, *, gold: UUID, explanation: str) -> Answer:
    """Take the item back, as `withdrawn` where it was still asked, and tell its truth with this explanation to all who
    answered it and will read their feedback. Other words later replace the explanation; nothing makes it gold that is
    not known again."""
    work.require("gold:add")
    rows = await tasks.by_ids(work.conn, tasks.GOLD_BY_ID, work.tenant, [gold])
    if not rows:
        raise not_found("gold")
    row = rows[0]
    if row["key"] == "wrong":
        raise key_unknown()
    why, _ = await retire(work, gold, "withdrawn")
    # Whoever learns one truth of a family can tell the others.
    await retire_all(work, await gold_families.kin(work.conn, work.tenant, [gold]), "withdrawn")
    stream, project = uuid8(gold, "disclosure"), row["project"]
    keys = await work.keys(("project", project))
    await work.load(DISCLOSURE, [stream])
    command = Disclose(
        gold=GoldId(gold),
        project=ProjectId(project),
        item=ItemId(row["item"]),
        truth=row["truth"],
        explanation=keys.seal_json("project", project, "gold", gold, "explanation", explanation),
        explanation_token=work.vault.token(work.tenant, "gold-explanation", f"{gold}|{explanation}"),
    )
    work.decide(DISCLOSURE, stream, command)
    work.saw(results=[gold])
    return Answer({"gold": gold, "why": why})
