"""Rings: what a lane asks for at first, and less and less of what has waited longer."""

from backend.domain.projects.requirement import Requirement, canonical
from backend.events.projects import Conditions
from backend.events.queue import LaneRing, Ring

NEVER_LEFT_OUT = (
    "agreement:",
    "course:",
    "guideline:",
    "certified:",
    "role:",
    "check:",
    "compliance:",
    "origin:",
)
"""Tokens that no ring leaves out, however long the work waits."""


def needing(base: Requirement, needs: Conditions) -> Requirement:
    """What a stage asks for, and what its tasks need beside it."""
    return canonical(
        (*base.requires, *needs.all_of), (*base.any_of, *needs.any_of), (*base.excludes, *needs.none_of)
    )


def rings(whole: Requirement, given: tuple[Ring, ...]) -> tuple[LaneRing, ...]:
    """What is asked after each ring's waiting time: the ring's tokens are left out, those of rings before it too."""
    made, left_out = [], set[str]()
    for ring in sorted(given, key=lambda ring: ring.after_seconds):
        left_out |= {token for token in ring.without if not token.startswith(NEVER_LEFT_OUT)}
        asked_then = canonical(
            (token for token in whole.requires if token not in left_out),
            (group for group in whole.any_of if left_out.isdisjoint(group)),
            whole.excludes,
        )
        made.append(
            LaneRing(
                after_seconds=ring.after_seconds,
                requires=asked_then.requires,
                any_of=asked_then.any_of,
                excludes=asked_then.excludes,
            )
        )
    return tuple(made)
