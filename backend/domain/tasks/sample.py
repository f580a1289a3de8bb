"""Samples of a selection: which are possible, and how far each stratum fills its quota."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from backend.domain.errors import Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Stratum:
    """Of the tasks that match so many are taken, up to the quota (0: none is meant); `short` is what it lacks."""

    stratum: str | None
    matches: int
    quota: int
    taken: int
    short: int


def clear(each: int | None, quotas: Mapping[str, int] | None) -> None:
    """Refuse (`sample_unclear`) a sample that says both `each` and `quotas`, or neither."""
    if (each is None) == (quotas is None):
        raise Refusal(
            "invalid",
            "sample_unclear",
            expected="either each or quotas",
            found="neither" if each is None else "both",
            mend="say how many of each stratum, or name the strata with how many of each",
        )


def within(taken: int, most: int) -> None:
    """Refuse (`sample_too_large`) a sample of more tasks than one act may draw."""
    if taken > most:
        raise Refusal(
            "invalid",
            "sample_too_large",
            expected=f"{most} tasks at most",
            found="more",
            mend="take fewer of each stratum, or leave the sample out to mean all that matches",
            extra={"most": most},
        )


def strata(
    matches: Mapping[str, int], each: int | None, quotas: Mapping[str, int] | None
) -> Iterator[Stratum]:
    """How each stratum stands, '' (shown as None) being what has none: those that match in their order, then those
    that were named and do not match at all. What has no stratum is taken only where `quotas` name it."""
    missing = [name for name in quotas or () if name not in matches]
    for name in (*matches, *missing):
        found = matches.get(name, 0)
        quota = quotas.get(name, 0) if quotas is not None else (each or 0) if name else 0
        taken = min(found, quota)
        yield Stratum(stratum=name or None, matches=found, quota=quota, taken=taken, short=quota - taken)
