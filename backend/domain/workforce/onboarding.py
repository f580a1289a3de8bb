"""Onboarding: what a tenant asks of everybody before the first task; nothing as long as nobody has said so."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from backend.domain.decider import Decider
from backend.domain.workforce.refusals import kind_word
from backend.events import workforce as ev
from backend.events.ids import AgreementId, CourseId

APPROVAL = "approval"
"""The condition that somebody approved the person."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What is asked, in its `version`; 1 is before anybody said anything."""

    version: int = 1
    checks: tuple[str, ...] = ()
    approval: bool = False
    agreements: tuple[AgreementId, ...] = ()
    courses: tuple[CourseId, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateOnboarding:
    """Ask for this from now on; who is active already stays so."""

    checks: tuple[str, ...]
    approval: bool
    agreements: tuple[AgreementId, ...]
    courses: tuple[CourseId, ...]


Event: TypeAlias = ev.OnboardingUpdated


def decide(command: UpdateOnboarding, policy: Policy) -> Sequence[Event]:
    """The same conditions again are nothing new. Raises `kind_invalid` for a check that is no word."""
    for check in command.checks:
        kind_word(check)
    asked = Policy(
        version=policy.version,
        checks=tuple(sorted(set(command.checks))),
        approval=command.approval,
        agreements=tuple(sorted(set(command.agreements))),
        courses=tuple(sorted(set(command.courses))),
    )
    if asked == policy:
        return []
    return [
        ev.OnboardingUpdated(
            version=policy.version + 1,
            checks=asked.checks,
            approval=asked.approval,
            agreements=asked.agreements,
            courses=asked.courses,
        )
    ]


def evolve(policy: Policy, event: ev.OnboardingUpdated) -> Policy:
    """What is true after the event."""
    return Policy(
        version=event.version,
        checks=event.checks,
        approval=event.approval,
        agreements=event.agreements,
        courses=event.courses,
    )


def weighed(
    tokens: Sequence[str], approval: bool, failed: Iterable[str], approved: bool, held: Iterable[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What of the conditions is met and what is missing: (met, missing), both sorted.

    `tokens` are asked of everybody (checks, agreements, courses), an `approval` too; a check whose newest result is
    no pass stands in the way even where nobody asks for it.
    """
    has = set(held) | ({APPROVAL} if approved else set())
    asked = {*tokens, *(f"check:{name}" for name in failed)} | ({APPROVAL} if approval else set())
    return tuple(sorted(asked & has)), tuple(sorted(asked - has))


ONBOARDING: Decider[UpdateOnboarding, Policy, Event] = Decider(Policy(), decide, evolve)
"""One stream per tenant."""
