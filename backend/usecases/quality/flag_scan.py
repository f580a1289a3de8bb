"""Looking for suspicion: at night, and when a manager asks, all of a skill's newest answers are put to every test."""

import asyncio
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from pydantic_core import to_json

from backend.domain.errors import not_found
from backend.domain.proficiency.flag import FLAG, Raise
from backend.domain.proficiency.sharing import DEFAULTS as SHARING
from backend.domain.proficiency.sharing import Sighting, links
from backend.domain.proficiency.suspecting import suspicions
from backend.domain.proficiency.suspicion import Finding, Known, Seen
from backend.events.ids import AnnotatorId, FlagId, ProjectId, SkillId, uuid8
from backend.readmodels import flags, people, proficiency, projects, sightings, suspects
from backend.readmodels.proficiency import Record
from backend.statistics.beta import Beta
from backend.usecases.quality.calibrating import tonight
from backend.usecases.work import Answer, Work

JOB = "flags_scan"
# Nothing is asked of the database while a thread computes.
PATIENCE = "SET LOCAL idle_in_transaction_session_timeout = '60s'"
SHARING_DAYS = 30
"""So many days back it is looked at who shares a device or an address."""
CELLS_MAX = 10_000
"""Of one person's confusion, as a whole table."""
SOURCES_OF_TRUTH = ("review", "gold", "adjudication")
"""The last one that spoke of an item has the word."""
Row = dict[str, Any]


def flag_stream(skill: UUID, finding: Finding) -> UUID:
    """The stream of a suspicion: one person, one skill, one kind, one second person."""
    return uuid8(finding.annotator, "flag", str(skill), finding.kind, str(finding.other or ""))


def scan_tonight(work: Work, skills: set[UUID]) -> None:
    """New answers are put to the tests at night; announced many times, it is done once."""
    for skill in sorted(skills):
        work.enqueue(JOB, str(skill), {"skill": str(skill)}, tonight(work.now))


async def flags_scan(work: Work, *, skill: UUID) -> Answer:
    """Put the newest answers of a skill to every test and raise what is found, once each while it is open. Of more than
    ANSWERS_MAX answers the newest are looked at. Nothing else follows: somebody has to decide."""
    work.require("flag:scan")
    if skill not in {row["skill"] for row in await projects.skills(work.conn, work.tenant)}:
        raise not_found("a skill")
    await work.conn.execute(PATIENCE)
    rows = await suspects.answers(work.conn, work.tenant, skill)
    who = sorted({row["annotator"] for row in rows})
    told = await suspects.evidence(work.conn, work.tenant, skill, who)
    prior = await proficiency.prior(work.conn, work.tenant, skill)
    records = await proficiency.records(work.conn, work.tenant, skill, who, work.now)
    basis = await proficiency.basis(work.conn, work.tenant)
    since = work.now - timedelta(days=SHARING_DAYS)
    shared = await sightings.shared(work.conn, work.tenant, since, work.now, SHARING.people_max)
    suspected = await asyncio.to_thread(_found, rows, told, records, prior, shared)
    found = await _to_decide(work, suspected)
    raised = await _raise(work, skill, found, basis)
    about = {who for finding in raised.values() for who in finding.people}
    work.saw(subjects=about, results=raised)
    return Answer(
        {
            "skill": skill,
            "answers": len(rows),
            "people": len(who),
            "limited": len(rows) == suspects.ANSWERS_MAX,
            "raised": list(raised),
            "known": len(found) - len(raised),
        }
    )


async def _to_decide(work: Work, found: Sequence[Finding]) -> list[Finding]:
    """Those that somebody can decide: about people who are still here, of pairs one of them and nobody erased; and not
    what was explained of a pair in any skill."""
    about = sorted({who for one in found for who in one.people})
    placed = await people.placed(work.conn, work.tenant, about)
    explained = await flags.explained(work.conn, work.tenant)
    return [
        one
        for one in found
        if "erased" not in (stand := {placed[who]["status"] for who in one.people if who in placed})
        and stand != {"offboarded"}
        and (one.kind, frozenset(one.people)) not in explained
    ]


async def _raise(work: Work, skill: UUID, found: Sequence[Finding], basis: int) -> dict[FlagId, Finding]:
    """The flags that are new."""
    await work.load(FLAG, [flag_stream(skill, one) for one in found])
    raised = {}
    for one in found:
        flag = FlagId(work.new_id())
        command = Raise(
            flag=flag,
            annotator=AnnotatorId(one.annotator),
            other=AnnotatorId(one.other) if one.other else None,
            skill=SkillId(skill),
            project=ProjectId(one.project) if one.project else None,
            kind=one.kind,
            amount=one.amount,
            evidence=_text(
                {
                    "numbers": dict(one.numbers),
                    "tokens": dict(one.tokens),
                    "signals": list(one.signals),
                    "leases": list(one.leases),
                    "days": list(one.days),
                }
            ),
            threshold=_text(dict(one.thresholds)),
            since=one.since,
            basis_index=basis,
        )
        if work.decide(FLAG, flag_stream(skill, one), command):
            raised[flag] = one
    return raised


def _text(told: Mapping[str, Any]) -> str:
    return to_json(told).decode()


# --- in a thread


def _found(
    rows: Sequence[Row],
    told: Sequence[Row],
    records: Mapping[UUID, Record],
    prior: Beta,
    shared: Sequence[Row],
) -> list[Finding]:
    counting = [row for row in told if not row["discounted"]]
    known = known_of(counting, records, prior)
    linked = links((Sighting(**row) for row in shared), SHARING.days_min)
    return suspicions(seen_of(rows, told), known, prior, linked)


def seen_of(rows: Sequence[Row], told: Sequence[Row]) -> list[Seen]:
    """Answers with what is known of them; an item's truth holds for everybody's answers to it."""
    truth: dict[UUID, str] = {}
    for source in SOURCES_OF_TRUTH:
        truth |= {
            row["item"]: row["truth_class"]
            for row in told
            if row["source"] == source and row["item"] is not None and row["truth_class"] is not None
        }
    right = {row["lease"]: row["correct"] for row in told}
    seen = [Seen(**row, truth=truth.get(row["item"]), right=right.get(row["lease"])) for row in rows]
    return sorted(seen, key=lambda one: one.lease.bytes)


def known_of(told: Sequence[Row], records: Mapping[UUID, Record], prior: Beta) -> dict[UUID, Known]:
    """What is known of everybody with evidence."""
    of: dict[UUID, list[Row]] = defaultdict(list)
    for row in told:
        of[row["annotator"]].append(row)
    return {who: _known(of.get(who, []), record, prior) for who, record in sorted(records.items())}


def _known(rows: Sequence[Row], record: Record, prior: Beta) -> Known:
    gold = [row["correct"] for row in rows if row["source"] == "gold"]
    drawn = [
        row["correct"]
        for row in rows
        if row["source"] == "review" and row["reason"] and row["reason"] not in suspects.SELECTED
    ]
    return Known(
        counts=_counts(record),
        believed=record.posterior(prior),
        gold=(sum(gold), len(gold)),
        work=(sum(drawn), len(drawn)),
        pieces=sum(total for source, (_, total) in record.sources.items() if source != "import"),
        wrong=[row["lease"] for row in rows if not row["correct"]],
    )


def _counts(record: Record) -> list[list[float]]:
    """True classes by classes given, as so many whole answers as the faded evidence is worth."""
    cells = {both: n for both, n in record.confusion.items() if all(both)}
    truths = sorted({truth for truth, _ in cells})
    given = sorted({answer for _, answer in cells})
    counts = record.state.counts
    total = counts.a + counts.b
    worth = min(1.0, counts.n_eff / total) if total > 0.0 else 0.0
    if len(truths) * len(given) > CELLS_MAX:
        return _met_often(cells, worth)
    return [[worth * cells.get((truth, answer), 0.0) for answer in given] for truth in truths]


def _met_often(cells: Mapping[tuple[str, str], float], worth: float) -> list[list[float]]:
    """Of thousands of classes the true ones that were met more than once: all others say nothing of how answers depend
    on the truth, and stand as rows of a single number, so that they count as answers."""
    totals: dict[str, float] = defaultdict(float)
    for (truth, _), n in cells.items():
        totals[truth] += worth * n
    often = sorted(truth for truth, n in totals.items() if n > 1.0)
    given = sorted({answer for truth, answer in cells if totals[truth] > 1.0})
    rows = [[worth * cells.get((truth, answer), 0.0) for answer in given] for truth in often]
    alone = [0.0] * max(0, len(given) - 1)
    return rows + [[n, *alone] for n in totals.values() if n <= 1.0]
