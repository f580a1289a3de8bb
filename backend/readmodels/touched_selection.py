"""What can be selected by when something is to be done again, and its one spelling."""

from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from pydantic import TypeAdapter
from pydantic_core import to_json


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What an answer must be for its item to be selected: all that is said is true of one and the same answer, and one
    of each list. `tokens` are keyed tokens of a label; `lease_reasons` how the answer's author came to it (pull,
    assigned, ...); windows begin at `from` and end before `to`."""

    items: tuple[UUID, ...] = ()
    annotators: tuple[UUID, ...] = ()
    vendors: tuple[UUID, ...] = ()
    teams: tuple[UUID, ...] = ()
    guideline_versions: tuple[int, ...] = ()
    workflow_versions: tuple[int, ...] = ()
    steps: tuple[str, ...] = ()
    lanes: tuple[UUID, ...] = ()
    lease_reasons: tuple[str, ...] = ()
    tokens: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    imported_from: datetime | None = None
    imported_to: datetime | None = None
    answered_from: datetime | None = None
    answered_to: datetime | None = None

    def text(self) -> str:
        """Canonical JSON: what is not said is left out, lists are sorted."""
        said = {name: value for name, value in asdict(self).items() if value not in ((), None)}
        ordered = {
            name: sorted(set(value)) if isinstance(value, tuple) else value for name, value in said.items()
        }
        return to_json(dict(sorted(ordered.items()))).decode()


_READER = TypeAdapter(Selection)


def read(text: str) -> Selection:
    """The selection that `text()` wrote."""
    return _READER.validate_json(text)
