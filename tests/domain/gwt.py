"""Given these events, when this is asked, then that happens: how every decider is tested."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from backend.domain.decider import Decider
from backend.domain.errors import Refusal

C = TypeVar("C")
S = TypeVar("S")
E = TypeVar("E")


@dataclass(frozen=True)
class Asked(Generic[E]):
    """What came of it: events or a refusal."""

    events: Sequence[E]
    refusal: Refusal | None

    def then(self, *expected: E) -> None:
        """Exactly these events; none means that nothing happens and nothing is refused."""
        assert self.refusal is None, f"refused: {self.refusal}"
        assert list(self.events) == list(expected)

    def then_refused(self, code: str, kind: str | None = None) -> Refusal:
        """Refused with this code, and kind where given; returns the refusal for closer looks."""
        assert self.refusal is not None, f"not refused, but decided: {self.events}"
        assert self.refusal.code == code
        assert kind is None or self.refusal.kind == kind
        return self.refusal


@dataclass(frozen=True)
class Given(Generic[C, S, E]):
    """A stream's past."""

    decider: Decider[C, S, E]
    past: tuple[E, ...]

    @property
    def state(self) -> S:
        """The state after the past."""
        return self.decider.fold(self.past)

    def when(self, command: C) -> Asked[E]:
        """Ask one thing."""
        try:
            return Asked(self.decider.decide(command, self.state), None)
        except Refusal as refusal:
            return Asked((), refusal)

    def after(self, *commands: C) -> "Given[C, S, E]":
        """The same past and what these commands, one after the other, add to it; a refusal fails the test."""
        past = list(self.past)
        for command in commands:
            past += self.decider.decide(command, self.decider.fold(past))
        return Given(self.decider, tuple(past))


def given(decider: Decider[C, S, E], *events: E) -> Given[C, S, E]:
    """A stream with these events."""
    return Given(decider, events)
