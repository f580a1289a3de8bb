"""A webhook: registered once, changed, paused and resumed, its secret rotated, and retired for ever."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias, assert_never

from backend.domain.checks import in_range, one_of
from backend.domain.decider import Decider
from backend.domain.errors import Refusal, not_found, not_now
from backend.events import webhooks as ev
from backend.events.base import Secret
from backend.events.ids import KeyId, PrincipalId, ProjectId, WebhookId

EVERY = "*"
DECIDED = "task.decided"
"""The one kind that answers are sent along with."""
AT_ONCE_MAX = 16
KINDS_MAX = 100
WHY = ("manager", "gone", "key_revoked", "right_withdrawn")
_PORT = re.compile(r":([^:\]]+)$")
PORT_MAX = 65_535
_URL = re.compile(r"(https?)://([^\s/?#@\\]+)([/?#]\S*)?", re.ASCII)
URL_CHARS_MAX = 2_000

# --- state


@dataclass(frozen=True, slots=True)
class Unknown:
    """No such webhook yet."""


@dataclass(frozen=True, slots=True)
class Live:
    """It is sent to; `paused` says why it is not at the moment. What it was last said to be is `told`."""

    registered: ev.WebhookRegistered
    told: tuple[object, ...]
    version: int = 1
    paused: str | None = None


@dataclass(frozen=True, slots=True)
class Retired:
    """Never sent to again."""


Webhook: TypeAlias = Unknown | Live | Retired

# --- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """Send events there; the fields are those of the event, `known` are the kinds that there are."""

    webhook: WebhookId
    project: ProjectId | None
    name: Secret
    url: Secret
    secret: Secret
    kinds: tuple[str, ...]
    known: frozenset[str]
    with_answers: bool
    at_once: int
    from_index: int
    sponsor: PrincipalId
    key: KeyId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """It is this from now on, for who read `expected_version`."""

    expected_version: int
    name: Secret
    url: Secret
    kinds: tuple[str, ...]
    known: frozenset[str]
    at_once: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rotate:
    """Sign with this; the one before is valid until then."""

    secret: Secret
    previous_until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """Send nothing for now."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Resume:
    """Send again, on this key."""

    sponsor: PrincipalId
    key: KeyId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Park:
    """So many could not be delivered in time."""

    deliveries: int
    first_index: int
    last_index: int
    why: str


@dataclass(frozen=True, slots=True)
class Retire:
    """Send nothing any more."""


Command: TypeAlias = Register | Change | Rotate | Pause | Resume | Park | Retire
Event: TypeAlias = (
    ev.WebhookRegistered
    | ev.WebhookChanged
    | ev.WebhookSecretRotated
    | ev.WebhookPaused
    | ev.WebhookResumed
    | ev.WebhookParked
    | ev.WebhookRetired
)

# --- decide


def decide(command: Command, webhook: Webhook) -> Sequence[Event]:
    """Read as a table: command, state, outcome. What is not listed is refused."""
    match command, webhook:
        case Register(), Unknown():
            return [_registered(command)]
        case Change(), Live():
            return [_changed(command, webhook)]
        case Rotate(secret=secret, previous_until=until), Live(registered):
            return [ev.WebhookSecretRotated(webhook=registered.webhook, secret=secret, previous_until=until)]
        case Pause(why=why), Live(registered, paused=None):
            one_of("webhook_invalid", "why", why, WHY)
            return [ev.WebhookPaused(webhook=registered.webhook, why=why)]
        case Pause(), Live():
            return []
        case Resume(), Live(paused=None):
            return []
        case Resume(sponsor=sponsor, key=key), Live(registered):
            return [ev.WebhookResumed(webhook=registered.webhook, sponsor=sponsor, key=key)]
        case Park(), Live(registered):
            return [
                ev.WebhookParked(
                    webhook=registered.webhook,
                    deliveries=command.deliveries,
                    first_index=command.first_index,
                    last_index=command.last_index,
                    why=command.why,
                )
            ]
        case Retire(), Live(registered):
            return [ev.WebhookRetired(webhook=registered.webhook)]
        case Retire(), Retired():
            return []
        case _, Unknown():
            raise not_found("a webhook")
        case _, Retired():
            raise _is_retired()
        case _:
            raise not_now(command, webhook)


# --- evolve


def evolve(webhook: Webhook, event: Event) -> Webhook:
    """What is true after the event."""
    match event, webhook:
        case ev.WebhookRegistered(name=name, url=url, kinds=kinds, at_once=at_once), _:
            return Live(event, (name, url, kinds, at_once))
        case ev.WebhookChanged(version=version), Live():
            told = (event.name, event.url, event.kinds, event.at_once)
            return replace(webhook, told=told, version=version)
        case ev.WebhookPaused(why=why), Live():
            return replace(webhook, paused=why)
        case ev.WebhookResumed(), Live():
            return replace(webhook, paused=None)
        case ev.WebhookRetired(), _:
            return Retired()
        case (
            ev.WebhookChanged()
            | ev.WebhookSecretRotated()
            | ev.WebhookPaused()
            | ev.WebhookResumed()
            | ev.WebhookParked(),
            _,
        ):
            return webhook
        case _:
            assert_never(event)


# --- helpers


def _registered(command: Register) -> ev.WebhookRegistered:
    _check(command.kinds, command.known, command.at_once)
    if command.with_answers and command.project is None:
        raise Refusal(
            "invalid",
            "webhook_answers_of_no_project",
            expected="a `project` where answers are sent along",
            found="a webhook of the whole tenant",
            mend="name the project, or leave `with_answers` out",
        )
    _check_answers(command.with_answers, command.kinds)
    return ev.WebhookRegistered(
        webhook=command.webhook,
        project=command.project,
        name=command.name,
        url=command.url,
        secret=command.secret,
        kinds=_sorted(command.kinds),
        with_answers=command.with_answers,
        at_once=command.at_once,
        from_index=command.from_index,
        sponsor=command.sponsor,
        key=command.key,
    )


def _changed(command: Change, webhook: Live) -> ev.WebhookChanged:
    if command.expected_version != webhook.version:
        raise Refusal(
            "stale",
            "webhook_changed",
            expected=f"the webhook's version {webhook.version}",
            found=f"version {command.expected_version}",
            mend="read it again and decide anew",
        )
    _check(command.kinds, command.known, command.at_once)
    _check_answers(webhook.registered.with_answers, command.kinds)
    return ev.WebhookChanged(
        webhook=webhook.registered.webhook,
        version=webhook.version + 1,
        name=command.name,
        url=command.url,
        kinds=_sorted(command.kinds),
        at_once=command.at_once,
    )


def _check(kinds: Sequence[str], known: frozenset[str], at_once: int) -> None:
    in_range("webhook_invalid", "at_once", at_once, 1, AT_ONCE_MAX)
    in_range("webhook_invalid", "events", len(kinds), 1, KINDS_MAX)
    for kind in kinds:
        one_of("webhook_event_unknown", "events", kind, known | {EVERY})


def _check_answers(with_answers: bool, kinds: Sequence[str]) -> None:
    if with_answers and not {DECIDED, EVERY} & set(kinds):
        raise Refusal(
            "invalid",
            "webhook_invalid",
            expected=f"{DECIDED} among the events where answers are sent along",
            found="other kinds alone, which carry no answer",
            mend=f"add {DECIDED} to the events, or register a webhook without `with_answers`",
        )


def _sorted(kinds: Sequence[str]) -> tuple[str, ...]:
    """Everything is everything, whatever else was named."""
    return (EVERY,) if EVERY in kinds else tuple(sorted(set(kinds)))


def _is_retired() -> Refusal:
    return Refusal(
        "conflict",
        "webhook_retired",
        expected="a webhook that is not retired",
        found="a retired one",
        mend="register another one",
    )


def host_of(url: str) -> tuple[str, str]:
    """(scheme, host and port) of an address. Refuses `webhook_url_invalid`: it names a host, a port that there can be,
    and nobody's password."""
    found = _URL.fullmatch(url) if len(url) <= URL_CHARS_MAX else None
    if found is None:
        raise Refusal(
            "invalid",
            "webhook_url_invalid",
            expected=f"an address https://host/path of {URL_CHARS_MAX} characters at most, without user and password",
            found="another text",
            mend="correct the address; who we are is said by the signature",
        )
    port = _PORT.search(found[2])
    if port and not (port[1].isascii() and port[1].isdecimal() and 1 <= int(port[1]) <= PORT_MAX):
        raise Refusal(
            "invalid",
            "webhook_url_invalid",
            expected=f"a port of 1 to {PORT_MAX}",
            found=f"port {port[1]:.20}",
            mend="correct the port of the address, or leave it out: that of https is 443",
        )
    return found[1], found[2]


WEBHOOK: Decider[Command, Webhook, Event] = Decider(Unknown(), decide, evolve)
"""One stream per webhook."""
