"""Webhooks over HTTP: events sent to your systems, signed, in order, until they arrive; and the same events to read."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from backend.api.fields import (
    LIMIT_DEFAULT,
    LIMIT_MAX,
    Body,
    Empty,
    Flag,
    Moment,
    Name,
    Page,
    Shown,
    Word,
    whole,
)
from backend.api.route import Route
from backend.usecases.webhooks import serving as serve
from backend.usecases.webhooks import stream
from backend.usecases.webhooks import webhooks as use

Url = Annotated[str, StringConstraints(min_length=8, max_length=2_000)]
INDEX_MAX = 9_007_199_254_740_991
Events = Annotated[
    tuple[Word, ...],
    Field(
        min_length=1,
        max_length=100,
        description="Kinds of events, or `*` for all.",
        examples=[["task.decided"]],
    ),
]


def index(text: str) -> int:
    """An index of the log. ValueError unless it is 0..2^53-1."""
    if not (text.isascii() and text.isdecimal() and len(text) <= 16 and int(text) <= INDEX_MAX):
        raise ValueError("expected an index of the log")
    return int(text)


class WebhookGiven(Body):
    """What it is called, where it leads, and what it tells. With `at_once` 1 events come in their order; with more they
    come faster, and in no order."""

    name: Name
    url: Url
    events: Events
    at_once: whole(1, 16) = 1  # type: ignore[valid-type]


class WebhookCreate(WebhookGiven):
    """With a `project` only its events are told. `with_answers` adds the answer and the item's external key to
    `task.decided`; it needs a project and the right to export it."""

    project: UUID | None = None
    with_answers: Flag = False


class WebhookShown(Shown):
    """A webhook. `next_index` is the log's index up to which it was read; `waiting` are still to be brought, `parked`
    were given up. After `failures` in a row it rests. It stands on the key `key_id`."""

    id: UUID
    name: str
    url: str
    events: list[str]
    project: UUID | None
    with_answers: bool
    at_once: int
    version: int
    state: Literal["active", "paused", "retired"]
    why: Literal["manager", "gone", "key_revoked", "right_withdrawn"] | None
    key_id: str | None
    next_index: int
    waiting: int
    parked: int
    failures: int
    rests_until: datetime | None
    registered_at: datetime


class WebhookCreated(WebhookShown):
    """With the secret, shown once."""

    secret: str


class WebhookRotated(WebhookCreated):
    """Until then the secret before signs too."""

    previous_until: datetime


class WebhookPage(Shown):
    """Webhooks that are not retired."""

    data: list[WebhookShown]
    next_cursor: str | None


class WebhookQuery(Page):
    """Of which project."""

    project: UUID | None = None


class SecretRotate(Body):
    """For so many hours the secret before signs too."""

    hours: whole(0, 168) = 24  # type: ignore[valid-type]


class WebhookTested(Shown):
    """What the receiver said: at most 500 characters; or the code of why nothing came (`error`). All null when the
    request is a repeated one."""

    webhook: UUID
    message: str
    delivered: bool | None
    status: int | None
    error: str | None
    seconds: float | None
    said: str | None


class ReplayAsked(Body):
    """Exactly one of: all events from an index of the log on, or from a moment on; one delivery; all that is parked."""

    from_index: whole(0, INDEX_MAX) | None = None  # type: ignore[valid-type]
    since: Moment | None = None
    delivery: UUID | None = None
    parked: Flag = False


class Replayed(Shown):
    """From which index on the log is read again; or how many deliveries were put back."""

    webhook: UUID
    from_index: int | None
    requeued: int


class DeliveryQuery(Page):
    """Which deliveries."""

    state: Literal["due", "aside", "delivered", "parked"] | None = None


class WebhookDelivery(Shown):
    """An event on its way: waits in its turn (due), is tried by itself (aside), has arrived, or was given up
    (parked). `event` is the `webhook-id` that the receiver sees; `last_error` a code of docs/webhooks.md."""

    id: UUID
    event: UUID
    index: int
    type: str
    state: Literal["due", "aside", "delivered", "parked"]
    attempts: int
    last_at: datetime | None
    last_status: int | None
    last_error: str | None
    next_at: datetime | None


class WebhookDeliveries(Shown):
    """Deliveries, the newest event first. What has arrived is forgotten after 30 days."""

    data: list[WebhookDelivery]
    next_cursor: str | None


class EventQuery(Body):
    """Events behind the index `after` (-1: from the first one on), of a project, of these kinds (with commas)."""

    after: Annotated[int, Field(ge=-1, le=INDEX_MAX)] = -1
    project: UUID | None = None
    events: Annotated[str, StringConstraints(min_length=1, max_length=4_000)] | None = None
    limit: Annotated[int, Field(ge=1, le=LIMIT_MAX)] = LIMIT_DEFAULT


class EventTold(Shown):
    """An event as webhooks carry it too; what `data` holds depends on the `type`, and on `version`."""

    id: UUID
    type: str
    version: int
    occurred_at: datetime
    index: int
    tenant: UUID
    project: UUID | None
    data: dict[str, Any]


class EventPage(Shown):
    """Events in their order. Go on after `next_after`, also when there was none; `more`: at once."""

    data: list[EventTold]
    next_after: int
    more: bool


_ALL = "/v1/webhooks"
_ONE = f"{_ALL}/{{webhook}}"
_READ: dict[str, Any] = {"answer": WebhookShown, "etag": True}

ROUTES = (
    Route(
        method="POST",
        path=_ALL,
        usecase=use.webhook_create,
        says="Have events sent to an address of yours; the secret is shown once.",
        body=WebhookCreate,
        answer=WebhookCreated,
        status=201,
        etag=True,
        key="required",
    ),
    Route(
        method="GET",
        path=_ALL,
        usecase=use.webhook_list,
        says="List webhooks.",
        query=WebhookQuery,
        answer=WebhookPage,
    ),
    Route(
        method="GET",
        path=_ONE,
        usecase=use.webhook_get,
        says="Read a webhook and how far it has come.",
        **_READ,
    ),
    Route(
        method="PUT",
        path=_ONE,
        usecase=use.webhook_update,
        says="Change where a webhook leads and what it tells.",
        body=WebhookGiven,
        if_match=True,
        **_READ,
    ),
    Route(
        method="POST",
        path=f"{_ONE}/pause",
        usecase=use.webhook_pause,
        says="Send nothing for now; nothing is lost.",
        body=Empty,
        **_READ,
    ),
    Route(
        method="POST",
        path=f"{_ONE}/resume",
        usecase=use.webhook_resume,
        says="Send again, from where it stood; it stands on your key from now on.",
        body=Empty,
        **_READ,
    ),
    Route(
        method="POST",
        path=f"{_ONE}/rotate_secret",
        usecase=use.webhook_secret_rotate,
        says="Make a new secret, shown once; the one before signs too for a while.",
        body=SecretRotate,
        answer=WebhookRotated,
        key="required",
    ),
    Route(
        method="POST",
        path=f"{_ONE}/retire",
        usecase=use.webhook_retire,
        says="Send nothing any more.",
        body=Empty,
        answer=WebhookShown,
    ),
    Route(
        method="POST",
        path=f"{_ONE}/test",
        usecase=serve.webhook_test,
        says="Send a signed `webhook.test` now and tell what the receiver said.",
        body=Empty,
        answer=WebhookTested,
    ),
    Route(
        method="POST",
        path=f"{_ONE}/replay",
        usecase=serve.webhook_replay,
        says="Bring events again: from an index or a moment on, one, or all that is parked.",
        body=ReplayAsked,
        answer=Replayed,
    ),
    Route(
        method="GET",
        path=f"{_ONE}/deliveries",
        usecase=serve.webhook_delivery_list,
        says="List what was brought and what was not.",
        query=DeliveryQuery,
        answer=WebhookDeliveries,
        cursor=index,
    ),
    Route(
        method="GET",
        path="/v1/events",
        usecase=stream.event_stream,
        says="Read the events that webhooks carry, from any index on.",
        query=EventQuery,
        answer=EventPage,
    ),
)
