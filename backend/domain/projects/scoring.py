"""Scoring: how a project's answers are compared with the truth; what cannot compare anything is refused at once."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

from backend.domain.decider import Decider
from backend.domain.errors import Refusal
from backend.events import projects as ev
from backend.events.ids import ProjectId
from backend.statistics import exact
from backend.statistics.registry import KINDS, options_of, scorer

BYTES_MAX = 65_536
DEFAULT = "exact"
"""Where nothing is said, an answer is right when its canonical form is the truth's."""


@dataclass(frozen=True, slots=True)
class How:
    """A kind of the registry and its options, ready to compare with."""

    kind: str
    options: Any


# --- state


@dataclass(frozen=True, slots=True, kw_only=True)
class Scoring:
    """What the project says (JSON text); version 0: nothing was ever said."""

    scoring: str = ""
    version: int = 0


# --- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class SetScoring:
    """Compare by this from now on (JSON text, as `spelled` gives it); what was scored before stays as it is."""

    project: ProjectId
    scoring: str


# --- refusals


def refused(expected: str, found: str, at: str = "", **extra: Any) -> Refusal:
    """`scoring_invalid`: nothing can be compared so. `at` is the place in a workflow."""
    return Refusal(
        "invalid",
        "scoring_invalid",
        expected=expected,
        found=f"{found} at {at}" if at else found,
        mend="correct the kind or its options",
        extra=extra | ({"at": at} if at else {}),
    )


# --- decide


def decide(command: SetScoring, scoring: Scoring) -> Sequence[ev.ScoringSet]:
    """Another way than before is the next version. Raises `scoring_invalid`."""
    read(command.scoring)
    if command.scoring == scoring.scoring:
        return []
    version = scoring.version + 1
    return [ev.ScoringSet(project=command.project, version=version, scoring=command.scoring)]


# --- evolve


def evolve(scoring: Scoring, event: ev.ScoringSet) -> Scoring:
    """What is true after the event."""
    return Scoring(scoring=event.scoring, version=event.version)


# --- helpers


def spelled(kind: str, options: Mapping[str, Any]) -> str:
    """The JSON text of a kind with all its options, so that another default of a later release changes no project.
    Raises `scoring_invalid`."""
    try:
        how = read(exact.canonical({"kind": kind, "options": dict(options)}))
    except ValueError as error:
        raise refused("options that are plain JSON", str(error)) from error
    return exact.canonical({"kind": kind, "options": in_force(how)})


def in_force(how: How) -> dict[str, Any]:
    """All options, as they would be sent."""
    return asdict(how.options)


def read(text: str, at: str = "") -> How:
    """What the JSON text says; the empty text is equality. Raises `scoring_invalid`, naming the kinds there are or the
    options of the kind."""
    if not text:
        return How(DEFAULT, options_of(DEFAULT, {}))
    if len(text.encode()) > BYTES_MAX:
        raise refused(f"{BYTES_MAX} bytes at most", f"{len(text.encode())}", at)
    said = _object(text, at)
    kind, options = said.get("kind"), said.get("options", {})
    if kind not in KINDS:
        raise refused(f"a kind of {', '.join(KINDS)}", repr(kind)[:100], at, kinds=list(KINDS))
    known = [field.name for field in fields(scorer(kind).options)]
    expected = f"options of {kind}: {', '.join(known)}"
    if not isinstance(options, dict):
        raise refused(expected, f"{options!r:.100}", at, kind=kind, options=known)
    if strange := sorted(set(options) - set(known)):
        raise refused(expected, repr(strange[0])[:100], at, kind=kind, options=known)
    try:
        return How(kind, options_of(kind, options))
    except (ValueError, RecursionError) as error:
        raise refused(expected, str(error)[:300], at, kind=kind, options=known) from error


def _object(text: str, at: str) -> dict[str, Any]:
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        said = None
    if not isinstance(said, dict) or not {"kind"} <= set(said) <= {"kind", "options"}:
        raise refused('an object {"kind", "options"}', "something else", at, kinds=list(KINDS))
    return said


SCORING: Decider[SetScoring, Scoring, ev.ScoringSet] = Decider(Scoring(), decide, evolve)
"""One stream per project; its id follows from the project's."""
