"""The kinds of values that requests are made of, each with its limits; and the base of bodies and answers."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, with_config

LIMIT_DEFAULT = 50
LIMIT_MAX = 200

Name = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"\S")]
Reason = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=r"\S")]
Said = Annotated[str, StringConstraints(max_length=500)]
"""A reason that may be left out."""
Note = Annotated[str, StringConstraints(max_length=2_000)]
LongText = Annotated[str, StringConstraints(min_length=1, max_length=200_000, pattern=r"\S")]
ExternalKey = Annotated[str, StringConstraints(min_length=1, max_length=500)]
Email = Annotated[str, StringConstraints(min_length=3, max_length=254, pattern=r"^[^@\s]+@[^@\s]+$")]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
ClaimToken = Annotated[str, StringConstraints(min_length=1, max_length=128)]
Word = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[!-~]+$")]
Version = Annotated[int, Field(strict=True, ge=1, le=2_147_483_647)]
Share = Annotated[float, Field(strict=True, ge=0, le=1, allow_inf_nan=False)]
"""A share or rate, 0..1."""
Count = Annotated[int, Field(strict=True, ge=0)]
Flag = Annotated[bool, Field(strict=True)]
Anything = Annotated[Any, Field(description="Any JSON value.")]


def whole(lowest: int, highest: int) -> Any:
    """The type of an integer from lowest to highest."""
    return Annotated[int, Field(strict=True, ge=lowest, le=highest)]


class Body(BaseModel):
    """A request's body or query: exactly these fields, nothing else."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Empty(Body):
    """A body with nothing to say: `{}` or no body at all."""


class Shown(BaseModel):
    """An answer as documented. Answers are not validated on their way out: tests hold them against these."""


strictly = with_config(ConfigDict(extra="forbid"))
"""For the objects inside a body: they reach the use case as plain dicts."""


class Page(Body):
    """Which page of a list."""

    cursor: Annotated[str, StringConstraints(min_length=1, max_length=2_000)] | None = Field(
        default=None, description="`next_cursor` of the page before; opaque."
    )
    limit: Annotated[int, Field(ge=1, le=LIMIT_MAX)] = LIMIT_DEFAULT
