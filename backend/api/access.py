"""Keys and the access log over HTTP."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from backend.api.cursor import moment
from backend.api.fields import Body, Page, Reason, Shown, Word, whole
from backend.api.route import Route
from backend.usecases.access import access as use


class KeyCreate(Body):
    """A key of a new user or service; it lives 90 days unless said otherwise, 365 at most."""

    kind: Literal["user", "service"]
    roles: tuple[Word, ...] = Field(min_length=1, max_length=10, examples=[["manager"]])
    scopes: tuple[Word, ...] = Field(default=("*",), min_length=1, max_length=50)
    days: whole(1, 365) = 90  # type: ignore[valid-type]
    vendor: UUID | None = Field(default=None, description="Reaches only this vendor's people.")
    team: UUID | None = Field(default=None, description="Reaches only this team's people.")


class KeyCreated(Shown):
    """The key, shown once."""

    key_id: str
    key: str | None
    principal: UUID
    expires_at: datetime


class KeyRevoke(Body):
    """Why."""

    reason: Reason


class KeyRevoked(Shown):
    """Refused from now on, everywhere within two seconds."""

    key_id: str
    revoked: bool


class AccessQuery(Page):
    """Entries by who acted, by operation, and by any id that they name."""

    actor: UUID | None = None
    action: Word | None = None
    about: UUID | None = None


class AccessPage(Shown):
    """Entries, newest first."""

    data: list[dict[str, Any]]
    next_cursor: str | None


ROUTES = (
    Route(
        method="POST",
        path="/v1/keys",
        usecase=use.key_create,
        says="Create a key for a user or a service.",
        body=KeyCreate,
        answer=KeyCreated,
        status=201,
        key="required",
    ),
    Route(
        method="POST",
        path="/v1/keys/{key}/revoke",
        usecase=use.key_revoke,
        says="Revoke a key.",
        body=KeyRevoke,
        answer=KeyRevoked,
    ),
    Route(
        method="GET",
        path="/v1/access",
        usecase=use.access_list,
        says="Search who did or saw what; the search is itself an entry.",
        query=AccessQuery,
        answer=AccessPage,
        cursor=moment,
    ),
)
