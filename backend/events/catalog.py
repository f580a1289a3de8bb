"""Every event there is: importing this module registers them all."""

from backend.events import (
    access,
    agreements,
    announcements,
    availability,
    clarifications,
    proficiency,
    projects,
    review,
    tasks,
    training,
    vendors,
    workforce,
)

__all__ = [
    "access",
    "agreements",
    "announcements",
    "availability",
    "clarifications",
    "proficiency",
    "projects",
    "review",
    "tasks",
    "training",
    "vendors",
    "workforce",
]
