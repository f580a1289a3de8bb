"""What a lane asks for, condition by condition: required, actual, passed, and what would make it pass."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from backend.domain.projects.predicates import said_of
from backend.domain.projects.requirement import ANY, NOT, Requirement

Json = dict[str, Any]

ORDER = (
    "role origin vendor team check approval compliance agreement course guideline certified skill_level skill_open"
    " any none"
).split()
"""In which order conditions are told: what only a manager can change first, what a person can do next."""
PERSON, MANAGER = "annotator", "manager"
_CLOSED = "skill-closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """An operation of the API that would make a condition pass, and who may do it."""

    operation: str
    arguments: Json
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One condition. `token` is how the lane spells it; `mend` and `act` are None where it passes or nothing helps.
    `lane`: the one that asks for it (None: all)."""

    condition: str
    token: str
    required: Any
    actual: Any
    passed: bool
    mend: str | None = None
    act: Act | None = None
    stage: str | None = None
    lane: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Whom it is about: what they hold with its end (None: none), at this moment.

    `names` tell people what ids mean; `offered` is the version of each agreement that is in force and so can be signed,
    which may be a later one than a lane still accepts; and of each course.
    """

    annotator: UUID
    held: Mapping[str, datetime | None]
    now: datetime
    names: Mapping[str, str] = field(default_factory=dict)
    offered: Mapping[UUID, int] = field(default_factory=dict)

    def counts(self, token: str) -> bool:
        """Whether the token is held and has not ended."""
        return token in self.held and ((end := self.held[token]) is None or end > self.now)


def spelled(asked: Requirement) -> list[str]:
    """Every condition of a requirement, each as `Requirement.unmet` would spell it."""
    return [
        *asked.requires,
        *(ANY + "|".join(group) for group in asked.any_of),
        *(NOT + one for one in asked.excludes),
    ]


def explained(asked: Requirement, who: Person) -> list[Condition]:
    """All conditions in their order; none fails exactly when `asked.unmet` of what counts is empty."""
    return in_order([condition(token, who) for token in spelled(asked)])


def in_order(found: Sequence[Condition]) -> list[Condition]:
    """As they are told, within a kind by their spelling."""
    return sorted(found, key=lambda one: (_place(one.condition), one.token))


def _place(kind: str) -> int:
    return ORDER.index(kind) if kind in ORDER else len(ORDER)


def condition(token: str, who: Person) -> Condition:
    """One condition as a requirement spells it, for this person."""
    if token.startswith(ANY):
        return _any(token, token.removeprefix(ANY).split("|"), who)
    if token.startswith(NOT):
        return _none(token, token.removeprefix(NOT), who)
    kind, _, rest = token.partition(":")
    passed = who.counts(token)
    mend, act = _mends(kind, rest, who)
    return Condition(
        condition="skill_level" if kind == "skill" else kind,
        token=token,
        required=_required(kind, rest, who),
        actual=_actual(kind, rest, who),
        passed=passed,
        mend=None if passed else mend,
        act=None if passed else act,
    )


def _any(token: str, options: Sequence[str], who: Person) -> Condition:
    each = [condition(one, who) for one in options]
    passed = [one for one in each if one.passed]
    # What the person can do is offered before what somebody else would have to.
    best = min(each, key=lambda one: (one.act is None, one.act is not None and one.act.by != PERSON))
    words = "; or ".join(one.mend for one in each if one.mend)
    return Condition(
        condition="any",
        token=token,
        required=[{"condition": one.condition, "required": one.required} for one in each],
        actual=[{"condition": one.condition, "actual": one.actual} for one in passed] or None,
        passed=bool(passed),
        mend=None if passed else words,
        act=None if passed else best.act,
    )


def _none(token: str, barred: str, who: Person) -> Condition:
    held = who.counts(barred)
    kind, _, rest = barred.partition(":")
    if kind == _CLOSED:
        return Condition(
            condition="skill_open",
            token=token,
            required={"skill": UUID(rest), "closed": False} | _name("skill", rest, who),
            actual={"closed": held},
            passed=not held,
            mend="a manager looks at the evidence and opens the skill again" if held else None,
            act=_managers(who, "skill_reopen", skill=UUID(rest)) if held else None,
        )
    return Condition(
        condition="none",
        token=token,
        required={"none": _said(barred)},
        actual={"held": held},
        passed=not held,
        mend=f"this work is not for people with {_words(kind, rest, who)}" if held else None,
    )


# --- what is asked, what is there


def _required(kind: str, rest: str, who: Person) -> Any:
    name, _, version = rest.partition(":")
    match kind:
        case "agreement" | "course":
            return {kind: UUID(name), "version": _number(version)} | _name(kind, name, who)
        case "guideline":
            return {"project": UUID(name), "version": _number(version)}
        case "certified":
            project, _, of = version.partition(":")
            return {"course": UUID(name), "project": UUID(project), "version": int(of)} | _name(
                "course", name, who
            )
        case "skill":
            return {"skill": UUID(name), "level": _number(version) or 1} | _name(kind, name, who)
        case "approval":
            return {"approved": True}
        case _:
            return rest


def _actual(kind: str, rest: str, who: Person) -> Any:
    name, _, _ = rest.partition(":")
    match kind:
        case "agreement" | "course" | "guideline":
            return _version(f"{kind}:{name}:", who)
        case "skill":
            return _level(f"skill:{name}", who)
        case "role" | "vendor" | "team" | "origin":
            return [
                t.partition(":")[2] for t in sorted(who.held) if t.startswith(f"{kind}:") and who.counts(t)
            ]
        case _:
            token = f"{kind}:{rest}"
            return None if token not in who.held else {"counts": who.counts(token), "until": who.held[token]}


def _version(prefix: str, who: Person) -> Any:
    """The newest version that is or was held, None for none."""
    held = [
        (who.counts(t), int(t.removeprefix(prefix)), who.held[t]) for t in who.held if t.startswith(prefix)
    ]
    if not held:
        return None
    counts, version, until = max(held, key=lambda one: one[:2])
    return {"version": version, "counts": counts, "until": until}


def _level(skill: str, who: Person) -> Any:
    """The highest level that counts; 0 with the end of what was held, or without."""
    levels = [t for t in who.held if t == skill or t.startswith(skill + ":")]
    counting = [t for t in levels if who.counts(t)]
    best = max(counting or levels, key=_level_of, default=None)
    if best is None:
        return {"level": 0, "until": None}
    return {"level": _level_of(best) if counting else 0, "until": who.held[best]}


def _level_of(token: str) -> int:
    return int(token.split(":")[2]) if token.count(":") == 2 else 1


def _number(text: str) -> int | None:
    return int(text) if text else None


def _name(kind: str, name: str, who: Person) -> Json:
    known = who.names.get(f"{kind}:{name}")
    return {"name": known} if known is not None else {}


def _said(token: str) -> Json:
    """A token as managers say it; of what has a version, that one."""
    kind, _, rest = token.partition(":")
    if kind in ("agreement", "course") and ":" in rest:
        name, _, version = rest.partition(":")
        return {kind: UUID(name), "version": int(version)}
    return said_of(token)


# --- what would make it pass


def _words(kind: str, rest: str, who: Person) -> str:
    name, _, number = rest.partition(":")
    known = who.names.get(f"{kind}:{name}", name)
    if kind == "skill":
        return f"skill {known}, level {number or 1} or higher"
    return f"{kind} {known}" + (f", version {number}" if number else "")


def _mends(kind: str, rest: str, who: Person) -> tuple[str, Act | None]:
    name, _, number = rest.partition(":")
    words = _words(kind, rest, who)
    match kind:
        case "agreement":
            version = who.offered.get(UUID(name), _number(number))
            words = _words(kind, f"{name}:{version or ''}", who)
            return f"sign {words}", _own("agreement_sign", agreement=UUID(name), version=version)
        case "course":
            return f"pass {words}", _own("course_attempt", course=UUID(name), version=_number(number))
        case "guideline":
            act = _own("guideline_acknowledge", project=UUID(name), version=_number(number))
            return f"read and acknowledge the guideline, version {number}", act
        case "certified":
            act = _own("course_attempt", course=UUID(name), version=who.offered.get(UUID(name)))
            learnt = f"to be certified for the guideline, version {number.partition(':')[2]}"
            return f"pass {_words('course', name, who)}, {learnt}", act
        case "skill":
            act = _managers(who, "skill_grant", skill=UUID(name), level=_number(number) or 1)
            return f"get {words}: by an exam, by good work, or from a manager", act
        case "check":
            act = _managers(who, "annotator_check_record", kind=rest, passed=True)
            return f"a manager records that the check {rest} is passed", act
        case "approval":
            act = _managers(who, "annotator_screen")
            return "a manager looks at the checks and approves the person", act
        case "compliance":
            act = _managers(who, "compliance_record", kind=rest)
            return f"a manager records evidence of {rest} for the person or their vendor", act
        case "vendor" | "team":
            return f"a manager moves the person to {words}", _managers(
                who, "annotator_move", **{kind: UUID(name)}
            )
        case _:
            return f"this work is for people with {words}; ask a manager", None


def _own(operation: str, **arguments: Any) -> Act:
    return Act(operation=operation, arguments=arguments, by=PERSON)


def _managers(who: Person, operation: str, **arguments: Any) -> Act:
    return Act(operation=operation, arguments={"annotator": who.annotator} | arguments, by=MANAGER)
