"""Variants of gold: keys that follow from keys, forth and back, and scores that stay what they were."""

from typing import Any

import pytest
from hypothesis import given as any_of
from hypothesis import settings
from hypothesis import strategies as st

from backend.domain.errors import Refusal
from backend.domain.projects.scoring import How
from backend.domain.projects.variants import places, registry
from backend.domain.projects.variants.registry import Transformation, read
from backend.statistics.registry import options_of, scorer

SIZE = (64, 48)
ISOMETRIES: list[dict[str, Any]] = [
    {"kind": "mirror", "axis": "horizontal", "swap_points": [(0, 1)]},
    {"kind": "mirror", "axis": "vertical", "swap_points": [(0, 1)]},
    *({"kind": "rotate", "degrees": degrees} for degrees in (90, 180, 270)),
    {"kind": "crop", "window": (0, 0, 63, 47)},
]
ORIGINS = ("edge", "centre")


def how(kind: str, **options: Any) -> How:
    return How(kind, options_of(kind, options))


def made(said: dict[str, Any], payload: Any = None) -> Transformation:
    return read({"size": SIZE} | said, payload)


def refused(code: str, *args: Any) -> None:
    said, kind, truth = args
    with pytest.raises(Refusal) as found:
        made(said).key(how(kind), truth)
    assert found.value.code == code


whole = st.integers(0, 45)


@st.composite
def boxes(draw: Any) -> list[dict[str, Any]]:
    corners = draw(st.lists(st.tuples(whole, whole, st.integers(1, 9), st.integers(1, 9)), max_size=4))
    return [
        {"label": "ab"[n % 2], "box": [min(x, 50), min(y, 36), min(x, 50) + w, min(y, 36) + h]}
        for n, (x, y, w, h) in enumerate(corners)
    ]


@st.composite
def answers(draw: Any, kind: str) -> Any:
    """Something of this kind that lies in the picture and in the window of the crop."""
    found = draw(boxes())
    match kind:
        case "boxes":
            return found
        case "polygons":
            return [
                {"label": one["label"], "polygon": [[a, b], [c, b], [c, d]]}
                for one in found
                for a, b, c, d in [one["box"]]
            ]
        case "points":
            return [{"label": one["label"], "point": one["box"][:2]} for one in found]
        case "lines":
            return [{"label": one["label"], "line": [one["box"][:2], one["box"][2:]]} for one in found]
        case "keypoints":
            return [
                {"label": "a", "keypoints": [[a, b, 2], [c, d, 1]], "box": one["box"], "area": 50}
                for one in found
                for a, b, c, d in [one["box"]]
            ]
        case _:
            rows = [[0] * SIZE[0] for _ in range(SIZE[1])]
            for one in found:
                a, b, c, d = one["box"]
                for y in range(b, min(d, 47)):
                    rows[y][a : min(c, 63)] = [1] * (min(c, 63) - a)
            return rows


KINDS: dict[str, dict[str, Any]] = {
    "boxes": {},
    "polygons": {},
    "points": {},
    "lines": {},
    "keypoints": {"sigmas": (0.1, 0.1)},
    "masks": {},
}


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=12, deadline=None)
@any_of(data=st.data())
def test_a_transformed_answer_scores_against_the_transformed_key_as_before_and_the_way_back_ends_at_home(
    kind: str, data: st.DataObject
) -> None:
    """So the overlap of every two shapes is what it was."""
    of = how(kind, **KINDS[kind])
    truth, answer = data.draw(answers(kind)), data.draw(answers(kind))
    for said in ISOMETRIES:
        for origin in ORIGINS:
            way = made(said | {"origin": origin})
            key = way.key(of, truth)
            assert way.parents(of, key) == truth
            before = scorer(kind).score(answer, truth, of.options)
            after = scorer(kind).score(way.key(of, answer), key, of.options)
            assert after.passed == before.passed
            assert after.value == pytest.approx(before.value, abs=1e-9)


@settings(max_examples=30, deadline=None)
@any_of(truth=boxes(), to=st.tuples(st.integers(1, 300), st.integers(1, 300)).filter(lambda to: to != SIZE))
def test_what_is_scaled_and_scaled_back_lies_where_it_lay(truth: list[dict[str, Any]], to: Any) -> None:
    way = made({"kind": "scale", "to": to})
    back = way.parents(how("boxes"), way.key(how("boxes"), truth))
    for one, other in zip(back, truth, strict=True):
        assert one["box"] == pytest.approx(other["box"])


def test_known_values_of_every_movement() -> None:
    box = [{"label": "left", "box": [10, 5, 20, 15], "note": "kept"}]
    known = {
        "horizontal": [44, 5, 54, 15],
        "vertical": [10, 33, 20, 43],
        90: [33, 10, 43, 20],
        180: [44, 33, 54, 43],
        270: [5, 44, 15, 54],
    }
    for parameter, there in known.items():
        turned = isinstance(parameter, int)
        said = {"kind": "rotate", "degrees": parameter} if turned else {"kind": "mirror", "axis": parameter}
        way = made(said | {"swap_labels": [["left", "right"]]})
        assert way.key(how("boxes"), box) == [{"label": "right", "box": there, "note": "kept"}]
        assert way.size == ((48, 64) if parameter in (90, 270) else SIZE)
    point = [{"label": "x", "point": [0, 3]}]
    moved = made({"kind": "mirror", "axis": "horizontal", "origin": "centre"}).key(how("points"), point)
    assert moved == [{"label": "x", "point": [63, 3]}]
    crop = made({"kind": "crop", "window": (8, 4, 20, 20)})
    assert crop.key(how("boxes"), box)[0]["box"] == [2, 1, 12, 11]
    assert made({"kind": "scale", "to": (128, 24)}).key(how("boxes"), box)[0]["box"] == [20, 2.5, 40, 7.5]
    runs = {"size": [48, 64], "counts": [48 * 60, 48, 48 * 3]}
    mirrored = made({"kind": "mirror", "axis": "horizontal"}).key(how("masks"), runs)
    assert mirrored == {"size": [48, 64], "counts": [48 * 3, 48, 48 * 60]}
    ring = [{"label": "x", "polygon": [[[0, 0], [9, 0], [9, 9]], [[2, 1], [5, 1], [5, 4]]]}]
    turned = made({"kind": "rotate", "degrees": 180}).key(how("polygons"), ring)
    assert turned[0]["polygon"][1] == [[62, 47], [59, 47], [59, 44]]


def test_key_points_of_a_side_change_places_when_a_picture_is_mirrored_and_hidden_ones_stay_nowhere() -> None:
    of = how("keypoints", sigmas=(0.1, 0.1, 0.1))
    truth = [{"keypoints": [[10, 5, 2], [20, 6, 1], [0, 0, 0]], "area": 100}]
    way = made({"kind": "mirror", "axis": "horizontal", "swap_points": [(0, 1)]})
    assert way.key(of, truth) == [{"keypoints": [[44, 6, 1], [54, 5, 2], [0, 0, 0]], "area": 100}]
    refused("variant_unfit", {"kind": "mirror", "axis": "vertical"}, "keypoints", truth)
    assert made({"kind": "scale", "to": (128, 96)}).key(of, truth)[0]["area"] == 400


def test_what_leaves_the_picture_is_refused_and_so_is_what_was_never_in_it() -> None:
    box = [{"label": "x", "box": [10, 5, 20, 15]}]
    refused("variant_leaves", {"kind": "crop", "window": (0, 0, 19, 40)}, "boxes", box)
    outside = [{"label": "x", "box": [60, 5, 70, 15]}]
    refused("variant_leaves", {"kind": "mirror", "axis": "horizontal"}, "boxes", outside)
    rows = [[0] * 63 + [1] for _ in range(48)]
    refused("variant_leaves", {"kind": "crop", "window": (0, 0, 60, 48)}, "masks", rows)
    refused("variant_unfit", {"kind": "scale", "to": (32, 24)}, "masks", rows)
    refused("variant_unfit", {"kind": "rotate", "degrees": 90}, "spans", [[0, 1]])
    refused("variant_unfit", {"kind": "rotate", "degrees": 90}, "boxes", "no boxes")


def test_a_class_stays_what_it_is_in_a_mirror_unless_it_names_a_side() -> None:
    way = made({"kind": "mirror", "axis": "horizontal", "swap_labels": [["left", "right"]]})
    assert [way.key(how("exact"), one) for one in ("cat", "left", {"label": "right"})] == [
        "cat",
        "right",
        {"label": "left"},
    ]
    assert way.key(how("labels"), ["right", "cat"]) == ["left", "cat"]
    fields = How(
        "fields", options_of("fields", {"fields": {"box": {"kind": "boxes"}, "n": {"kind": "numbers"}}})
    )
    truth = {"box": [{"label": "x", "box": [0, 0, 4, 4]}], "n": 3, "other": "kept"}
    assert way.key(fields, truth) == truth | {"box": [{"label": "x", "box": [60, 0, 64, 4]}]}


orders = st.permutations(range(4)).filter(lambda order: order != list(range(4)))


@any_of(order=orders, first=st.permutations("abcd"), second=st.permutations("abcd"))
def test_another_order_maps_what_names_places_and_scores_stay(
    order: list[int], first: list[str], second: list[str]
) -> None:
    way = made({"kind": "permute", "at": "/shown", "order": order, "names": list("abcd"), "others": ["tie"]})
    assert way.payload is not None
    shown = way.payload({"ask": "?", "shown": [10, 11, 12, 13], "more": 1})
    assert list(shown) == ["ask", "shown", "more"]
    # Whoever is named shows the same thing as before.
    for place, name in enumerate("abcd"):
        assert shown["shown"]["abcd".index(way.key(how("exact"), name))] == 10 + place
    rank = how("ranking")
    before = scorer("ranking").score(first, second, rank.options)
    after = scorer("ranking").score(way.key(rank, first), way.key(rank, second), rank.options)
    assert after.value == before.value and way.parents(rank, way.key(rank, first)) == first
    assert way.key(how("exact"), "tie") == "tie"
    refused(
        "variant_unfit", {"kind": "permute", "at": "/x", "order": order, "names": list("abcd")}, "exact", "e"
    )


def test_two_places_change_what_they_show_and_an_answer_that_names_things_stays() -> None:
    way = made({"kind": "permute", "at": ["/left/text", "/right/text"], "order": [1, 0]})
    assert way.payload is not None
    payload = {"left": {"text": "x", "by": 1}, "right": {"text": "y", "by": 2}}
    assert way.payload(payload) == {"left": {"text": "y", "by": 1}, "right": {"text": "x", "by": 2}}
    assert way.key(how("ranking"), ["x", "y"]) == ["x", "y"]


@any_of(before=st.text("ab ", max_size=9), text=st.text("cde ", min_size=1, max_size=30), data=st.data())
def test_spans_mark_the_same_words_when_text_is_put_before_and_after(
    before: str, text: str, data: st.DataObject
) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    way = read({"kind": "affix", "at": "/t", "before": before, "after": " end"}, {"t": text})
    truth = [{"start": start, "end": end, "label": "x"}]
    (span,) = way.key(how("spans"), truth)
    assert way.payload is not None
    assert way.payload({"t": text})["t"][span["start"] : span["end"]] == text[start:end]
    assert way.parents(how("spans"), [span]) == truth
    with pytest.raises(Refusal, match="variant_leaves"):
        way.key(how("spans"), [[0, len(text) + 1]])


def test_a_number_is_scaled_and_everything_else_of_another_payload_stays() -> None:
    way = made({"kind": "replace", "factor": 2, "plus": 1})
    assert way.key(how("numbers"), [3, 4]) == [7, 9] and way.parents(how("numbers"), [7, 9]) == [3, 4]
    refused("variant_unfit", {"kind": "replace", "factor": 2}, "exact", "cat")
    refused("variant_unfit", {"kind": "replace"}, "spans", [[0, 1]])
    assert made({"kind": "replace"}).key(how("exact"), "cat") == "cat"


@pytest.mark.parametrize(
    ("said", "payload", "code"),
    [
        ({"kind": "mirror", "axis": "vertical"}, {"url": "x"}, "variant_size_missing"),
        ({"kind": "crop", "window": (0, 0, 9, 9)}, {"width": 8, "height": 9}, "variant_invalid"),
        ({"kind": "crop", "window": (0, 0, 8, 9)}, {"width": 8, "height": 9}, "variant_same"),
        ({"kind": "scale", "to": (8, 9)}, {"width": 8, "height": 9}, "variant_same"),
        ({"kind": "permute", "at": "/x", "order": [0, 1]}, {}, "variant_same"),
        ({"kind": "permute", "at": "/x", "order": [0, 0]}, {}, "variant_invalid"),
        ({"kind": "permute", "at": ["/x", "/y"], "order": [2, 1, 0]}, {}, "variant_invalid"),
        ({"kind": "permute", "at": "/x", "order": [1, 0], "names": ["a"]}, {}, "variant_invalid"),
        ({"kind": "affix", "at": "/x", "before": "a"}, {"x": 3}, "variant_unfit"),
        ({"kind": "affix", "at": "/x"}, {"x": "y"}, "variant_same"),
        ({"kind": "affix", "at": "x", "before": "a"}, {"x": "y"}, "variant_invalid"),
        ({"kind": "affix", "at": "/x", "before": "\U0001f600"}, {"x": "y"}, "variant_invalid"),
        ({"kind": "replace", "factor": 0}, {}, "variant_invalid"),
        ({"kind": "shear"}, {}, "variant_invalid"),
    ],
)
def test_what_is_no_transformation_of_this_item_is_refused(
    said: dict[str, Any], payload: Any, code: str
) -> None:
    with pytest.raises(Refusal) as found:
        read(said, payload)
    assert found.value.code == code


def test_a_payload_is_built_as_its_parents_in_the_same_order_or_refused() -> None:
    parent = {"a": {"x": 1, "y": None}, "b": "t"}
    told = places.arranged({"b": "u", "a": {"y": None, "x": 2.5}}, parent)
    assert repr(told) == "{'a': {'x': 2.5, 'y': None}, 'b': 'u'}"
    for other in ({"a": 1, "b": "t"}, {"b": "t"}, parent | {"c": 1}, parent | {"b": 7}, "text"):
        with pytest.raises(Refusal, match="variant_unlike"):
            places.arranged(other, parent)
    assert registry.size_of({"width": 8, "height": True}) is None


@pytest.mark.parametrize(("size", "to"), [((15, 15), (485, 496)), ((22, 29), (89, 485)), ((3, 7), (1, 3))])
@pytest.mark.parametrize("origin", ORIGINS)
def test_what_lies_on_the_edge_of_a_picture_lies_on_it_after_every_scaling(
    size: tuple[int, int], to: tuple[int, int], origin: str
) -> None:
    half = 0.5 if origin == "centre" else 0
    whole_picture = [{"label": "a", "box": [-half, -half, size[0] - half, size[1] - half]}]
    change = made({"kind": "scale", "size": size, "to": to, "origin": origin})
    scaled = change.key(how("boxes"), whole_picture)
    assert scaled == [{"label": "a", "box": [-half, -half, to[0] - half, to[1] - half]}]
    assert change.parents(how("boxes"), scaled) == whole_picture


def test_a_size_that_the_payload_contradicts_is_refused() -> None:
    mirror = {"kind": "mirror", "axis": "horizontal"}
    with pytest.raises(Refusal) as found:
        read(mirror | {"size": (100, 22)}, {"width": 89, "height": 22})
    assert found.value.code == "variant_invalid"
    assert read(mirror | {"size": (89, 22)}, {"width": 89, "height": 22}).size == (89, 22)


def test_a_variant_whose_key_is_no_answer_is_refused() -> None:
    refused("variant_unfit", {"kind": "replace", "factor": 1e9, "plus": 0}, "numbers", 1e303)
    refused(
        "variant_unfit",
        {"kind": "scale", "to": (1e-200, 1e-200)},
        "boxes",
        [{"label": "a", "box": [0, 0, 9, 9]}],
    )
    turned = made({"kind": "replace", "factor": 1e-310})
    with pytest.raises(Refusal):
        turned.parents(how("numbers"), 7)


def test_places_of_an_order_lie_apart() -> None:
    for at in (["/a", "/a/0"], ["/a", "/a"], ["", "/a"]):
        with pytest.raises(Refusal) as found:
            made({"kind": "permute", "at": at, "order": [1, 0]}, {"a": ["x"]})
        assert found.value.code == "variant_invalid"


def test_an_answer_that_is_called_like_a_place_needs_names() -> None:
    said = {"kind": "permute", "at": ["/left", "/right"], "order": [1, 0]}
    refused("variant_unfit", said, "exact", "left")
    refused("variant_unfit", said, "exact", {"label": "left"})
    refused("variant_unfit", said, "ranking", ["right", "left"])
    assert made(said).key(how("exact"), "cat") == "cat"
    assert made(said | {"others": ["left"]}).key(how("exact"), "left") == "left"
    assert made(said | {"names": ["left", "right"]}).key(how("exact"), "left") == "right"
