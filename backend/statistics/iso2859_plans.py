"""How many items of a delivery are inspected and how many may be wrong (ISO 2859-1:1999, single sampling, level II).

Facts of the standard, held as what they are: along the diagonals of tables 2-A to 2-C the acceptance number is the
same, so a diagonal (place of the letter + place of the AQL) names it. Table 1 (level II), the sizes and the sequence of
acceptance numbers of 2-A were compared with a published copy; where they stand, and 2-B and 2-C, is from memory: hold
it against the standard before a contract rests on it.
"""

from dataclasses import dataclass

from backend.statistics.iso2859 import Severity

AQLS = (0.10, 0.15, 0.25, 0.40, 0.65, 1.0, 1.5, 2.5, 4.0, 6.5, 10.0)
"""Acceptance quality limits in per cent."""
LETTERS = "ABCDEFGHJKLMNPQ"
_LOTS = (8, 15, 25, 50, 90, 150, 280, 500, 1200, 3200, 10_000, 35_000, 150_000, 500_000)
_SIZES = (2, 3, 5, 8, 13, 20, 32, 50, 80, 125, 200, 315, 500, 800, 1250)
_SIZES_REDUCED = (2, 2, 2, 3, 5, 8, 13, 20, 32, 50, 80, 125, 200, 315, 500)
# Diagonal of Ac = 0, that of Ac = 1, and the numbers from there on. Between the two an arrow leads away.
_DIAGONALS = {
    Severity.NORMAL: (9, 12, (1, 2, 3, 5, 7, 10, 14, 21)),
    Severity.TIGHTENED: (10, 13, (1, 2, 3, 5, 8, 12, 18)),
    Severity.REDUCED: (9, 13, (1, 2, 3, 5, 6, 8, 10)),
}


@dataclass(frozen=True, slots=True)
class Sampling:
    """Letter of the plan used, size n of the sample (at most the lot), and Ac: accepted with at most so many wrong."""

    letter: str
    size: int
    acceptance: int


def letter_of(lot: int) -> str:
    """The code letter at general level II for this lot size. ValueError below 2."""
    if lot < 2:
        raise ValueError(f"expected a lot of at least 2 items, found {lot}")
    return LETTERS[sum(lot > last for last in _LOTS)]


def plan_for(lot: int, aql: float, severity: Severity = Severity.NORMAL) -> Sampling:
    """The single sampling plan for a lot of this size; an arrow of the table is followed to the plan it points at.

    ValueError where the AQL (per cent) is none of the standard's from .10 to 10, or inspection is discontinued.
    """
    if aql not in AQLS:
        raise ValueError(f"expected an AQL among {', '.join(map(str, AQLS))} per cent, found {aql}")
    if severity not in _DIAGONALS:
        raise ValueError(f"expected normal, tightened or reduced inspection, found {severity.value}")
    zero, one, numbers = _DIAGONALS[severity]
    column, row = AQLS.index(aql), LETTERS.index(letter_of(lot))
    diagonal = _followed(row + column, zero, one, one + len(numbers) - 1)
    if diagonal < column:
        # Above letter A there is nothing: the arrow leads down.
        diagonal = one
    row = diagonal - column
    sizes = _SIZES_REDUCED if severity is Severity.REDUCED else _SIZES
    return Sampling(LETTERS[row], min(sizes[row], lot), 0 if diagonal == zero else numbers[diagonal - one])


def _followed(diagonal: int, zero: int, one: int, last: int) -> int:
    """Where the arrows lead: up from right below Ac = 0 and from beyond the last, else down the column."""
    if diagonal <= zero + 1:
        return zero
    return min(max(diagonal, one), last)
