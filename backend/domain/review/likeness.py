"""Likeness: which labels of a gold item are shown beside it, so that it looks like the work among which it stands."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

FOR = {"none": (), "reviewers": ("review",), "experts": ("expert",), "both": ("review", "expert")}
"""What a project says -> to which kinds of work other labels are shown."""


@dataclass(frozen=True, slots=True)
class Label:
    """One label of an item: under what it was answered, by whom, the keyed token of what it says, and whether a model
    said it."""

    source: UUID
    by: UUID
    token: str
    of_model: bool


@dataclass(frozen=True, slots=True)
class Look:
    """What tells labels apart without their content: how many people's there are, in how many different `kinds`, and
    of which models; in all of them, which say the same: for each thing said how many people and which models say it."""

    people: int
    kinds: int
    models: tuple[UUID, ...]
    groups: tuple[tuple[int, tuple[UUID, ...]], ...]


NOTHING_LIKE_IT = Look(people=1_000_000, kinds=0, models=(), groups=((1_000_000, ()),))
"""As nothing looks."""


def as_asked(wanted: Look | None) -> tuple[int | None, int | None, str | None]:
    """How many people's labels, of how many kinds, and of which models (text of an array), as the queries that look for
    gold ask for; None three times where labels are not shown."""
    if wanted is None:
        return None, None, None
    return wanted.people, wanted.kinds, "{" + ",".join(map(str, wanted.models)) + "}"


def look(labels: Sequence[Label]) -> Look:
    """How these labels look."""
    said = _said(labels)
    groups = sorted(
        ((len(people), tuple(sorted(one.by for one in models))) for people, models in said), reverse=True
    )
    people = [one for one in labels if not one.of_model]
    return Look(
        people=len(people),
        kinds=len({one.token for one in people}),
        models=tuple(sorted(one.by for one in labels if one.of_model)),
        groups=tuple(groups),
    )


def like(wanted: Look, there: Sequence[Label]) -> list[Label] | None:
    """Of the labels there are those that look as wanted, each person's and each model's once, the first ones that do;
    None where no choice does. A model that is not wanted is left out."""
    models = [one for one in there if one.of_model and one.by in wanted.models]
    if Counter(one.by for one in models) != Counter(wanted.models):
        return None
    first: dict[UUID, Label] = {}
    for one in there:
        if not one.of_model:
            first.setdefault(one.by, one)
    return _fit(list(wanted.groups), _said([*first.values(), *models]))


def _said(labels: Sequence[Label]) -> list[tuple[list[Label], list[Label]]]:
    """For each thing said people's labels and models'."""
    found: dict[str, tuple[list[Label], list[Label]]] = defaultdict(lambda: ([], []))
    for one in labels:
        found[one.token][one.of_model].append(one)
    return list(found.values())


def _fit(
    groups: list[tuple[int, tuple[UUID, ...]]], said: list[tuple[list[Label], list[Label]]]
) -> list[Label] | None:
    """Each group with a thing said of its own, and with just its models. The smallest group takes the smallest thing
    that is enough for it: so none is left out that could be fitted."""
    left, chosen = sorted(said, key=lambda one: len(one[0])), list[Label]()
    for people, models in sorted(groups):
        fitting = (
            one
            for one in left
            if len(one[0]) >= people and tuple(sorted(label.by for label in one[1])) == models
        )
        found = next(fitting, None)
        if found is None:
            return None
        left.remove(found)
        chosen += [*found[0][:people], *found[1]]
    return chosen
