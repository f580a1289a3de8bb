"""Drift signals: each is recorded once under its source's own id; whether it makes a batch, the project's rule says."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeAlias, TypeVar

from backend.domain.checks import in_range, one_of
from backend.domain.decider import Decider
from backend.domain.errors import Refusal
from backend.events import drift as ev
from backend.events.ids import DriftSignalId, ProjectId, uuid8

MODES = ("off", "propose", "open")
MODE, COOLDOWN_HOURS, COOLDOWN_HOURS_MAX = "propose", 24, 8_760
MADE = ("opened", "proposed")
"""Outcomes with a batch."""
OUTCOMES = (*MADE, "off", "cooldown", "empty", "nothing_named")
T = TypeVar("T")

# --- the rule


@dataclass(frozen=True, slots=True)
class DriftRule:
    """What holds; version 0: nothing was ever said."""

    version: int = 0
    mode: str = MODE
    cooldown_hours: int = COOLDOWN_HOURS

    def cooled_from(self, now: datetime) -> datetime:
        """Batches made later than this still cool down."""
        return now - timedelta(hours=self.cooldown_hours)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetDriftRule:
    """Go by this from now on; the fields are those of the event."""

    project: ProjectId
    mode: str
    cooldown_hours: int


def decide_rule(command: SetDriftRule, rule: DriftRule) -> Sequence[ev.DriftRuleSet]:
    """Something else is the next version. Refuses `drift_rule_invalid`."""
    one_of("drift_rule_invalid", "mode", command.mode, MODES)
    in_range("drift_rule_invalid", "cooldown_hours", command.cooldown_hours, 0, COOLDOWN_HOURS_MAX)
    if (command.mode, command.cooldown_hours) == (rule.mode, rule.cooldown_hours):
        return []
    return [
        ev.DriftRuleSet(
            project=command.project,
            version=rule.version + 1,
            mode=command.mode,
            cooldown_hours=command.cooldown_hours,
        )
    ]


def evolve_rule(rule: DriftRule, event: ev.DriftRuleSet) -> DriftRule:
    """What is true after the event."""
    return DriftRule(event.version, event.mode, event.cooldown_hours)


DRIFT_RULE: Decider[SetDriftRule, DriftRule, ev.DriftRuleSet] = Decider(DriftRule(), decide_rule, evolve_rule)
"""One stream per project."""

# --- a signal


@dataclass(frozen=True, slots=True)
class Unheard:
    """No such signal yet."""


@dataclass(frozen=True, slots=True)
class Heard:
    """It came, and what became of it."""

    fact: ev.DriftSignalled


Signal: TypeAlias = Unheard | Heard


@dataclass(frozen=True, slots=True)
class Signalled:
    """A signal with what is to become of it."""

    fact: ev.DriftSignalled


def decide(command: Signalled, signal: Signal) -> Sequence[ev.DriftSignalled]:
    """The first time it is recorded; the same again is the same; something else under its id is `signal_exists`."""
    if isinstance(signal, Unheard):
        one_of("outcome_unknown", "outcome", command.fact.outcome, OUTCOMES)
        return [command.fact]
    same_or_refused(signal.fact, command.fact.content)
    return []


def evolve(signal: Signal, event: ev.DriftSignalled) -> Signal:
    """What is true after the event."""
    return Heard(event)


DRIFT_SIGNAL: Decider[Signalled, Signal, ev.DriftSignalled] = Decider(Unheard(), decide, evolve)
"""One stream per signal; its id follows from project, source and the source's id."""

# --- helpers


def signal_id(project: ProjectId, source: str, source_id: str) -> DriftSignalId:
    """The id of a source's signal."""
    return DriftSignalId(uuid8(project, "drift", source, source_id))


def same_or_refused(before: ev.DriftSignalled, content: str) -> None:
    """Refuse (`signal_exists`) other content under a source's id that was used."""
    if before.content != content:
        raise Refusal(
            "conflict",
            "signal_exists",
            expected="the same content as before under this id of the source, or another id",
            found=f"signal {before.signal} with other content",
            mend="send a new signal under a new id",
            extra={"signal": str(before.signal)},
        )


def not_both(items: object, selection: object) -> None:
    """Refuse (`signal_unclear`) a signal that sends new items and selects others."""
    if items and selection is not None:
        raise Refusal(
            "invalid",
            "signal_unclear",
            expected="either items or a selection, or neither",
            found="both",
            mend="send two signals",
        )


def hindered(rule: DriftRule, cooling: DriftSignalId | None, named: bool) -> str | None:
    """Why a signal makes no batch, whatever it names: its outcome; None where nothing is in the way."""
    if rule.mode == "off":
        return "off"
    if cooling is not None:
        return "cooldown"
    return None if named else "nothing_named"


def drawn(seed: str, sent: Sequence[tuple[str, T]], most: int) -> list[T]:
    """Of what was sent under these keys the `most` with the lowest SHA-256 of the seed's SHA-256 and the key, in the
    order in which they were sent."""
    head = hashlib.sha256(seed.encode()).digest()
    lots = sorted(range(len(sent)), key=lambda n: (hashlib.sha256(head + sent[n][0].encode()).digest(), n))
    return [sent[n][1] for n in sorted(lots[:most])]
