"""A vendor's standard: the accuracy its people are held to, and when their evidence says that it is missed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from backend.domain.checks import PPM, in_range, one_of
from backend.domain.decider import Decider
from backend.events import vendors as ev
from backend.events.ids import SkillId, VendorId
from backend.statistics.clusters import Cluster, Clustered, clustered

MODES = ("flag", "suspend")
PEOPLE_LEAST = 2
"""Of one person nobody knows whether it is the vendor."""

# --- state


@dataclass(frozen=True, slots=True)
class Floor:
    """The rule in force; version 0: nothing was said."""

    said: ev.VendorFloorSet | None = None

    @property
    def version(self) -> int:
        """How often it was said."""
        return self.said.version if self.said else 0


@dataclass(frozen=True, slots=True)
class Record:
    """Evidence of a vendor in a skill below this index has spoken once, and is not asked again."""

    judged: int = 0


# --- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class SetFloor:
    """Hold a vendor (None: each) to this in a skill (None: in each); the fields are those of the event."""

    vendor: VendorId | None
    skill: SkillId | None
    floor_ppm: int
    confidence_ppm: int
    answers_min: int
    people_min: int
    days: int
    mode: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """People with what they answered, `answers` and `errors` counted; all evidence from `since_index` on that was told
    after `since`, below `basis_index`."""

    people: Mapping[object, Cluster]
    answers: int
    errors: int
    since: datetime
    since_index: int
    basis_index: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Hold this evidence of a vendor against the rule."""

    vendor: VendorId
    skill: SkillId
    rule: ev.VendorFloorSet
    evidence: Evidence


# --- decide


def decide_floor(command: SetFloor, floor: Floor) -> Sequence[ev.VendorFloorSet]:
    """What is another rule than before is its next version. Refuses `vendor_floor_invalid` what is out of range."""
    code = "vendor_floor_invalid"
    in_range(code, "floor_ppm", command.floor_ppm, 0, PPM)
    in_range(code, "confidence_ppm", command.confidence_ppm, PPM // 2, PPM - 1)
    in_range(code, "answers_min", command.answers_min, 1, 1_000_000)
    in_range(code, "people_min", command.people_min, PEOPLE_LEAST, 10_000)
    in_range(code, "days", command.days, 1, 3_650)
    one_of(code, "mode", command.mode, MODES)
    said = ev.VendorFloorSet(
        vendor=command.vendor,
        skill=command.skill,
        version=floor.version + 1,
        floor_ppm=command.floor_ppm,
        confidence_ppm=command.confidence_ppm,
        answers_min=command.answers_min,
        people_min=command.people_min,
        days=command.days,
        mode=command.mode,
    )
    before = floor.said
    return [] if before is not None and _same(before, said) else [said]


def decide(command: Hold, record: Record) -> Sequence[ev.VendorFellBelow]:
    """Nothing unless the evidence is sure; evidence that was judged before, or a fold that stands behind it, says
    nothing either, so that each piece speaks once."""
    evidence, rule = command.evidence, command.rule
    if evidence.since_index < record.judged or evidence.basis_index <= record.judged:
        return []
    found = clustered(evidence.people.values())
    probability = below_ppm(found, len(evidence.people), evidence.answers, rule)
    if probability is None:
        return []
    low, high = found.interval()
    return [
        ev.VendorFellBelow(
            vendor=command.vendor,
            skill=command.skill,
            floor_ppm=rule.floor_ppm,
            confidence_ppm=rule.confidence_ppm,
            probability_ppm=probability,
            answers=evidence.answers,
            errors=evidence.errors,
            people=len(evidence.people),
            accuracy_ppm=round(PPM * (found.value or 0.0)),
            low_ppm=round(PPM * low),
            high_ppm=round(PPM * high),
            worth_milli=round(1_000 * found.worth),
            since=evidence.since,
            since_index=evidence.since_index,
            basis_index=evidence.basis_index,
            mode=rule.mode,
        )
    ]


def below_ppm(found: Clustered, people: int, answers: int, rule: ev.VendorFloorSet) -> int | None:
    """P(accuracy < floor) in parts per million where it says that the floor is missed, else None.

    People are drawn, not answers: one who is bad, or who gave nearly all answers, says little of the vendor (see
    `statistics.clusters.clustered`).
    """
    if not rule.floor_ppm or answers < rule.answers_min or people < rule.people_min:
        return None
    below = found.belief.cdf(rule.floor_ppm / PPM)
    return round(PPM * below) if below > rule.confidence_ppm / PPM else None


# --- evolve


def evolve_floor(floor: Floor, event: ev.VendorFloorSet) -> Floor:
    """What is true after the event."""
    return Floor(event)


def evolve(record: Record, event: ev.VendorFellBelow) -> Record:
    """What is true after the event."""
    return Record(max(record.judged, event.basis_index))


# --- helpers


def _same(before: ev.VendorFloorSet, said: ev.VendorFloorSet) -> bool:
    names = ("floor_ppm", "confidence_ppm", "answers_min", "people_min", "days", "mode")
    return all(getattr(before, name) == getattr(said, name) for name in names)


VENDOR_FLOOR: Decider[SetFloor, Floor, ev.VendorFloorSet] = Decider(Floor(), decide_floor, evolve_floor)
"""One stream per vendor (or all) and skill (or each)."""
VENDOR_RECORD: Decider[Hold, Record, ev.VendorFellBelow] = Decider(Record(), decide, evolve)
"""One stream per vendor and skill."""
