"""An expert's words: why an answer is right, said with it or later, by its author or a manager; the newest count."""

from collections.abc import Sequence
from dataclasses import dataclass

from backend.domain.decider import Decider
from backend.domain.errors import Refusal
from backend.events import review as ev
from backend.events.base import Secret
from backend.events.ids import ItemId, LeaseId, PrincipalId, ProjectId

STAGE = "expert"
"""The kind of work whose answers are explained: of gold, escalations and second looks alike."""
WORDS_MAX = 1_000
"""Characters: beside what a reason is called and asks they still fit the explanation of a course's question."""

# --- state


@dataclass(frozen=True, slots=True)
class Words:
    """The token of what was said last, by whom, and how often something was said; 0: nothing was."""

    token: str = ""
    by: PrincipalId | None = None
    version: int = 0


# --- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class Explain:
    """Why the answer under this lease is right; the token is of these very words."""

    lease: LeaseId
    item: ItemId
    project: ProjectId
    by: PrincipalId
    words: Secret
    words_token: str


# --- refusals


def not_taken(stage: str) -> Refusal:
    """`explanation_not_taken`: only experts' answers are explained."""
    return Refusal(
        "invalid",
        "explanation_not_taken",
        expected="an explanation of an expert's answer",
        found=f"one under a lease of the stage {stage!r}",
        mend="leave the explanation out",
    )


def unanswered() -> Refusal:
    """`explanation_unanswered`: there is no answer of this lease that counts."""
    return Refusal(
        "conflict",
        "explanation_unanswered",
        expected="a lease whose answer was handed in",
        found="one without an answer that counts",
        mend="hand in the answer first; the explanation may come with it",
    )


def still_open(state: str) -> Refusal:
    """`escalation_open`: no expert's answer stands."""
    return Refusal(
        "conflict",
        "escalation_open",
        expected="an escalation that an expert has resolved",
        found=f"one that is {state}",
        mend="wait until an expert's answer stands",
    )


# --- decide


def decide(command: Explain, words: Words) -> Sequence[ev.EscalationExplained]:
    """The same words of the same one again change nothing."""
    if (command.words_token, command.by) == (words.token, words.by):
        return []
    return [
        ev.EscalationExplained(
            lease=command.lease,
            item=command.item,
            project=command.project,
            by=command.by,
            version=words.version + 1,
            words=command.words,
            words_token=command.words_token,
        )
    ]


# --- evolve


def evolve(words: Words, event: ev.EscalationExplained) -> Words:
    """What is true after the event."""
    return Words(event.words_token, event.by, event.version)


# --- telling


def kept_back(lot: float, gold_share: float) -> bool:
    """Whether of an item of work nothing is told to who asked for an expert; `lot` is in 0..1, the same for the same
    item. So much is kept back as there is gold beside it, where this share of everything is gold: where it is half or
    more, all."""
    return lot * (1 - gold_share) < gold_share


EXPERT_WORDS: Decider[Explain, Words, ev.EscalationExplained] = Decider(Words(), decide, evolve)
"""One stream per lease, beside the lease's own."""
