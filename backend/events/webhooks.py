"""Webhooks: where events are sent to, with which secret, and what could not be brought there."""

from datetime import datetime

from backend.events.base import Secret, event
from backend.events.ids import KeyId, PrincipalId, ProjectId, WebhookId


@event("webhook.registered")
class WebhookRegistered:
    """Events of these kinds (of one project, where named) are sent to `url` from the log's index `from_index` on, at
    most `at_once` at a time; with answers where said. It stands on `key` of `sponsor`: without that key it rests.

    Name, url and secret are ciphertext.
    """

    webhook: WebhookId
    project: ProjectId | None
    name: Secret
    url: Secret
    secret: Secret
    kinds: tuple[str, ...]
    with_answers: bool
    at_once: int
    from_index: int
    sponsor: PrincipalId
    key: KeyId | None


@event("webhook.changed")
class WebhookChanged:
    """What it is from `version` on."""

    webhook: WebhookId
    version: int
    name: Secret
    url: Secret
    kinds: tuple[str, ...]
    at_once: int


@event("webhook.secret_rotated")
class WebhookSecretRotated:
    """Signed with `secret` from now on, and with the one before too until `previous_until`."""

    webhook: WebhookId
    secret: Secret
    previous_until: datetime


@event("webhook.paused")
class WebhookPaused:
    """Nothing is sent until it is resumed, and nothing is lost. `why` is manager, gone (the receiver said so),
    key_revoked or right_withdrawn."""

    webhook: WebhookId
    why: str


@event("webhook.resumed")
class WebhookResumed:
    """Sent again from where it stood; from now on it stands on `key` of `sponsor`."""

    webhook: WebhookId
    sponsor: PrincipalId
    key: KeyId | None


@event("webhook.parked")
class WebhookParked:
    """So many events, from the log's index `first_index` to `last_index`, could not be delivered in 72 hours: they are
    tried again only when somebody asks. `why` is the last failure's code."""

    webhook: WebhookId
    deliveries: int
    first_index: int
    last_index: int
    why: str


@event("webhook.retired")
class WebhookRetired:
    """Nothing is sent any more; what was not delivered stays in the log of events."""

    webhook: WebhookId
