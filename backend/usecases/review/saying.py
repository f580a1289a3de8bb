"""What a reviewer says: kept as the answer of their lease, and as the verdict on another's answer and its worth."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from backend.domain.review import regions as regions_domain
from backend.domain.review import review as reviews_domain
from backend.domain.tasks import lease as leases
from backend.events.ids import AnnotatorId, BulkId, LateAnswerId, SkillId, uuid8
from backend.events.review import RegionVerdict
from backend.usecases.projects.scoring import Compare, ppm
from backend.usecases.tokens import answer_token, class_token
from backend.usecases.vault import Sealed, SealingKeys
from backend.usecases.work import Work

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Said:
    """accept, correct or reject, with what belongs to it."""

    verdict: str
    correction: Any
    note: str | None
    regions: tuple[RegionVerdict, ...] = ()

    @property
    def corrects(self) -> bool:
        """Whether there is another answer instead."""
        return self.verdict == "correct" and self.correction is not None


def regions_of(given: Sequence[Mapping[str, Any]]) -> tuple[RegionVerdict, ...]:
    """Verdicts on regions, in the order in which they were said."""
    return tuple(
        RegionVerdict(at=one["at"], verdict=one["verdict"], code=one.get("code") or "") for one in given
    )


def submission(work: Work, project: UUID, keys: SealingKeys, lease: UUID, said: Said) -> leases.Submit:
    """The review lease ends like any other: with an answer, which is the verdict; or it is kept as too late."""
    answer = {"verdict": said.verdict, "correction": said.correction} | _told(said.regions)
    return leases.Submit(
        annotator=AnnotatorId(work.me),
        answer=keys.seal_json("project", project, "lease", lease, "answer", {**answer, "note": said.note}),
        answer_class=None,
        answer_token=answer_token(work, project, answer),
        client_seconds=None,
        slot_open=False,
        allowed=False,
        late_answer=LateAnswerId(work.new_id()),
    )


async def verdict_on(
    work: Work, project: Row, subject: Row, said: Said, compare: Compare
) -> reviews_domain.GiveVerdict:
    """The verdict on one person's answer (`subject`, a row of answers). A correction says how far off the answer was:
    a box moved by two pixels is no wrong box. Raises `region_unknown` for a place that the answer does not have."""
    about = project["project"]
    keys = await work.keys(("project", about))
    score_ppm, passed = 0, False
    if said.corrects or said.regions:
        sealed = Sealed("project", about, "lease", subject["lease"], "answer", subject["answer"])
        (answer,) = await work.open([sealed])
        regions_domain.check(said.regions, answer)
        if said.corrects:
            scored = await compare.score(answer, said.correction)
            score_ppm, passed = ppm(scored), scored.passed
    return given(work, keys, project, subject, said, score_ppm=score_ppm, passed=passed)


def given(
    work: Work,
    keys: SealingKeys,
    project: Row,
    subject: Row,
    said: Said,
    *,
    score_ppm: int = 0,
    passed: bool = False,
    bulk: BulkId | None = None,
) -> reviews_domain.GiveVerdict:
    """The verdict as a command. Only a correction has a score of its own."""
    about, review = project["project"], uuid8(subject["lease"], "review")
    truth = subject["answer_class"] if said.verdict == "accept" else None
    if said.corrects:
        truth = class_token(work, project["skill"], said.correction)
    return reviews_domain.GiveVerdict(
        reviewer=AnnotatorId(work.me),
        skill=SkillId(project["skill"]),
        verdict=said.verdict,
        correction=keys.seal_json("project", about, "review", review, "correction", said.correction)
        if said.corrects
        else None,
        correction_token=answer_token(work, about, said.correction) if said.corrects else None,
        truth_class=truth,
        answer_class=subject["answer_class"],
        note=keys.seal_json("project", about, "review", review, "note", said.note) if said.note else None,
        score_ppm=score_ppm,
        passed=passed,
        regions=said.regions,
        plan_version=project["plan_version"],
        bulk=bulk,
    )


def _told(regions: Sequence[RegionVerdict]) -> dict[str, Any]:
    """Left out where nothing is said of regions: the same verdict has the same token as ever."""
    if not regions:
        return {}
    return {"regions": [{"at": one.at, "verdict": one.verdict, "code": one.code} for one in regions]}
