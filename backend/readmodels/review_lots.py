"""Lots under inspection: what is counted of one, and what the switching rules make of those that were judged."""

from collections.abc import Iterable
from dataclasses import dataclass

from backend.statistics import iso2859
from backend.statistics.inspection import LotPlan


@dataclass(slots=True)
class Lot:
    """So many answers of a project, judged together: `plan` (None while inspection is discontinued) was fixed when the
    first of them came; `accepted` is None until all are in and all that were drawn have a verdict, which was at the
    index `judged_at`. `resumed`: the plan was said anew after that, and before the next lot was judged."""

    size: int
    severity: iso2859.Severity
    plan: LotPlan | None
    answers: int = 0
    sampled: int = 0
    given: int = 0
    errors: int = 0
    accepted: bool | None = None
    judged_at: int | None = None
    resumed: bool = False


def switched(state: iso2859.State, lot: Lot) -> iso2859.State:
    """The inspection after one lot was judged. Of which nothing was drawn says nothing."""
    if lot.plan is None or not lot.sampled:
        return state
    tighter = lot.errors <= lot.plan.tighter
    return iso2859.step(state, iso2859.Lot(bool(lot.accepted), lot.plan.acceptance, tighter))


def switched_anew(lots: Iterable[Lot]) -> iso2859.State:
    """The inspection after all lots of a project, in the order in which they were judged; each keeps the plan by which
    it was looked at."""
    state = iso2859.State()
    for lot in lots:
        state = switched(state, lot)
        if lot.resumed:
            state = resumed(state)
    return state


def resumed(state: iso2859.State) -> iso2859.State:
    """After somebody has said something new: the corrective action that the standard asks for."""
    return iso2859.resumed(state) if state.severity is iso2859.Severity.DISCONTINUED else state
