"""Telling: of which errors people may be told what a reviewer said, so that the rest of them are not gold for certain.

An error of which nothing more is told is gold, or a review of which nothing is told. So where there is gold among the
errors of a ten, as many reviews are kept back as there is gold, those that have nothing to tell counted in.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Error:
    """One error of a ten in one project: whether it is gold that was not disclosed, and whether there is anything that
    a reviewer said of it. It is one as it was judged first, whatever a dispute made of it since."""

    lease: UUID
    gold: bool
    said: bool


def tellable(errors: Iterable[Error]) -> set[UUID]:
    """The leases of which may be told what the reviewer said; the same for the same errors, whatever is switched on."""
    every = list(errors)
    told = sorted((one for one in every if one.said and not one.gold), key=_lot)
    kept_back = max(0, _gold(every) - sum(not one.said and not one.gold for one in every))
    return {one.lease for one in told[kept_back:]}


def _gold(errors: Sequence[Error]) -> int:
    return sum(one.gold for one in errors)


def _lot(error: Error) -> bytes:
    return hashlib.sha256(error.lease.bytes).digest()
