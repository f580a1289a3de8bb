"""Selecting what is to be done again: from what a manager says to what is asked of answers."""

from datetime import datetime
from typing import Any

from backend.domain.errors import Refusal, not_found
from backend.readmodels import touched
from backend.readmodels.touched_selection import Selection
from backend.usecases.tokens import answer_token, class_token
from backend.usecases.work import Work


async def selected(work: Work, project: dict[str, Any], said: dict[str, Any]) -> Selection:
    """The selection with labels as tokens. Raises `selection_unclear` when nothing is said, `period_invalid` for a
    window that ends before it begins, not_found for what does not exist."""
    told = {name: value for name, value in said.items() if value not in (None, [], ())}
    labels = told.pop("labels", ())
    lists = {name: tuple(value) for name, value in told.items() if isinstance(value, (list, tuple))}
    tokens = {
        class_token(work, project["skill"], label) or answer_token(work, project["project"], label)
        for label in labels
    }
    wanted = Selection(**told | lists, tokens=tuple(sorted(tokens)))
    if wanted == Selection():
        raise Refusal(
            "invalid",
            "selection_unclear",
            expected="at least one thing that is true of the answers in question",
            found="none",
            mend="name items, people, versions, steps, lanes, labels, tags or a window of time",
        )
    _window(wanted.imported_from, wanted.imported_to, "imported")
    _window(wanted.answered_from, wanted.answered_to, "answered")
    missing = await touched.unknown(work.conn, work.tenant, project["project"], wanted)
    if missing:
        raise not_found(f"{'an' if missing[0] in 'ai' else 'a'} {missing}")
    return wanted


def _window(begins: datetime | None, ends: datetime | None, name: str) -> None:
    if begins and ends and ends <= begins:
        raise Refusal(
            "invalid",
            "period_invalid",
            expected=f"{name}_to after {name}_from",
            found=f"{ends.isoformat()}, which is not after {begins.isoformat()}",
            mend="send the earlier moment as the beginning",
        )
