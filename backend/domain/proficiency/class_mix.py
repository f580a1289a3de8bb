"""Somebody's mix of classes, held against the others' in the same lane and their own before: a sign, no fault."""

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from backend.domain.proficiency.suspicion import Finding, Seen, e12, ppm, some
from backend.statistics import mix


def mixes(seen: Sequence[Seen], rule: mix.Rule = mix.DEFAULTS) -> list[Finding]:
    """class_mix and mix_drift, at most one of each per person: in the lane where chance explains it least.

    One lane is like work: one project, step, class and what it asks for. Gold is left out, because its classes are
    drawn. Who works in several lanes is tested in each, at `p_max` over their number.
    """
    lanes: dict[UUID, dict[UUID, list[Seen]]] = defaultdict(lambda: defaultdict(list))
    for one in seen:
        if one.category and not one.gold:
            lanes[one.lane][one.annotator].append(one)
    of = Counter(
        who for people in lanes.values() for who, mine in people.items() if len(mine) >= rule.answers_min
    )
    best: dict[tuple[UUID, str], Finding] = {}
    for lane in sorted(lanes, key=lambda one: one.bytes):
        for finding in _in_lane(lanes[lane], of, rule):
            place = finding.annotator, finding.kind
            if place not in best or finding.numbers["p_e12"] < best[place].numbers["p_e12"]:
                best[place] = finding
    return list(best.values())


def _in_lane(people: Mapping[UUID, Sequence[Seen]], of: Mapping[UUID, int], rule: mix.Rule) -> list[Finding]:
    ordered = {who: sorted(mine, key=lambda one: (one.at, one.lease.bytes)) for who, mine in people.items()}
    times: dict[str, list[datetime]] = defaultdict(list)
    for mine in ordered.values():
        for one in mine:
            times[one.said].append(one.at)
    classes = sorted(times)
    for some_ in times.values():
        some_.sort()
    found = []
    for who, mine in ordered.items():
        if len(mine) >= rule.answers_min:
            stricter = replace(rule, p_max=rule.p_max / of[who])
            found += _against(mine, classes, times, stricter) + _since(mine, classes, times, stricter)
    return found


def _against(
    mine: Sequence[Seen], classes: Sequence[str], times: Mapping[str, Sequence[datetime]], rule: mix.Rule
) -> list[Finding]:
    """Against the others in the lane."""
    own = _counts(mine, classes)
    others = [len(times[one]) - n for one, n in zip(classes, own, strict=True)]
    if sum(others) < rule.answers_min:
        return []
    return _told("class_mix", mine, sum(others), classes, mix.against_pool(own, others, rule), rule)


def _since(
    mine: Sequence[Seen], classes: Sequence[str], times: Mapping[str, Sequence[datetime]], rule: mix.Rule
) -> list[Finding]:
    """The person's newer half against the older one, moved as the others' mix has moved."""
    half = len(mine) // 2
    before, after = mine[:half], mine[half:]
    old, new = _counts(before, classes), _counts(after, classes)
    earlier = [bisect_left(times[one], after[0].at) for one in classes]
    pool_old = [max(0, n - own) for n, own in zip(earlier, old, strict=True)]
    pool_new = [max(0, len(times[one]) - n - own) for one, n, own in zip(classes, earlier, new, strict=True)]
    if min(sum(old), sum(pool_old), sum(pool_new)) < rule.answers_min:
        return []
    judged = mix.over_time(old, new, pool_old, pool_new, rule)
    return _told("mix_drift", after, sum(pool_old) + sum(pool_new), classes, judged, rule)


def _counts(answers: Sequence[Seen], classes: Sequence[str]) -> list[int]:
    counted = Counter(one.said for one in answers)
    return [counted[one] for one in classes]


def _told(
    kind: str, mine: Sequence[Seen], others: int, classes: Sequence[str], judged: mix.Drift, rule: mix.Rule
) -> list[Finding]:
    if not judged.told:
        return []
    most = classes[judged.most]
    return [
        Finding(
            kind=kind,
            annotator=mine[0].annotator,
            project=mine[0].project,
            amount=len(mine),
            numbers={
                "answers": len(mine),
                "others": others,
                "divergence_ppm": ppm(judged.divergence),
                "freedom": judged.freedom,
                "p_e12": e12(judged.p),
                "difference_ppm": ppm(judged.difference),
            },
            thresholds={
                "p_max_e12": e12(rule.p_max),
                "divergence_min_ppm": ppm(rule.divergence_min),
                "answers_min": rule.answers_min,
            },
            since=min(one.at for one in mine),
            leases=some(one.lease for one in mine if one.said == most),
            tokens={"class": most},
        )
    ]
