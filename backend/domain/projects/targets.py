"""Targets: what accuracy, precision, recall or F1 is asked of a project's answers, as a whole or of one class."""

import json
from base64 import b64decode, b64encode
from collections.abc import Sequence
from dataclasses import dataclass, replace

from backend.domain.checks import PPM
from backend.domain.decider import Decider
from backend.domain.errors import Refusal
from backend.domain.projects import diversity
from backend.domain.projects.diversity import Diversity
from backend.events import projects as ev
from backend.events.base import Secret
from backend.events.ids import ProjectId
from backend.statistics import targets as statistics

TARGETS_MAX = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """`measure` at least `least_ppm`, judged by an interval of `confidence_ppm`; of a class by its keyed token, whose
    label is kept as ciphertext beside it so that it can be told again."""

    measure: str
    least_ppm: int
    confidence_ppm: int = 950_000
    of_class: str | None = None
    label: Secret | None = None

    @property
    def judged(self) -> statistics.Target:
        """As statistics knows it. ValueError for what can be no target."""
        return statistics.Target(
            self.measure,  # type: ignore[arg-type]  # what is no measure it refuses itself
            self.least_ppm / PPM,
            self.of_class,
            self.confidence_ppm / PPM,
        )


# --- state


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """What is asked; version 0: nothing ever was."""

    targets: tuple[Target, ...] = ()
    diversity: Diversity | None = None
    version: int = 0


# --- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class SetTargets:
    """Ask for exactly this from now on."""

    project: ProjectId
    targets: tuple[Target, ...]
    diversity: Diversity | None = None


# --- refusals


def refused(expected: str, found: str) -> Refusal:
    """`quality_target_invalid`: nothing that answers could meet."""
    return Refusal(
        "invalid",
        "quality_target_invalid",
        expected=expected,
        found=found,
        mend="correct this target and send them all again",
    )


# --- decide


def decide(command: SetTargets, state: Targets) -> Sequence[ev.TargetsSet]:
    """Other targets than before are the next version. Raises `quality_target_invalid`, `diversity_by_unknown` and
    `diversity_invalid`."""
    _check(command.targets)
    if command.diversity is not None:
        diversity.check(command.diversity)
    if (_asked(command.targets), command.diversity) == (_asked(state.targets), state.diversity):
        return []
    return [
        ev.TargetsSet(
            project=command.project,
            version=state.version + 1,
            targets=spelled(command.targets),
            diversity=diversity.spelled(command.diversity),
        )
    ]


# --- evolve


def evolve(state: Targets, event: ev.TargetsSet) -> Targets:
    """What is true after the event."""
    asked = diversity.read(event.diversity)
    return Targets(targets=read(event.targets), diversity=asked, version=event.version)


# --- helpers


def spelled(targets: Sequence[Target]) -> str:
    """The JSON text that events hold; empty for none."""
    told = [
        {
            "measure": one.measure,
            "least_ppm": one.least_ppm,
            "confidence_ppm": one.confidence_ppm,
            "class": one.of_class,
            "label": None if one.label is None else b64encode(one.label).decode(),
        }
        for one in targets
    ]
    return json.dumps(told, sort_keys=True, separators=(",", ":")) if told else ""


def read(text: str) -> tuple[Target, ...]:
    """What `spelled` said."""
    return tuple(
        Target(
            measure=one["measure"],
            least_ppm=one["least_ppm"],
            confidence_ppm=one["confidence_ppm"],
            of_class=one["class"],
            label=None if one["label"] is None else Secret(b64decode(one["label"])),
        )
        for one in (json.loads(text) if text else [])
    )


def _check(targets: Sequence[Target]) -> None:
    if len(targets) > TARGETS_MAX:
        raise refused(f"{TARGETS_MAX} targets at most", f"{len(targets)}")
    seen: set[tuple[str, str | None]] = set()
    for one in targets:
        try:
            place = (one.judged.measure, one.of_class)
        except ValueError as error:
            raise refused("a share of answers that can be measured", str(error)) from error
        if place in seen:
            raise refused("one target for a measure and class", f"two for {one.measure}")
        seen.add(place)


def _asked(targets: Sequence[Target]) -> tuple[Target, ...]:
    """Without the ciphertext, which is another each time."""
    return tuple(replace(one, label=None) for one in targets)


TARGETS: Decider[SetTargets, Targets, ev.TargetsSet] = Decider(Targets(), decide, evolve)
"""One stream per project; its id follows from the project's."""
