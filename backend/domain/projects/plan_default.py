"""The quality plan: what is allowed in one, and the tenant's own, which projects follow."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace

from backend.domain.checks import PPM, in_range, one_of
from backend.domain.decider import Decider
from backend.events import projects as ev
from backend.events.projects import QualityPlan

PLAN_RANGES = {
    "overlap": (1, 50),
    "gold_share_ppm": (0, PPM),
    "review_rate_ppm": (0, PPM),
    "escalate_below_ppm": (0, PPM),
    "rework_max": (0, 50),
    "skips_max": (1, 1_000),
    "lease_seconds": (30, 86_400),
    "overlap_max": (1, 50),
    "stop_at_ppm": (0, PPM),
    "review_target_ppm": (0, PPM),
    "live_floor_ppm": (0, PPM),
    "gold_edge_case_share_ppm": (0, PPM),
    "review_first": (0, 10_000),
    "review_floor_ppm": (10_000, PPM),
    "review_clearance": (0, 100_000),
    "review_lot": (10, 100_000),
    "gold_expected": (0, 1_000_000),
    "expert_start_seconds": (0, 31_536_000),
    "expert_seconds": (0, 31_536_000),
    "experts_max": (1, 2),
    "double_review_ppm": (0, PPM),
    "family_gap_days": (0, 3_650),
}
"""Field of a quality plan -> lowest and highest value allowed. No field limits another: any mixture of two plans that
are allowed is allowed."""
REVIEW_MODES = ("auto", "fixed", "risk", "csp1", "csp2", "iso2859")
"""How the share of answers that is reviewed is found."""
FIELDS = tuple(field.name for field in fields(QualityPlan))
PRODUCT = QualityPlan()


# --- state


@dataclass(frozen=True, slots=True, kw_only=True)
class Defaults:
    """What the tenant says for all its projects; version 0: nothing was ever said."""

    plan: QualityPlan = PRODUCT
    own: tuple[str, ...] = ()
    version: int = 0


# --- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateDefaults:
    """Let this hold in every project that does not say otherwise; only what `own` names is said."""

    plan: QualityPlan
    own: tuple[str, ...]


# --- refusals


def check_plan(plan: QualityPlan) -> None:
    """Refuse `plan_invalid` (invalid) naming the first field outside its range, the range and what was found."""
    for field, (lowest, highest) in PLAN_RANGES.items():
        in_range("plan_invalid", field, getattr(plan, field), lowest, highest)
    one_of("plan_invalid", "review_mode", plan.review_mode, REVIEW_MODES)


# --- decide


def decide(command: UpdateDefaults, defaults: Defaults) -> Sequence[ev.PlanDefaultsUpdated]:
    """Another plan, or others of its fields said, are the next version."""
    own = in_order(command.own)
    plan = under(PRODUCT, command.plan, own)
    check_plan(plan)
    if (plan, own) == (defaults.plan, defaults.own):
        return []
    return [ev.PlanDefaultsUpdated(version=defaults.version + 1, plan=plan, own=own)]


# --- evolve


def evolve(defaults: Defaults, event: ev.PlanDefaultsUpdated) -> Defaults:
    """What is true after the event."""
    return Defaults(plan=event.plan, own=event.own, version=event.version)


# --- helpers


def in_order(own: Iterable[str]) -> tuple[str, ...]:
    """Names of fields in their one spelling; what is no field is left out."""
    wanted = set(own)
    return tuple(name for name in FIELDS if name in wanted)


def under(defaults: QualityPlan, plan: QualityPlan, own: Iterable[str]) -> QualityPlan:
    """The plan in force where `plan` says the fields of `own`, and `defaults` the others."""
    return replace(defaults, **{name: getattr(plan, name) for name in own})


PLAN_DEFAULTS: Decider[UpdateDefaults, Defaults, ev.PlanDefaultsUpdated] = Decider(Defaults(), decide, evolve)
"""One stream per tenant."""
