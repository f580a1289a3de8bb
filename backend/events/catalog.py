"""Every event there is: importing this module registers them all."""

from backend.events import access, projects, review, tasks, training, workforce

__all__ = ["access", "projects", "review", "tasks", "training", "workforce"]
