"""Times as evidence: too fast against the item's own median, too even to be a person's. By the server's clock."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from backend.domain.proficiency.suspicion import Finding, Seen, ppm, quantiles, some
from backend.statistics import pace

RULE = pace.DEFAULTS
Paces = dict[UUID, tuple[pace.Pace, list[Seen]]]
"""Person -> their pace, and the fast answers that it names."""


def paces(seen: Sequence[Seen]) -> Paces:
    """Person -> their pace, and the answers that it names."""
    timed = [one for one in seen if one.seconds is not None]
    timings = [pace.Timing(str(one.annotator), str(one.item), one.seconds or 0.0) for one in timed]
    return {UUID(one.annotator): (one, [timed[at] for at in one.fast_at]) for one in pace.judge(timings)}


def fast(
    timed: Paces,
    since: Mapping[UUID, datetime],
    signals: Mapping[UUID, set[str]],
    levels: Mapping[UUID, Mapping[str, int]],
) -> list[Finding]:
    """Who is too fast against the items' own medians, where something else (signals) points the same way."""
    found = []
    for who, (one, quick) in timed.items():
        if one.too_fast and one.fast_share is not None and signals.get(who):
            numbers = {"compared": one.compared, "fast": len(quick), "fast_share_ppm": ppm(one.fast_share)}
            told = Finding(
                kind="too_fast",
                annotator=who,
                amount=one.compared,
                numbers={**numbers, **levels.get(who, {})},
                thresholds={
                    "fast_ratio_ppm": ppm(RULE.fast_ratio),
                    "fast_share_max_ppm": ppm(RULE.fast_share_max),
                    "answers_min": RULE.answers_min,
                    "others_min": RULE.others_min,
                }
                | quantiles(),
                since=since[who],
                leases=some(answer.lease for answer in quick),
                signals=tuple(sorted(signals[who])),
            )
            found.append(told)
    return found


def even(mine: Mapping[UUID, Sequence[Seen]], timed: Paces, since: Mapping[UUID, datetime]) -> list[Finding]:
    """Whose times differ far less than the pool's; `mine` are everybody's answers."""
    return [
        Finding(
            kind="too_even",
            annotator=who,
            amount=one.answers,
            numbers={
                "answers": one.answers,
                "spread_ppm": ppm(one.spread or 0.0),
                "pool_spread_ppm": ppm(one.pool_spread or 0.0),
                "variation_ppm": ppm(_variation([a.seconds for a in mine[who] if a.seconds is not None])),
            },
            thresholds={
                "even_ratio_ppm": ppm(RULE.even_ratio),
                "answers_min": RULE.answers_min,
                "people_min": RULE.people_min,
            },
            since=since[who],
            leases=some(answer.lease for answer in mine[who] if answer.seconds is not None),
        )
        for who, (one, _) in timed.items()
        if one.too_even
    ]


def _variation(seconds: Sequence[float]) -> float:
    """The coefficient of variation: shown beside the spread, which outliers cannot move."""
    mean = sum(seconds) / len(seconds)
    variance = sum((one - mean) ** 2 for one in seconds) / max(1, len(seconds) - 1)
    return float(variance**0.5 / mean) if mean > 0.0 else 0.0
