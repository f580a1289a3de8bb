"""The shape of every rule: decide says what happens next, evolve says what is true after it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

C = TypeVar("C")
S = TypeVar("S")
E = TypeVar("E")


@dataclass(frozen=True, slots=True)
class Decider(Generic[C, S, E]):
    """`decide` may refuse (Refusal) and is pure; `evolve` never refuses; `initial` is the state before any event."""

    initial: S
    decide: Callable[[C, S], Sequence[E]]
    evolve: Callable[[S, E], S]

    def fold(self, events: Iterable[E]) -> S:
        """The state after these events, from the initial one."""
        state = self.initial
        for event in events:
            state = self.evolve(state, event)
        return state
