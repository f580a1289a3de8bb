"""Every operation of the API, the busiest first; and what belongs to one path together."""

from types import ModuleType

from backend.api import (
    access,
    agreement,
    agreements,
    announcements,
    audit_floor,
    availability,
    backtest,
    bulk,
    clarifications,
    deliveries,
    disputes,
    double_reviews,
    drift,
    escalations,
    evidence,
    feedback,
    flags,
    gold,
    guidelines,
    holders,
    imports,
    iterations,
    leases,
    models,
    pilots,
    proficiency,
    projects,
    quality,
    queue,
    recertification,
    reports,
    review_reports,
    reviews,
    reviews_bulk,
    rework,
    routines,
    scorecards,
    scoring,
    skills,
    slices,
    steering,
    tasks,
    training,
    vendors,
    workflows,
    workforce,
    workforce_reports,
)
from backend.api.route import Route

_CONTEXTS: tuple[ModuleType, ...] = (
    leases,
    holders,
    reviews,
    reviews_bulk,
    review_reports,
    audit_floor,
    tasks,
    gold,
    imports,
    steering,
    iterations,
    pilots,
    deliveries,
    escalations,
    models,
    rework,
    workforce,
    bulk,
    announcements,
    clarifications,
    agreements,
    evidence,
    vendors,
    availability,
    training,
    skills,
    proficiency,
    feedback,
    disputes,
    double_reviews,
    flags,
    projects,
    scoring,
    workflows,
    queue,
    guidelines,
    recertification,
    reports,
    quality,
    scorecards,
    slices,
    routines,
    drift,
    agreement,
    backtest,
    workforce_reports,
    access,
)

TAGS: dict[str, str] = {module.__name__.rpartition(".")[2]: module.__doc__ or "" for module in _CONTEXTS}
"""Context -> what it is about."""
TAGGED: tuple[tuple[str, Route], ...] = tuple(
    (module.__name__.rpartition(".")[2], route) for module in _CONTEXTS for route in module.ROUTES
)
ROUTES: tuple[Route, ...] = tuple(route for _, route in TAGGED)


def by_path() -> dict[str, list[Route]]:
    """Path -> its routes. A path that ends in a parameter comes last: `/v1/leases/pull` is no lease's id."""
    found: dict[str, list[Route]] = {}
    for route in sorted(ROUTES, key=lambda route: route.path.endswith("}")):
        found.setdefault(route.path, []).append(route)
    return found
