"""Wrong keys: a gold item's truth was found wrong, and what was scored against it was corrected."""

from backend.events.base import Secret, event
from backend.events.ids import GoldId, ItemId, KeyCaseId, ProjectId


@event("gold.key_found_wrong")
class GoldKeyFoundWrong:
    """Somebody says that the key of this gold item is wrong, and what is right instead (`right`, ciphertext, with its
    keyed tokens) where they know. Every score that was given against the key is corrected by `score.corrected`."""

    gold: GoldId
    project: ProjectId
    item: ItemId
    key_case: KeyCaseId
    right: Secret | None
    right_token: str | None
    right_class: str | None


@event("gold.scores_corrected")
class GoldScoresCorrected:
    """That is done: so many scores of so many people changed, `void` of them to counting not at all, and so many open
    disputes were settled by it."""

    gold: GoldId
    project: ProjectId
    item: ItemId
    key_case: KeyCaseId
    scores: int
    people: int
    void: int
    disputes: int
