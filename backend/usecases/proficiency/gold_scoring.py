"""Gold scoring: each answer to a gold item against its truth, as evidence of its author's proficiency."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from backend.domain.tasks import lease as leases
from backend.events.ids import SkillId
from backend.events.workflows import Step
from backend.readmodels import tasks
from backend.usecases.proficiency.records import review_soon
from backend.usecases.projects.scoring import ppm, scorer_of
from backend.usecases.tasks.arriving import Place
from backend.usecases.vault import Sealed


async def score_gold(places: Sequence[Place], steps: Mapping[UUID, Step]) -> None:
    """Each answer to a gold item against its truth, by what the project says or the step (task -> step) as which it was
    handed out."""
    if not places:
        return
    work = places[0].sent.work
    found = await tasks.by_ids(work.conn, tasks.GOLD_BY_ID, work.tenant, [p.row["gold"] for p in places])
    sealed = [Sealed("project", g["project"], "gold", g["gold"], "truth", g["truth"]) for g in found]
    clear = await work.open(sealed)
    truths = {gold["gold"]: (gold, truth) for gold, truth in zip(found, clear, strict=True)}
    for place in places:
        gold, truth = truths[place.row["gold"]]
        if gold["key"] == "wrong":
            # Found wrong while it was in somebody's hands: nothing is held against it any more.
            continue
        compare = await scorer_of(work, place.row, steps.get(place.row["task"]))
        scored = await compare.score(place.sent.answer, truth)
        score = leases.ScoreGold(
            skill=SkillId(place.row["skill"]),
            correct=scored.passed,
            truth_class=gold["truth_class"],
            answer_class=place.answer_class,
            score_ppm=ppm(scored),
            plan_version=place.row["plan_version"],
        )
        place.sent.work.decide(leases.LEASE, place.sent.lease, score)
        review_soon(place.sent.work, place.row["annotator"], place.row)
