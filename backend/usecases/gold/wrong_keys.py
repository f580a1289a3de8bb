"""Wrong keys: somebody says that a gold item's key is wrong; what was scored against it is taken back, or scored again
by what is right. What that would change can be asked before, and what it came to afterwards."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from backend.domain.errors import Refusal, not_found
from backend.domain.proficiency import rekeying
from backend.domain.proficiency.scoring import canonical
from backend.domain.projects import gold as domain
from backend.domain.review import dispute as disputes
from backend.readmodels import evidence_kept, priors, proficiency, projects, rekeyed, skills, tasks
from backend.readmodels.evidence import PPM, Evidence
from backend.statistics.beta import Beta, prior_of_pool
from backend.usecases.gold import key_scores
from backend.usecases.gold.key_scores import Case, Given
from backend.usecases.gold.rekeying import begin
from backend.usecases.proficiency.closings import record_on, stands
from backend.usecases.tokens import class_token
from backend.usecases.work import Work

LOOKED_MAX = 5_000
"""So many scores a preview looks at; of more it says that there are."""
Row = Mapping[str, Any]
Change = tuple[Given, rekeying.Correct]


async def find_wrong(work: Work, row: Row, retire: domain.RetireGold, right: Any) -> domain.Found | None:
    """Say that the key of this gold item (its loaded row) is wrong, and what is right (None: nobody knows); decided,
    with the job that corrects. None: it was said before."""
    gold, project = row["gold"], row["project"]
    (about,) = await projects.find(work.conn, work.tenant, [project])
    keys = await work.keys(("project", project))
    said = right is not None
    command = domain.FindKeyWrong(
        retire=retire,
        right=keys.seal_json("project", project, "gold", gold, "truth", right) if said else None,
        right_token=work.vault.token(work.tenant, "truth-token", f"{gold}|{canonical(right)}")
        if said
        else None,
        right_class=class_token(work, about["skill"], right) if said else None,
    )
    if not work.decide(domain.GOLD, gold, command):
        return None
    found = domain.found_of(work.state(domain.GOLD, gold))
    assert found is not None
    begin(work, gold, found.key_case)
    return found


async def preview(work: Work, found: Sequence[tuple[Row, domain.Found]]) -> dict[str, Any]:
    """What correcting would change in all of a family; asked inside of what is undone afterwards, when their keys (at
    least one) were found wrong."""
    changed: list[Change] = []
    looked, settled, more = 0, 0, False
    for row, one_found in found:
        (now,) = await tasks.by_ids(work.conn, tasks.GOLD_BY_ID, work.tenant, [row["gold"]])
        case = await key_scores.case_of(work, now, one_found)
        async for given in key_scores.pages(work, case):
            if more := more or looked + len(given) > LOOKED_MAX:
                break
            looked += len(given)
            told = await key_scores.corrections(work, case, given, one_found.key_case)
            changed += [(one, command) for one, command in told if command.now != command.was]
            settled += sum(_waits(work, one) for one, _ in told)
    comes = Counter(command.now.correct for _, command in changed)
    return {
        "answers": looked,
        "scores": len(changed),
        "right": comes[True],
        "wrong": comes[False],
        "void": comes[None],
        "people": len({one.annotator for one, _ in changed}),
        "disputes": settled,
        "closings": await _opened(work, case, changed),
        "more": more,
    }


def _waits(work: Work, one: Given) -> bool:
    dispute = work.state(disputes.DISPUTE, one.disputed) if one.disputed else None
    return isinstance(dispute, disputes.Open | disputes.Taken)


async def _opened(work: Work, case: Case, changed: Sequence[Change]) -> int:
    """How many skills that a rule has closed would be open again."""
    people = sorted({one.annotator for one, _ in changed})
    rows = await rekeyed.fetch(work.conn, rekeyed.CLOSED, work.tenant, people) if people else []
    touched = {(one.annotator, one.skill) for one, _ in changed}
    (project,) = await projects.find(work.conn, work.tenant, [case.gold["project"]])
    floor = project["plan"].live_floor_ppm
    opened = 0
    for who in sorted({(row["annotator"], row["skill"]) for row in rows} & touched):
        opened += await _opens(work, who, floor, changed)
    return opened


async def _opens(work: Work, who: tuple[UUID, UUID], floor_ppm: int, changed: Sequence[Change]) -> bool:
    at = (work.conn, work.tenant)
    closing = (await skills.closings(*at, who[0]))[who[1]]
    mine = (await proficiency.records(*at, who[1], [who[0]], work.now)).get(who[0])
    if mine is None:
        return False
    floor = closing["floor_ppm"] if closing["why"] == "floor" else max(1, floor_ppm)
    since = (await evidence_kept.discounted(*at, [who[0]])).get(who)
    rests = [command for _, command in changed if (command.annotator, command.skill) == who]
    known = [_as_corrected(one, rests) for one in await evidence_kept.everything(*at, who)]
    touched = any(new and mine.state.fresh_before <= one.idx < closing["basis_index"] for one, new in known)
    pieces = [one.observed(since) for one, _ in known]
    prior = await _prior(work, who[1], mine, record_on(mine, pieces, work.now))
    return touched and not stands(mine, closing, pieces, prior, floor, work.now)


async def _prior(work: Work, skill: UUID, mine: proficiency.Record, now: proficiency.Record) -> Beta:
    """Until the first fit it is the pool's, in which the person is as they would be."""
    fitted = await priors.fitted(work.conn, work.tenant, skill)
    if fitted is not None:
        return fitted
    pool = await proficiency.pool(work.conn, work.tenant, skill)
    correct, total = pool.correct - mine.correct + now.correct, pool.total - mine.total + now.total
    return prior_of_pool(max(0.0, correct), max(0.0, total))


def _as_corrected(one: Evidence, changed: Sequence[rekeying.Correct]) -> tuple[Evidence, bool]:
    for command in changed:
        given = (command.lease, command.attempt, command.of_version)
        of = (one.lease, one.attempt, one.version if one.attempt else None)
        if given == of and one.source in ("gold", "exam"):
            now = command.now
            score = PPM * bool(now.correct) if now.score_ppm is None else now.score_ppm
            return replace(one, correct=now.correct, score_ppm=score, truth_class=now.truth_class), True
    return one, False


def key_unknown() -> Refusal:
    """`gold_key_wrong`: there is no truth to tell."""
    return Refusal(
        "conflict",
        "gold_key_wrong",
        expected="gold whose right answer is known",
        found="a key that was found wrong, and nothing that is right instead",
        mend="say what is right by retiring it again with key wrong and right",
    )


async def row_of(work: Work, gold: UUID) -> dict[str, Any]:
    """The gold item's row. Raises not_found, also outside of a key's project."""
    found = await tasks.by_ids(work.conn, tasks.GOLD_BY_ID, work.tenant, [gold])
    if not found or work.caller.subject.project not in (None, found[0]["project"]):
        raise not_found("gold")
    return found[0]
