"""The kinds of values that requests are made of, each with its limits; and the base of bodies and answers."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    with_config,
)

from backend.domain import contact

LIMIT_DEFAULT = 50
LIMIT_MAX = 200

Name = Annotated[
    str, StringConstraints(min_length=1, max_length=contact.NAME_CHARS_MAX, pattern=contact.NAME_PATTERN)
]
Reason = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=r"\S")]
Said = Annotated[str, StringConstraints(max_length=500)]
"""A reason that may be left out."""
Note = Annotated[str, StringConstraints(max_length=2_000)]
LongText = Annotated[str, StringConstraints(min_length=1, max_length=200_000, pattern=r"\S")]
ExternalKey = Annotated[str, StringConstraints(min_length=1, max_length=500)]
Email = Annotated[
    str,
    StringConstraints(
        min_length=contact.EMAIL_CHARS_MIN,
        max_length=contact.EMAIL_CHARS_MAX,
        pattern=contact.EMAIL_PATTERN,
    ),
]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
ClaimToken = Annotated[str, StringConstraints(min_length=1, max_length=128)]
Word = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=r"^[!-~]+$")]
Version = Annotated[int, Field(strict=True, ge=1, le=2_147_483_647)]
Share = Annotated[float, Field(strict=True, ge=0, le=1, allow_inf_nan=False)]
"""A share or rate, 0..1."""
Count = Annotated[int, Field(strict=True, ge=0)]
Flag = Annotated[bool, Field(strict=True)]
Anything = Annotated[Any, Field(description="Any JSON value.")]


_TEXT = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{2}:\d{2}.*")


def _written(value: Any) -> Any:
    """Numbers are refused: nobody knows whether they are seconds or milliseconds."""
    if not isinstance(value, str) or not _TEXT.fullmatch(value):
        raise ValueError(
            "a moment is text with date, time and zone as in RFC 3339, such as 2030-01-31T12:00:00Z"
        )
    return value


def _in_utc(at: datetime) -> datetime:
    try:
        if 1970 <= (moment := at.astimezone(UTC)).year <= 9998:
            return moment
    except OverflowError:
        pass
    raise ValueError("a moment is within the years 1970 to 9998 of UTC")


Moment = Annotated[AwareDatetime, BeforeValidator(_written), AfterValidator(_in_utc)]
"""A moment with its offset, read as UTC."""


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


Stage = Literal["annotate", "review", "adjudicate", "expert", "custom"]
"""The kinds of work."""
