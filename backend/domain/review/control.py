"""At which rate the next answer is reviewed, and why: by the plan's mode, and never below the tenant's audit floor."""

from dataclasses import dataclass, field, replace

from backend.domain.checks import PPM
from backend.events.projects import QualityPlan
from backend.statistics import csp, risk
from backend.statistics.inspection import continuous_plan, lot_plan, mode_of, risk_policy
from backend.statistics.iso2859 import Severity
from backend.statistics.sampling import AUDIT_FLOOR
from backend.statistics.strata import Everybody
from backend.statistics.threshold import Steering

FLOOR_PPM = round(AUDIT_FLOOR * PPM)
"""The audit floor of a tenant that never said another."""


@dataclass(frozen=True, slots=True)
class Known:
    """What was found so far where the answer comes from, up to `basis_index` in the log: the pool of its skill with the
    project's threshold (None: no answer there yet), its author there, the run of continuous sampling (None: none yet),
    and how severely the project's lots are inspected."""

    everybody: Everybody = field(default_factory=Everybody)
    threshold: float | None = None
    author: risk.Annotator = field(default_factory=risk.Annotator)
    run: csp.State | None = None
    severity: Severity = Severity.NORMAL
    basis_index: int = 0


@dataclass(frozen=True, slots=True)
class Rated:
    """The rate to draw at, why, and what the risk controller believed (None where none was asked)."""

    rate_ppm: int
    reason: str
    risk_ppm: int | None = None
    threshold_ppm: int | None = None


NOTHING_KNOWN = Known()
PILOT = Rated(PPM, "pilot")
"""While production waits for a pilot, everything that is answered is looked at."""


def asks(plan: QualityPlan) -> bool:
    """Whether the rate depends on what is known of the answer's author, class or project."""
    return mode_of(plan.review_mode, plan.review_target_ppm / PPM) != "fixed"


def rated(plan: QualityPlan, known: Known, answered: str, floor_ppm: int) -> Rated:
    """The rate for an answer of this class (a token; "" for none) under the plan, lifted to the audit floor.

    What promises nothing because no target says what to promise reviews everything.
    """
    wanted = _wanted(plan, known, answered)
    return wanted if wanted.rate_ppm >= floor_ppm else replace(wanted, rate_ppm=floor_ppm, reason="audit")


def _wanted(plan: QualityPlan, known: Known, answered: str) -> Rated:
    match mode_of(plan.review_mode, plan.review_target_ppm / PPM):
        case "risk":
            return _by_risk(plan, known, answered)
        case "csp1":
            return _continuously(plan, known, two_errors=False)
        case "csp2":
            return _continuously(plan, known, two_errors=True)
        case "iso2859":
            return _by_lot(plan, known)
        case _:
            return Rated(plan.review_rate_ppm, "fixed")


def _by_risk(plan: QualityPlan, known: Known, answered: str) -> Rated:
    policy = risk_policy(plan.review_target_ppm / PPM, plan.review_first, plan.review_floor_ppm / PPM)
    if policy is None:
        return Rated(PPM, "risk")
    threshold = policy.aim if known.threshold is None else known.threshold
    pool = risk.Pool(known.everybody, Steering(threshold=threshold))
    decision = risk.decide(policy, pool, known.author, answered)
    return Rated(
        round(decision.rate * PPM),
        decision.reason.value,
        round(decision.risk * PPM),
        round(decision.threshold * PPM),
    )


def _continuously(plan: QualityPlan, known: Known, two_errors: bool) -> Rated:
    sampling = continuous_plan(
        two_errors, plan.review_clearance, plan.review_floor_ppm / PPM, plan.review_target_ppm / PPM
    )
    if sampling is None:
        return Rated(PPM, csp.Phase.SCREENING.value)
    # A run under other numbers proves nothing about these.
    run = known.run if known.run is not None and known.run.plan == sampling else csp.State(sampling)
    return Rated(round(csp.rate(run) * PPM), run.phase.value)


def _by_lot(plan: QualityPlan, known: Known) -> Rated:
    lot = lot_plan(plan.review_lot, plan.review_target_ppm / PPM, known.severity)
    rate = PPM if lot is None else -(-lot.size * PPM // plan.review_lot)
    return Rated(min(PPM, rate), known.severity.value)
