"""Suspecting: every test of somebody's answers that there is, by the defaults of quality.md 4.2; it accuses nobody.

Speed alone is no suspicion, nor is an address: these are told only where something else points the same way.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from backend.domain.proficiency.class_mix import mixes
from backend.domain.proficiency.sharing import Link, sharers
from backend.domain.proficiency.suspicion import (
    RIGHT,
    Finding,
    Known,
    Seen,
    below,
    e12,
    level,
    ppm,
    quantiles,
    some,
)
from backend.domain.proficiency.timing import even, fast, paces
from backend.statistics import copying, leak, simultaneous, spammer
from backend.statistics.beta import Beta

LEAK_P_MAX = 0.01


def suspicions(
    seen: Sequence[Seen], known: Mapping[UUID, Known], pool: Beta, links: Sequence[Link] = ()
) -> list[Finding]:
    """All findings in the answers of one skill; `pool` is how people in it differ (the prior), `links` who shares a
    device or an address. In a fixed order.

    Time: the sum over items with a known truth of (wrong answers)^2, and n log n of the rest.
    """
    mine: dict[UUID, list[Seen]] = defaultdict(list)
    for one in seen:
        mine[one.annotator].append(one)
    since = {who: min(one.at for one in some_) for who, some_ in mine.items()}
    people = {who: one for who, one in known.items() if who in mine}
    timed = paces(seen)
    told = [
        *spammers(people, pool, since),
        *leaks(people, since),
        *copiers(seen),
        *at_once(seen),
        *mixes(seen),
        *even(mine, timed, since),
    ]
    signals: dict[UUID, set[str]] = defaultdict(set)
    for finding in told:
        for who in finding.people:
            signals[who].add(finding.kind)
    for who, about in people.items():
        if below(about.believed, pool):
            signals[who].add("wrong")
    told += fast(timed, since, signals, {who: level(one.believed, pool) for who, one in people.items()})
    for finding in told:
        if finding.kind == "too_fast":
            signals[finding.annotator].add(finding.kind)
    told += sharers([one for one in links if {*one.pair} <= mine.keys()], told, signals)
    return sorted(told, key=lambda one: (one.kind, *(who.bytes for who in one.people)))


# --- by evidence


def spammers(known: Mapping[UUID, Known], pool: Beta, since: Mapping[UUID, datetime]) -> list[Finding]:
    """Whose answers do not depend on the truth, and who is worse than the pool for certain."""
    rule = spammer.DEFAULTS
    found = []
    for who, one in known.items():
        if not one.counts:
            continue
        judged = spammer.suspicion(one.counts, one.believed, pool, rule, beyond_chance=True)
        if judged.set_aside and judged.score is not None:
            numbers = {"score_ppm": ppm(judged.score), "answers": round(judged.answers)}
            told = Finding(
                kind="spammer",
                annotator=who,
                amount=one.pieces,
                numbers=numbers | level(one.believed, pool),
                thresholds={"score_max_ppm": ppm(rule.score_max), "answers_min": rule.answers_min}
                | quantiles(),
                since=since[who],
                leases=some(one.wrong),
            )
            found.append(told)
    return found


def leaks(known: Mapping[UUID, Known], since: Mapping[UUID, datetime]) -> list[Finding]:
    """Who is markedly better on gold than on work that was reviewed whatever it was."""
    found = []
    for who, one in known.items():
        judged = leak.judge(*one.gold, *one.work, LEAK_P_MAX)
        if judged.told:
            counted = zip(
                ("gold_right", "gold_total", "work_right", "work_total"), (*one.gold, *one.work), strict=True
            )
            told = Finding(
                kind="leak",
                annotator=who,
                amount=one.gold[1] + one.work[1],
                numbers=dict(counted) | {"p_e12": e12(judged.p)},
                thresholds={"p_max_e12": e12(LEAK_P_MAX)},
                since=since[who],
                leases=some(one.wrong),
            )
            found.append(told)
    return found


# --- by mistakes in common


def copiers(seen: Sequence[Seen], rule: copying.Rule = copying.DEFAULTS) -> list[Finding]:
    """Pairs whose wrong answers agree more often than chance allows, on items whose truth somebody told."""
    place: dict[tuple[str, str], Seen] = {}
    truth: dict[str, str] = {}
    answers = []
    for one in seen:
        told = _judged(one)
        if told is not None:
            task, said, true = told
            truth[task] = true
            answers.append((str(one.annotator), task, said))
            place[str(one.annotator), task] = one
    found = copying.find(answers, truth, rule)
    return [_copied(pair, place, found.limit, rule) for pair in found.pairs]


def _judged(one: Seen) -> tuple[str, str, str] | None:
    """(task, what was said, what is true); None where nobody told. What is no category is identical or it is not."""
    if one.category and one.truth is not None:
        return str(one.item), one.said, one.truth
    if not one.category and one.right is not None:
        return f"{one.item} whole", RIGHT if one.right else one.said, RIGHT
    return None


def _copied(
    pair: copying.Pair, place: Mapping[tuple[str, str], Seen], limit: float, rule: copying.Rule
) -> Finding:
    numbers = {
        "common_wrong": pair.common,
        "identical": pair.identical,
        "chance_ppm": ppm(pair.chance),
        "p_e12": e12(pair.p),
    }
    thresholds = {"p_max_e12": e12(limit), "common_min": rule.common_min}
    return _of_pair("copying", pair, place, pair.common, numbers, thresholds)


def _of_pair(
    kind: str,
    pair: copying.Pair | simultaneous.Pair,
    place: Mapping[tuple[str, str], Seen],
    amount: int,
    numbers: dict[str, int],
    thresholds: dict[str, int],
) -> Finding:
    """What both of a pair answered to the pair's tasks is behind it."""
    behind = [place[who, task] for task in pair.tasks for who in (pair.first, pair.second)]
    projects = {one.project for one in behind}
    return Finding(
        kind=kind,
        annotator=UUID(pair.first),
        other=UUID(pair.second),
        project=projects.pop() if len(projects) == 1 else None,
        amount=amount,
        numbers=numbers,
        thresholds=thresholds,
        since=min(one.at for one in behind),
        leases=some(one.lease for one in behind),
    )


# --- by the clock


def at_once(seen: Sequence[Seen], rule: simultaneous.Rule = simultaneous.DEFAULTS) -> list[Finding]:
    """Pairs who give the same answers to the same items within seconds."""
    place = {(str(one.annotator), str(one.item)): one for one in seen}
    given = [
        simultaneous.Given(str(one.annotator), str(one.item), one.said, one.at.timestamp()) for one in seen
    ]
    found = simultaneous.find(given, rule)
    return [_at_once(pair, place, found.limit, rule) for pair in found.pairs]


def _at_once(
    pair: simultaneous.Pair, place: Mapping[tuple[str, str], Seen], limit: float, rule: simultaneous.Rule
) -> Finding:
    numbers = {
        "compared": pair.compared,
        "identical": pair.same,
        "near": pair.near,
        "hits": pair.hits,
        "chance_ppm": ppm(pair.chance),
        "p_e12": e12(pair.p),
    }
    thresholds = {
        "near_seconds": round(rule.near_seconds),
        "window_seconds": round(rule.window_seconds),
        "hits_min": rule.hits_min,
        "share_min_ppm": ppm(rule.share_min),
        "p_max_e12": e12(limit),
    }
    return _of_pair("simultaneous", pair, place, pair.hits, numbers, thresholds)
