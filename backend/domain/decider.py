"""The shape of every rule: decide says what happens next, evolve says what is true after it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from types import UnionType
from typing import Any, Generic, TypeVar, Union, get_args, get_origin, get_type_hints

C = TypeVar("C")
S = TypeVar("S")
E = TypeVar("E")


@dataclass(frozen=True, slots=True)
class Decider(Generic[C, S, E]):
    """`decide` may refuse (Refusal) and is pure; `evolve` never refuses; `initial` is the state before any event."""

    initial: S
    decide: Callable[[C, S], Sequence[E]]
    evolve: Callable[[S, E], S]

    def knows(self, event: object) -> bool:
        """Whether the event is of this stream's kind, and not another's under the same id."""
        return isinstance(event, _told_of(self.evolve))

    def fold(self, events: Iterable[E]) -> S:
        """The state after these events, from the initial one."""
        state = self.initial
        for event in events:
            state = self.evolve(state, event)
        return state


@cache
def _told_of(evolve: Callable[..., Any]) -> tuple[type[Any], ...]:
    """The event types that `evolve` says it takes, as its second parameter."""
    _, hint, *_ = get_type_hints(evolve).values()
    return get_args(hint) if get_origin(hint) in (Union, UnionType) else (hint,)
