"""Variants of gold over HTTP: gold is derived from gold, and its family is read."""

from datetime import datetime
from typing import Annotated, Any, Literal, NotRequired
from uuid import UUID

from pydantic import BeforeValidator, Field, StringConstraints
from typing_extensions import TypedDict

from backend.api.fields import Anything, Body, ExternalKey, Shown, strictly
from backend.api.gold_health import GoldEstimate
from backend.api.route import Route
from backend.usecases.gold import families, variants

LIMIT_BYTES = 4_000_000
Number = Annotated[int, Field(strict=True)] | Annotated[float, Field(strict=True, allow_inf_nan=False)]
Extent = Annotated[Number, Field(gt=0, lt=1_000_000)]
Offset = Annotated[Number, Field(ge=0, lt=1_000_000)]
Factor = Annotated[Number, Field(gt=-1e9, lt=1e9)]
Place = Annotated[int, Field(strict=True, ge=0, lt=2_000)]
Size = Annotated[tuple[Extent, Extent], Field(description="Width and height in pixels.")]
Label = Annotated[str, StringConstraints(min_length=1, max_length=500)]
Pointer = Annotated[str, StringConstraints(max_length=500), Field(description="A JSON pointer (RFC 6901).")]
Affix = Annotated[str, StringConstraints(max_length=variants.AFFIX_MAX)]
Field_ = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Fields = Annotated[
    list[Field_], Field(max_length=100, description="Of an answer of fields, those that change.")
]
Swaps = Annotated[list[tuple[Label, Label]], Field(max_length=variants.NAMES_MAX)]
PointSwaps = Annotated[list[tuple[Place, Place]], Field(max_length=variants.NAMES_MAX)]
Origin = Annotated[
    Literal["edge", "centre"],
    Field(description="Whether 0 is the picture's edge, or the middle of its first pixel."),
]


@strictly
class MirrorGiven(TypedDict):
    """Left and right exchanged, or top and bottom. `swap_labels` are labels and `swap_points` places of key points
    (from 0) that change their names with their side. `size` is that of the parent's picture; without it, `width` and
    `height` of the payload, which it never contradicts."""

    kind: Literal["mirror"]
    axis: Literal["horizontal", "vertical"]
    size: NotRequired[Size]
    origin: NotRequired[Origin]
    swap_labels: NotRequired[Swaps]
    swap_points: NotRequired[PointSwaps]
    fields: NotRequired[Fields]


@strictly
class RotateGiven(TypedDict):
    """Turned clockwise."""

    kind: Literal["rotate"]
    degrees: Literal[90, 180, 270]
    size: NotRequired[Size]
    origin: NotRequired[Origin]
    swap_labels: NotRequired[Swaps]
    fields: NotRequired[Fields]


@strictly
class CropGiven(TypedDict):
    """What lies in the `window` [x, y, width, height]; a key that is not all in it is refused."""

    kind: Literal["crop"]
    window: tuple[Offset, Offset, Extent, Extent]
    size: NotRequired[Size]
    origin: NotRequired[Origin]
    fields: NotRequired[Fields]


@strictly
class ScaleGiven(TypedDict):
    """Made smaller or larger, `to` another size."""

    kind: Literal["scale"]
    to: Size
    size: NotRequired[Size]
    origin: NotRequired[Origin]
    fields: NotRequired[Fields]


@strictly
class PermuteGiven(TypedDict):
    """The same things in another order: the nth place shows what was at place `order`[n] (from 0) of the list at `at`,
    or of the places that `at` lists. `names` is what answers call the places, `others` what they say that names none;
    without `names` answers name the things themselves, and a key like the name of a place has to be in `others`."""

    kind: Literal["permute"]
    at: Pointer | Annotated[list[Pointer], Field(min_length=2, max_length=variants.PLACES_MAX)]
    order: Annotated[list[Place], Field(min_length=2, max_length=variants.PLACES_MAX)]
    names: NotRequired[Annotated[list[Anything], Field(max_length=variants.PLACES_MAX)]]
    others: NotRequired[Annotated[list[Anything], Field(max_length=variants.PLACES_MAX)]]
    fields: NotRequired[Fields]


@strictly
class AffixGiven(TypedDict):
    """The text at `at` with words before and after it; offsets count characters."""

    kind: Literal["affix"]
    at: Pointer
    before: NotRequired[Affix]
    after: NotRequired[Affix]
    fields: NotRequired[Fields]


@strictly
class ReplaceGiven(TypedDict):
    """Another payload of which the same is true; a number is `factor` times what it was, and `plus` more."""

    kind: Literal["replace"]
    factor: NotRequired[Factor]
    plus: NotRequired[Factor]
    fields: NotRequired[Fields]


def _of_a_kind(said: Any) -> Any:
    """Says which kinds there are, and never which one was sent."""
    if isinstance(said, dict) and said.get("kind") not in variants.KINDS:
        raise ValueError(f"the kind of a transformation is one of {', '.join(variants.KINDS)}")
    return said


Transform = Annotated[
    MirrorGiven | RotateGiven | CropGiven | ScaleGiven | PermuteGiven | AffixGiven | ReplaceGiven,
    Field(discriminator="kind"),
    BeforeValidator(_of_a_kind),
]


@strictly
class VariantGiven(TypedDict):
    """One variant. A payload is given, as of an item, where it cannot be computed (pictures, and what is replaced), and
    looks like its parent's: the same names and kinds of values."""

    external_key: ExternalKey
    transform: Transform
    payload: NotRequired[Anything]
    payload_uri: NotRequired[str]
    sha256: NotRequired[str]
    media_type: NotRequired[str]


class GoldVary(Body):
    """Variants of one gold item; their keys are computed from its key."""

    variants: tuple[VariantGiven, ...] = Field(min_length=1, max_length=variants.VARIANTS_MAX)


class GoldVariant(Shown):
    """A variant that is gold now."""

    id: UUID
    item: UUID
    external_key: str


class GoldVariants(Shown):
    """The variants, in the order sent; `gold` is the parent."""

    gold: UUID
    variants: list[GoldVariant]


class GoldVariantSeen(Shown):
    """What a variant would show, and what would be right."""

    external_key: str
    kind: str
    payload: Any
    truth: Any


class GoldVariantsSeen(Shown):
    """What would be made; `compared_as` is the kind of answer by which keys are read."""

    gold: UUID
    compared_as: str
    variants: list[GoldVariantSeen]


class GoldMember(Shown):
    """An item of a family; `transform` as it was sent, null of the parent. `seen` by so many in work and asked of so
    many in exams (`examined`); `correct` of `answers` were right (95 % Wilson interval). `exposed`: seen by 60 % of the
    people at work, so that it is retired at the next look."""

    gold: UUID
    item: UUID
    external_key: str | None
    transform: Any
    edge_case: bool
    exam_only: bool
    why: str | None
    retired_at: datetime | None
    key: Literal["trusted", "wrong", "corrected"]
    added_at: datetime
    seen: int
    examined: int
    answers: int
    correct: int
    first_shown: datetime | None
    last_shown: datetime | None
    accuracy: GoldEstimate | None
    exposed: bool


class GoldFamily(Shown):
    """A family by its parent: so many `people` met any of it, of a `pool` who met gold of the project in 30 days.
    Nobody meets two of it within `gap_days` (0: never two)."""

    family: UUID
    gap_days: int
    active: int
    people: int
    pool: int
    data: list[GoldMember]


_GOLD = "/v1/projects/{project}/gold/{gold}"
ROUTES = (
    Route(
        method="POST",
        path=f"{_GOLD}/variants",
        usecase=variants.gold_variants_add,
        says="Derive gold from a gold item: the keys are computed.",
        body=GoldVary,
        answer=GoldVariants,
        key="required",
        limit_bytes=LIMIT_BYTES,
    ),
    Route(
        method="POST",
        path=f"{_GOLD}/variants/preview",
        usecase=variants.gold_variants_preview,
        says="See what variants of a gold item would show and what would be right.",
        body=GoldVary,
        answer=GoldVariantsSeen,
        limit_bytes=LIMIT_BYTES,
    ),
    Route(
        method="GET",
        path=f"{_GOLD}/family",
        usecase=families.gold_family,
        says="Read a gold item's family, how known each has become and how people fare on it.",
        answer=GoldFamily,
    ),
)
