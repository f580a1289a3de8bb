"""Gold scoring: each answer to a gold item against its truth, as evidence of its author's proficiency."""

from collections.abc import Sequence

from backend.domain.proficiency.scoring import is_correct
from backend.domain.tasks import lease as leases
from backend.events.ids import SkillId
from backend.readmodels import tasks
from backend.usecases.proficiency.records import review_soon
from backend.usecases.tasks.arriving import Place
from backend.usecases.vault import Sealed


async def score_gold(places: Sequence[Place]) -> None:
    """Each answer to a gold item against its truth."""
    if not places:
        return
    work = places[0].sent.work
    found = await tasks.by_ids(work.conn, tasks.GOLD_BY_ID, work.tenant, [p.row["gold"] for p in places])
    sealed = [Sealed("project", g["project"], "gold", g["gold"], "truth", g["truth"]) for g in found]
    clear = await work.open(sealed)
    truths = {gold["gold"]: (gold, truth) for gold, truth in zip(found, clear, strict=True)}
    for place in places:
        gold, truth = truths[place.row["gold"]]
        score = leases.ScoreGold(
            skill=SkillId(place.row["skill"]),
            correct=is_correct(place.sent.answer, truth),
            truth_class=gold["truth_class"],
            answer_class=place.answer_class,
        )
        place.sent.work.decide(leases.LEASE, place.sent.lease, score)
        review_soon(place.sent.work, place.row["annotator"], place.row)
