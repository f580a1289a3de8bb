"""When a project calls an expert: the reasons its people may give, and the classes that always go to one."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias, assert_never

from backend.domain.decider import Decider
from backend.domain.errors import Refusal
from backend.events import review as ev
from backend.events.base import Secret
from backend.events.ids import ProjectId

REASONS_MAX, WATCHED_MAX = 50, 200
AMBIGUOUS = "ambiguous"
_WORD = re.compile(r"[a-z][a-z0-9_.-]{0,49}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """A reason as people choose it: what it is called, and what is asked of who gives it."""

    code: str
    label: str
    asks: str


BUILT_IN = (
    Reason(code=AMBIGUOUS, label="More than one answer fits", asks="Which answers are possible?"),
    Reason(
        code="guideline_gap", label="The guideline does not say", asks="Which case is missing, and where?"
    ),
    Reason(code="bad_data", label="Something is wrong with the item", asks="What is broken or missing?"),
    Reason(code="need_expertise", label="It takes special knowledge", asks="Who would know, and about what?"),
    Reason(code="other", label="Something else", asks="What is it?"),
)
"""Where a project has set none."""

# --- state


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    """What is set; version 0: nothing was ever said, and no codes are those of BUILT_IN."""

    codes: tuple[str, ...] = ()
    reasons_token: str = ""
    reasons_version: int = 0
    watched: tuple[str, ...] = ()
    watched_version: int = 0


# --- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class SetReasons:
    """These are the reasons from now on; none: those that come with the product. The token is that of all of them."""

    project: ProjectId
    codes: tuple[str, ...]
    reasons: Secret
    reasons_token: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetWatched:
    """Items of these classes (keyed tokens) go to an expert from now on."""

    project: ProjectId
    classes: tuple[str, ...]
    labels: Secret


Command: TypeAlias = SetReasons | SetWatched
Event: TypeAlias = ev.EscalationReasonsSet | ev.WatchedClassesSet

# --- refusals


def code_unknown(known: Sequence[str], found: str) -> Refusal:
    """`escalation_code_unknown` (invalid), which names those that are known."""
    return Refusal(
        "invalid",
        "escalation_code_unknown",
        expected=f"one of {', '.join(known)}, or none",
        found=repr(found),
        mend="send one of these codes, and what else there is to say as the reason",
        extra={"allowed": list(known)},
    )


def _invalid(code: str, expected: str, found: str) -> Refusal:
    return Refusal("invalid", code, expected=expected, found=found, mend="correct the list and send it whole")


# --- decide


def decide(command: Command, calls: Calls) -> Sequence[Event]:
    """The same again is nothing; something else is the next version."""
    match command:
        case SetReasons():
            _check_codes(command.codes)
            if command.reasons_token == calls.reasons_token:
                return []
            return [_reasons(command, calls.reasons_version + 1)]
        case SetWatched():
            _check_watched(command.classes)
            if command.classes == calls.watched:
                return []
            return [_watched(command, calls.watched_version + 1)]
        case _:
            assert_never(command)


# --- evolve


def evolve(calls: Calls, event: Event) -> Calls:
    """What is true after the event."""
    match event:
        case ev.EscalationReasonsSet(codes=codes, reasons_token=token, version=version):
            return replace(calls, codes=codes, reasons_token=token, reasons_version=version)
        case ev.WatchedClassesSet(classes=classes, version=version):
            return replace(calls, watched=classes, watched_version=version)
        case _:
            assert_never(event)


# --- helpers


def known_code(codes: Sequence[str], code: str) -> str:
    """The code, if the project knows it or nothing was said. Raises `escalation_code_unknown`."""
    known = tuple(codes) or tuple(one.code for one in BUILT_IN)
    if code and code not in known:
        raise code_unknown(known, code)
    return code


def _check_codes(codes: Sequence[str]) -> None:
    if len(codes) > REASONS_MAX:
        raise _invalid("escalation_reasons_invalid", f"at most {REASONS_MAX} reasons", f"{len(codes)}")
    if strange := [code for code in codes if not _WORD.fullmatch(code)]:
        raise _invalid("escalation_reasons_invalid", "codes of a-z, 0-9, _ . -", repr(strange[0]))
    if twice := [code for place, code in enumerate(codes) if code in codes[:place]]:
        raise _invalid("escalation_reasons_invalid", "each code once", f"{twice[0]!r} twice")


def _check_watched(classes: Sequence[str]) -> None:
    if len(classes) > WATCHED_MAX:
        raise _invalid("watched_classes_invalid", f"at most {WATCHED_MAX} classes", f"{len(classes)}")


def _reasons(command: SetReasons, version: int) -> ev.EscalationReasonsSet:
    return ev.EscalationReasonsSet(
        project=command.project,
        version=version,
        codes=command.codes,
        reasons=command.reasons,
        reasons_token=command.reasons_token,
    )


def _watched(command: SetWatched, version: int) -> ev.WatchedClassesSet:
    return ev.WatchedClassesSet(
        project=command.project, version=version, classes=command.classes, labels=command.labels
    )


EXPERT_CALLS: Decider[Command, Calls, Event] = Decider(Calls(), decide, evolve)
"""One stream per project; its id follows from the project's."""
