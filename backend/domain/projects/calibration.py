"""Calibration: the exponent that makes a project's claimed confidence keep its word, refitted as truth comes in."""

from collections.abc import Sequence
from dataclasses import dataclass

from backend.domain.checks import in_range
from backend.domain.decider import Decider
from backend.domain.errors import Refusal
from backend.events import proficiency as ev
from backend.events.ids import ProjectId
from backend.statistics.temperature import AUDITED_MIN, HIGHEST, LOWEST

# --- state


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """What is in force; `audited` 0: nothing was ever fitted, and confidence is what the aggregate says."""

    temperature_ppm: int = 1_000_000
    audited: int = 0


# --- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibrate:
    """Soften by this exponent from now on, fitted on so many audited tasks."""

    project: ProjectId
    temperature_ppm: int
    audited: int
    basis_index: int


# --- refusals


def too_few(audited: int) -> Refusal:
    """`audited_too_few`: so few tasks cannot tell one exponent from another."""
    return Refusal(
        "conflict",
        "audited_too_few",
        expected=f"{AUDITED_MIN} audited tasks or more",
        found=str(audited),
        mend="wait for more reviews",
    )


# --- decide


def decide(command: Calibrate, calibration: Calibration) -> Sequence[ev.ConfidenceCalibrated]:
    """Another exponent is another fact; the same again is none."""
    if command.audited < AUDITED_MIN:
        raise too_few(command.audited)
    in_range(
        "temperature_invalid",
        "temperature_ppm",
        command.temperature_ppm,
        int(LOWEST * 1e6),
        int(HIGHEST * 1e6),
    )
    if command.temperature_ppm == calibration.temperature_ppm and calibration.audited:
        return []
    return [
        ev.ConfidenceCalibrated(
            project=command.project,
            temperature_ppm=command.temperature_ppm,
            audited=command.audited,
            basis_index=command.basis_index,
        )
    ]


# --- evolve


def evolve(calibration: Calibration, event: ev.ConfidenceCalibrated) -> Calibration:
    """What is true after the event."""
    return Calibration(temperature_ppm=event.temperature_ppm, audited=event.audited)


CALIBRATION: Decider[Calibrate, Calibration, ev.ConfidenceCalibrated] = Decider(Calibration(), decide, evolve)
"""One stream per project; its id follows from the project's."""
