"""The registered transformations: what may be said of each, what it makes of an item, and how its key follows.

The key of a variant is computed from its parent's and from nothing else, so it needs no second author and is true
exactly if the parent's is. A payload is computed where it is text or an order; pixels lie elsewhere, so whoever makes
the variant gives the payload of the picture that they moved.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

from backend.domain.errors import Refusal
from backend.domain.projects.scoring import How
from backend.domain.projects.variants import places, plane
from backend.domain.projects.variants.orders import Permuted
from backend.domain.projects.variants.refusals import invalid, unfit
from backend.domain.projects.variants.shapes import GEOMETRIC, Moved
from backend.domain.projects.variants.wordings import Affixed, Replaced
from backend.statistics.exact import canonical
from backend.statistics.registry import scorer

KINDS = ("mirror", "rotate", "crop", "scale", "permute", "affix", "replace")
VARIANTS_MAX = 15
"""Variants of one item: a draw looks at the whole family of each candidate."""
PERMUTED_MAX = 100
AFFIX_CHARS_MAX = 10_000
NAMED_MAX = 1_000
Options: TypeAlias = Mapping[str, Any]


class Change(Protocol):
    """What becomes of a key of one kind."""

    def key(self, kind: str, truth: Any) -> Any:
        """The truth of the variant, or back again. Raises `variant_unfit` and `variant_leaves`."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Transformation:
    """One transformation of one parent: `there` maps its key, `back` that of the variant. `payload` computes the
    variant's, None where it is given; `size` is then that of its picture, where it has one. `same` is what makes two
    of them one: kind and parameters. Of an answer of fields only `fields` change (None: all that it can change).
    """

    kind: str
    there: Change
    back: Change
    same: str
    payload: Callable[[Any], Any] | None = None
    size: plane.Size | None = None
    fields: frozenset[str] | None = None

    def key(self, how: How, truth: Any) -> Any:
        """The key of the variant. Raises `variant_unfit` and `variant_leaves`."""
        return self._mapped(self.there, how, truth)

    def parents(self, how: How, truth: Any) -> Any:
        """The parent's key from the variant's. Raises the same."""
        return self._mapped(self.back, how, truth)

    def _mapped(self, change: Change, how: How, truth: Any) -> Any:
        try:
            scorer(how.kind).score(truth, truth, how.options)
            found = self._changed(change, how, truth)
        except (ValueError, TypeError, KeyError, OverflowError) as error:
            raise unfit(f"a key that is an answer of {how.kind}", "another") from error
        try:
            scorer(how.kind).score(found, found, how.options)
        except (ValueError, TypeError, KeyError, OverflowError) as error:
            raise unfit(
                f"a variant whose key is an answer of {how.kind}",
                "a number without end, or nothing left of a shape",
            ) from error
        return found

    def _changed(self, change: Change, how: How, truth: Any) -> Any:
        if how.kind != "fields":
            return change.key(how.kind, truth)
        changed = {
            name: change.key(field.kind, truth[name])
            for name, field in how.options.fields.items()
            if truth.get(name) is not None and self._changes(name, field.kind)
        }
        if not changed and self.kind in ("permute", "affix"):
            raise unfit("a key with a field that changes", "none")
        return {**truth, **changed}

    def _changes(self, name: str, kind: str) -> bool:
        if self.fields is not None:
            return name in self.fields
        return kind in TOUCHED[self.kind]


_PICTURES = frozenset((*GEOMETRIC, "labels"))
TOUCHED = {
    **dict.fromkeys(("mirror", "rotate", "crop", "scale"), _PICTURES),
    "permute": frozenset(("exact", "labels", "ranking")),
    "affix": frozenset(("spans",)),
    "replace": frozenset(("numbers",)),
}
"""Which fields of an answer change when nobody says which."""


def read(said: Options, payload: Any) -> Transformation:
    """A transformation of the parent with this payload, from what the API's types have checked: its kind and options.

    Raises `variant_invalid`, `variant_size_missing`, `variant_unfit`, and `variant_same` where it changes nothing.
    """
    match said["kind"]:
        case "mirror" | "rotate" | "crop" | "scale":
            return _picture(said, payload)
        case "permute":
            return _permute(said)
        case "affix":
            return _affix(said, payload)
        case "replace":
            return _replace(said)
        case kind:
            raise invalid(f"a kind of {', '.join(KINDS)}", ascii(str(kind)[:40]))


def same() -> Refusal:
    """`variant_same`: it shows what its parent shows, or another variant of it."""
    expected = "a variant that shows something else than its parent and than each other one"
    return unfit(expected, "the same", "variant_same")


# --- pictures


def _picture(said: Options, payload: Any) -> Transformation:
    size, half = _size(said, payload), 0.5 if said.get("origin") == "centre" else 0.0
    there, back = _planes(said, size, half)
    labels = _both_ways(said.get("swap_labels") or ())
    points = said.get("swap_points")
    if points is not None and len({one for pair in points for one in pair}) != 2 * len(points):
        raise invalid("swap_points in which each place stands once", "one twice")
    names = {"mirror": "axis", "rotate": "degrees", "crop": "window", "scale": "to"}
    parameter = said[names[said["kind"]]]
    return Transformation(
        kind=said["kind"],
        there=Moved(plane=there, labels=labels, places=points),
        back=Moved(plane=back, labels=labels, places=points),
        same=canonical([said["kind"], list(parameter) if isinstance(parameter, tuple) else parameter]),
        size=there.after,
        fields=_fields(said),
    )


def _planes(said: Options, size: plane.Size, half: float) -> tuple[plane.Plane, plane.Plane]:
    match said["kind"]:
        case "mirror":
            there = plane.mirror(size, said["axis"], half)
            return there, there
        case "rotate":
            there = plane.rotate(size, said["degrees"], half)
            return there, plane.rotate(there.after, 360 - said["degrees"], half)
        case "crop":
            x, y, width, height = said["window"]
            if x < 0 or y < 0 or x + width > size[0] or y + height > size[1]:
                raise invalid(f"a window within {size[0]} x {size[1]}", f"{list(said['window'])}")
            _other((width, height), size)
            window = (width, height)
            return plane.shift(size, window, x, y, half), plane.shift(window, size, -x, -y, half)
        case _:
            to = tuple(said["to"])
            _other(to, size)
            return plane.scale(size, to, half), plane.scale(to, size, half)


def _other(size: Sequence[Any], than: Sequence[Any]) -> None:
    if tuple(size) == tuple(than):
        raise same()


def _size(said: Options, payload: Any) -> plane.Size:
    told = size_of(payload)
    size = said.get("size") or told
    if told is not None and tuple(size or told) != told:
        raise invalid(f"the size that the payload says, {told[0]} x {told[1]}, or none", "another")
    if size is None:
        expected = "size: [width, height], or width and height in the payload"
        raise invalid(expected, "neither", "variant_size_missing")
    return size[0], size[1]


def size_of(payload: Any) -> plane.Size | None:
    """Width and height of a picture, where its payload says both."""
    if not isinstance(payload, Mapping):
        return None
    found = [payload.get(name) for name in ("width", "height")]
    right = all(isinstance(one, int | float) and not isinstance(one, bool) and 0 < one < 1e6 for one in found)
    return (found[0], found[1]) if right else None  # type: ignore[return-value]


def _both_ways(pairs: Sequence[Sequence[str]]) -> dict[str, str]:
    named = {one: other for first, second in pairs for one, other in ((first, second), (second, first))}
    if len(named) != 2 * len(pairs):
        raise invalid("swap_labels in which each label stands once", "one twice")
    return named


def _fields(said: Options) -> frozenset[str] | None:
    return None if said.get("fields") is None else frozenset(said["fields"])


# --- words and orders


def _permute(said: Options) -> Transformation:
    order, at = tuple(said["order"]), said["at"]
    pointers = at if isinstance(at, str) else tuple(at)
    if sorted(order) != list(range(len(order))):
        raise invalid(f"an order of 0 to {len(order) - 1}, each once", f"{list(order)}"[:80])
    if order == tuple(range(len(order))):
        raise same()
    if not isinstance(pointers, str):
        _require_apart(pointers)
    names = tuple(said.get("names") or ())
    lengths = {
        len(order),
        len(names) or len(order),
        len(order) if isinstance(pointers, str) else len(pointers),
    }
    if len(lengths) > 1:
        raise invalid("as many names and pointers as places in order", "more or fewer")
    if len({canonical(one) for one in names}) < len(names):
        raise invalid("names that differ", "one twice")
    there = Permuted(at=pointers, order=order, names=names, others=tuple(said.get("others") or ()))
    told = canonical(["permute", at if isinstance(at, str) else list(at), list(order)])
    return Transformation(
        kind="permute",
        there=there,
        back=there.back(),
        same=told,
        payload=there.payload,
        fields=_fields(said),
    )


def _require_apart(pointers: Sequence[str]) -> None:
    ways = [tuple(places.steps(one)) for one in pointers]
    within = any(
        a != b and other[: len(one)] == one for a, one in enumerate(ways) for b, other in enumerate(ways)
    )
    if within:
        raise invalid("pointers to places of which none is another, or within another", "such")


def _affix(said: Options, payload: Any) -> Transformation:
    before, after = said.get("before") or "", said.get("after") or ""
    text = places.at(payload, said["at"])
    if not isinstance(text, str):
        raise unfit(f"text at {said['at'][:80]!a}", "something else")
    if not before and not after:
        raise same()
    if any(ord(one) > 0xFFFF for one in before):
        raise invalid("characters before the text that every system counts as one", "others (above U+FFFF)")
    there = Affixed(at=said["at"], before=before, after=after, length=len(text))
    return Transformation(
        kind="affix",
        there=there,
        back=there.back(),
        same=canonical(["affix", said["at"], before, after]),
        payload=there.payload,
        fields=_fields(said),
    )


def _replace(said: Options) -> Transformation:
    factor = said.get("factor")
    there = Replaced(factor=1 if factor is None else factor, plus=said.get("plus") or 0)
    if there.factor == 0:
        raise invalid("a factor other than 0", "0")
    return Transformation(
        kind="replace", there=there, back=there.back(), same=canonical(["replace"]), fields=_fields(said)
    )
