"""The graph of a workflow's steps: what leads where, which ways go round, and how many tasks an item can become."""

from collections.abc import Iterator, Mapping, Sequence

from backend.events.workflows import Step

Graph = Mapping[str, Sequence[str]]
"""Step -> the steps its arrows lead to."""


def graph(steps: Sequence[Step], *, limited: bool = True) -> dict[str, list[str]]:
    """All arrows; without the `limited` ones, only those that may be taken any number of times."""
    return {step.name: [arrow.to for arrow in step.then if limited or not arrow.loops_max] for step in steps}


def begins_with(first: Sequence[str], steps: Sequence[Step]) -> Step | None:
    """The annotate step that items begin with, which is what a model answers; None where there are several or none."""
    found = [step for step in steps if step.name in first and step.stage == "annotate"]
    return found[0] if len(found) == 1 else None


def about(steps: Sequence[Step], name: str) -> set[str]:
    """The steps whose results answer what this step asks: itself, and reviews, adjudications and experts whose first
    shown step is one of them."""
    found = {name}
    judging = [step for step in steps if step.stage in ("review", "adjudicate", "expert")]
    while more := {one.name for one in judging if set(one.shows[:1]) & found} - found:
        found |= more
    return found


def reached(ways: Graph, begin: Sequence[str]) -> set[str]:
    """The steps that can be reached from these, themselves among them."""
    found: set[str] = set()
    waiting = list(begin)
    while waiting:
        step = waiting.pop()
        if step not in found:
            found.add(step)
            waiting += ways[step]
    return found


def leading_to(ways: Graph, step: str) -> set[str]:
    """The steps from which an item can come to this one; itself only if there is a way round."""
    return {one for one in ways if step in reached(ways, ways[one])}


def cycle(ways: Graph) -> list[str]:
    """One way round, beginning and ending with the same step; empty when there is none."""
    done: set[str] = set()
    for begin in ways:
        path, places = [begin], [iter(ways[begin])]
        while path:
            following = next(places[-1], None)
            if following is None:
                done.add(path.pop())
                places.pop()
            elif following in path:
                return [*path[path.index(following) :], following]
            elif following not in done:
                path.append(following)
                places.append(iter(ways[following]))
    return []


def tasks_at_most(first: Sequence[str], steps: Sequence[Step]) -> int:
    """How many tasks one item can become without going round: a step that does not join begins once per arrow that
    leads to it. `steps` have no unlimited cycle."""
    ways = graph(steps, limited=False)
    times = {step.name: int(step.name in first) for step in steps}
    joins = {step.name for step in steps if step.joins}
    for name in _in_order(ways):
        if name in joins:
            times[name] = min(times[name], 1)
        for following in ways[name]:
            times[following] += times[name]
    return sum(times.values())


def _in_order(ways: Graph) -> Iterator[str]:
    """Every step after those that lead to it (Kahn 1962); the graph has no cycle."""
    before = dict.fromkeys(ways, 0)
    for following in ways.values():
        for one in following:
            before[one] += 1
    ready = [name for name, n in before.items() if not n]
    while ready:
        name = ready.pop()
        yield name
        for following in ways[name]:
            before[following] -= 1
            if not before[following]:
                ready.append(following)
