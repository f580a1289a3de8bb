"""Which signs of its health take gold out by themselves, and which of the items that have one go today."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal
from uuid import UUID

from backend.domain.checks import in_range, one_of
from backend.domain.decider import Decider
from backend.domain.projects.gold import SIGNS, Sign
from backend.domain.projects.gold_family import KEY_DOUBTED
from backend.events import gold_health as ev
from backend.events.ids import ProjectId, uuid8

ANSWERS_MIN, ANSWERS_LEAST, ANSWERS_MAX = 30, 10, 10_000
DAILY_PERCENT, DAILY_PERCENT_MAX = 5, 50
Outcome = Literal["retire", "warn", "few_answers", "exam", "low_stock", "daily_share"]

# --- the rule


@dataclass(frozen=True, slots=True)
class Rule:
    """What holds; version 0: nothing was ever said, and every sign retires."""

    version: int = 0
    retire: tuple[str, ...] = SIGNS
    answers_min: int = ANSWERS_MIN
    daily_percent: int = DAILY_PERCENT


@dataclass(frozen=True, slots=True, kw_only=True)
class SetRule:
    """Go by this from now on; the fields are those of the event."""

    project: ProjectId
    retire: tuple[str, ...]
    answers_min: int
    daily_percent: int


def asked(command: SetRule, version: int) -> Rule:
    """The rule that is asked for, as the one of this version. Refuses `gold_health_rule_invalid`."""
    code = "gold_health_rule_invalid"
    for sign in command.retire:
        one_of(code, "retire", sign, SIGNS)
    in_range(code, "answers_min", command.answers_min, ANSWERS_LEAST, ANSWERS_MAX)
    in_range(code, "daily_percent", command.daily_percent, 1, DAILY_PERCENT_MAX)
    retire = tuple(sign for sign in SIGNS if sign in command.retire)
    return Rule(version, retire, command.answers_min, command.daily_percent)


def decide(command: SetRule, rule: Rule) -> Sequence[ev.GoldHealthRuleSet]:
    """Something else is the next version."""
    wanted = asked(command, rule.version)
    if wanted == rule:
        return []
    return [
        ev.GoldHealthRuleSet(
            project=command.project,
            version=rule.version + 1,
            retire=wanted.retire,
            answers_min=wanted.answers_min,
            daily_percent=wanted.daily_percent,
        )
    ]


def evolve(rule: Rule, event: ev.GoldHealthRuleSet) -> Rule:
    """What is true after the event."""
    return Rule(event.version, event.retire, event.answers_min, event.daily_percent)


GOLD_HEALTH: Decider[SetRule, Rule, ev.GoldHealthRuleSet] = Decider(Rule(), decide, evolve)
"""One stream per project."""


def stream_of(project: UUID) -> UUID:
    """The stream of a project's rule."""
    return uuid8(project, "gold-health")


# --- what goes today


@dataclass(frozen=True, slots=True, kw_only=True)
class Suspect:
    """An item with signs, strongest reason first, each with what was measured; `met`: whoever meets most gold has met
    it already, so that without it they have none the less to meet. `kin`: so many others that are asked share its key,
    and go with it where the key is what is doubted."""

    gold: UUID
    truth_class: str | None
    exam_only: bool
    met: bool
    signs: Mapping[str, Sign]
    kin: int = 0


@dataclass(frozen=True, slots=True)
class Spare:
    """How much may go at most before too little is asked (`active`), and before whoever meets most has too little left
    for the days to come (`unmet`); in all and of each class."""

    active: int
    unmet: int
    classes: Mapping[str | None, "Spare"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of an item, by which of its signs, and why it is only shown where it is."""

    gold: UUID
    why: str
    outcome: Outcome


def share_left(rule: Rule, active: int, gone: int) -> int:
    """How much may still go today, of so much that is asked and so much that signs retired in the last 24 hours; one
    item a day goes from a small stock, too."""
    return max(0, max(1, (active + gone) * rule.daily_percent // 100) - gone)


def judge(suspects: Sequence[Suspect], rule: Rule, spare: Spare, most: int) -> list[Verdict]:
    """Each in its turn: it goes by the first of its signs that retires and rests on enough answers, while the day's
    share and the stock last; in which order is the caller's business. A key that is doubted takes its kin along, beyond
    the day's share, where the stock bears all of them; otherwise none goes."""
    gone: Counter[str | None] = Counter()
    fresh: Counter[str | None] = Counter()
    turns, told = 0, []
    for one in suspects:
        why, outcome = _by(one, rule)
        if outcome == "retire":
            kin = one.kin if why in KEY_DOUBTED else 0
            own = spare.classes.get(one.truth_class, Spare(0, 0, {}))
            held = (
                _held(one, spare, gone.total() + kin, fresh.total() + kin)
                or _held(one, own, gone[one.truth_class] + kin, fresh[one.truth_class] + kin)
                or ("daily_share" if turns >= most else None)
            )
            outcome = held or outcome
        if outcome == "retire":
            turns += 1
            gone[one.truth_class] += 1 + kin
            fresh[one.truth_class] += kin + (not one.met)
        told.append(Verdict(one.gold, why, outcome))
    return told


def _by(one: Suspect, rule: Rule) -> tuple[str, Outcome]:
    """The sign, and what the rule says of it alone."""
    named = [sign for sign in SIGNS if sign in one.signs]
    retiring = [sign for sign in named if sign in rule.retire]
    if not retiring:
        return named[0], "warn"
    if one.exam_only:
        return retiring[0], "exam"
    enough = [sign for sign in retiring if one.signs[sign].answers >= rule.answers_min]
    return (enough[0], "retire") if enough else (retiring[0], "few_answers")


def _held(one: Suspect, spare: Spare, gone: int, fresh: int) -> Outcome | None:
    return "low_stock" if gone >= spare.active or (not one.met and fresh >= spare.unmet) else None


def as_measured(sign: Sign, rule: Rule) -> Sign:
    """With the version of the rule that it is held against."""
    return replace(sign, rule_version=rule.version)
