"""A model: registered under a name and a version, and retired when it answers no more."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias, assert_never

from backend.domain.decider import Decider
from backend.domain.errors import Refusal, not_found, not_now
from backend.events import models as ev
from backend.events.base import Secret
from backend.events.ids import AnnotatorId

_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9 ._:/+-]{0,99}")

# --- state


@dataclass(frozen=True, slots=True)
class Unknown:
    """No such model."""


@dataclass(frozen=True, slots=True)
class Registered:
    """It may answer."""

    model: AnnotatorId


@dataclass(frozen=True, slots=True)
class Retired:
    """It answers no more."""

    model: AnnotatorId


Model: TypeAlias = Unknown | Registered | Retired

# --- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """Let it answer; the id follows from name and version, so that the same again is the same model."""

    model: AnnotatorId
    name: str
    version: str
    notes: Secret | None


@dataclass(frozen=True, slots=True)
class Retire:
    """Let it answer no more."""


Command: TypeAlias = Register | Retire
Event: TypeAlias = ev.ModelRegistered | ev.ModelRetired

# --- refusals


def retired() -> Refusal:
    """`model_retired`: it answers no more."""
    return Refusal(
        "conflict",
        "model_retired",
        expected="a model that answers",
        found="one that was retired",
        mend="register it under another version, or answer with another model",
    )


# --- decide


def decide(command: Command, model: Model) -> Sequence[Event]:
    """Read as a table: command, state, outcome. What is not listed is refused."""
    match command, model:
        case Register(), Unknown():
            return [_registered(command)]
        case Register(), Registered():
            return []
        case Register(), Retired():
            raise retired()
        case Retire(), Registered(known):
            return [ev.ModelRetired(model=known)]
        case Retire(), Retired():
            return []
        case Retire(), Unknown():
            raise not_found("a model")
        case _:
            raise not_now(command, model)


# --- evolve


def evolve(model: Model, event: Event) -> Model:
    """What is true after the event."""
    match event:
        case ev.ModelRegistered(model=known):
            return Registered(known)
        case ev.ModelRetired(model=known):
            return Retired(known)
        case _:
            assert_never(event)


# --- helpers


def _registered(command: Register) -> ev.ModelRegistered:
    for word in (command.name, command.version):
        if not _WORD.fullmatch(word):
            raise Refusal(
                "invalid",
                "model_name_invalid",
                expected="a name and a version of 1..100 letters, digits, blanks and . _ : / + -",
                found="something else",
                mend="name the model so; say the rest in its notes",
            )
    return ev.ModelRegistered(
        model=command.model, name=command.name, version=command.version, notes=command.notes
    )


MODEL: Decider[Command, Model, Event] = Decider(Unknown(), decide, evolve)
"""One stream per model; its id is the model's."""
