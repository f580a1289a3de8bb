"""Orders: the same things shown in another order, and an answer that names their places by the new ones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from backend.domain.projects.variants import places
from backend.domain.projects.variants.refusals import unfit
from backend.statistics.exact import canonical


@dataclass(frozen=True, slots=True, kw_only=True)
class Permuted:
    """The nth place shows what stood at `order[n]`: of the list at `at`, or of the values at several places.

    With `names`, the nth is what an answer calls the nth place, and `others` are answers that name none (a tie);
    without, answers name the things themselves and stay: one that is called like a place has to be among `others`.
    """

    at: str | tuple[str, ...]
    order: tuple[int, ...]
    names: tuple[Any, ...] = ()
    others: tuple[Any, ...] = ()

    def payload(self, before: Any) -> Any:
        """The payload in its new order. Raises `variant_unfit`."""
        if isinstance(self.at, str):
            listed = places.at(before, self.at)
            if not isinstance(listed, list | tuple) or len(listed) != len(self.order):
                raise unfit(f"a list of {len(self.order)} at {self.at!r}", "something else")
            return places.put(before, self.at, [listed[place] for place in self.order])
        shown = [places.at(before, one) for one in self.at]
        after = before
        for pointer, place in zip(self.at, self.order, strict=True):
            after = places.put(after, pointer, shown[place])
        return after

    def back(self) -> "Permuted":
        """The order from which this one was made."""
        order = tuple(self.order.index(place) for place in range(len(self.order)))
        return Permuted(at=self.at, order=order, names=self.names, others=self.others)

    def key(self, kind: str, truth: Any) -> Any:
        """The truth of the new order. Raises `variant_unfit`, also where the key is none of the names said."""
        match kind:
            case "exact":
                return self._named(truth)
            case "labels":
                return [self._named(one) for one in truth] if isinstance(truth, list) else self._named(truth)
            case "ranking" if isinstance(truth, Mapping):
                return {self._named(name): rank for name, rank in truth.items()}
            case "ranking":
                return [self._group(one) for one in truth]
            case _:
                raise unfit("an answer of exact, labels or ranking", f"one of {kind}")

    def _group(self, one: Any) -> Any:
        return [self._named(name) for name in one] if isinstance(one, list) else self._named(one)

    def _named(self, said: Any) -> Any:
        if isinstance(said, dict) and set(said) == {"label"}:
            return {"label": self._named(said["label"])}
        if not self.names:
            return self._stays(said)
        spelled = canonical(said)
        for place, name in enumerate(self.names):
            if canonical(name) == spelled:
                return self.names[self.order.index(place)]
        if spelled in _spelled(self.others):
            return said
        raise unfit("a key that is one of names, or of others", "another")

    def _stays(self, said: Any) -> Any:
        """Without names an answer stays; one that is called like a place (`left` of /left) most likely means that."""
        called = [] if isinstance(self.at, str) else [places.steps(one)[-1:] for one in self.at]
        if [said] in called and canonical(said) not in _spelled(self.others):
            raise unfit("names of the places, or the key among others", "a key that is called like a place")
        return said


def _spelled(names: Sequence[Any]) -> set[str]:
    return {canonical(one) for one in names}
