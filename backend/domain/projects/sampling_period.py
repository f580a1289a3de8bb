"""Sampling periods: the key of the review draws is promised by its hash, and disclosed when its period closes."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias, assert_never

from backend.domain.decider import Decider
from backend.domain.errors import Refusal, not_now
from backend.events import projects as ev
from backend.events.ids import ProjectId

# --- state


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """No period is open; `disclosed` are the hashes of keys that everybody knows by now, `keys` the keys by period."""

    last: int = 0
    last_key_sha256: str | None = None
    disclosed: frozenset[str] = frozenset()
    keys: tuple[tuple[int, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Open:
    """Draws of this period use the key with this SHA-256."""

    project: ProjectId
    period: int
    key_sha256: str
    disclosed: frozenset[str]
    keys: tuple[tuple[int, str], ...] = ()


SamplingPeriod: TypeAlias = Closed | Open

# --- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenPeriod:
    """Promise a key by the SHA-256 (hex) of its bytes."""

    project: ProjectId
    key_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosePeriod:
    """Disclose the key."""

    key: bytes


Command: TypeAlias = OpenPeriod | ClosePeriod
Event: TypeAlias = ev.SamplingPeriodOpened | ev.SamplingPeriodClosed

# --- refusals


def period_open(period: int) -> Refusal:
    """`period_open`: one key at a time."""
    return Refusal(
        "conflict",
        "period_open",
        expected="no open sampling period",
        found=f"period {period}",
        mend="close it first, which discloses its key",
    )


def key_disclosed() -> Refusal:
    """`key_disclosed`: everybody could predict the draws."""
    return Refusal(
        "invalid",
        "key_disclosed",
        expected="the hash of a fresh key",
        found="the hash of a key that was disclosed",
        mend="make a new random key",
    )


def key_mismatch(expected: str, found: str) -> Refusal:
    """`key_mismatch`: the key is not the one that was promised."""
    return Refusal(
        "invalid",
        "key_mismatch",
        expected=f"a key with SHA-256 {expected}",
        found=f"a key with SHA-256 {found}",
        mend="disclose the key that the period was opened with",
    )


# --- decide


def decide(command: Command, period: SamplingPeriod) -> Sequence[Event]:
    """Read as a table: command, state, outcome. What is not listed is refused."""
    match command, period:
        case OpenPeriod(key_sha256=sha), Closed(disclosed=disclosed) if sha in disclosed:
            raise key_disclosed()
        case OpenPeriod(project=project, key_sha256=sha), Closed(last=last):
            return [ev.SamplingPeriodOpened(project=project, period=last + 1, key_sha256=sha)]
        case OpenPeriod(key_sha256=sha), Open(key_sha256=present) if sha == present:
            return []
        case OpenPeriod(), Open(period=number):
            raise period_open(number)
        case ClosePeriod(key=key), Open(key_sha256=promised) if hash_of(key) != promised:
            raise key_mismatch(promised, hash_of(key))
        case ClosePeriod(key=key), Open(project=project, period=number):
            return [ev.SamplingPeriodClosed(project=project, period=number, key_hex=key.hex())]
        case ClosePeriod(key=key), Closed(last_key_sha256=last_sha) if hash_of(key) == last_sha:
            return []
        case _:
            raise not_now(command, period)


# --- evolve


def evolve(period: SamplingPeriod, event: Event) -> SamplingPeriod:
    """What is true after the event."""
    match event:
        case ev.SamplingPeriodOpened():
            return Open(
                project=event.project,
                period=event.period,
                key_sha256=event.key_sha256,
                disclosed=period.disclosed,
                keys=period.keys,
            )
        case ev.SamplingPeriodClosed():
            sha = hash_of(bytes.fromhex(event.key_hex))
            keys = (*period.keys, (event.period, event.key_hex))
            return Closed(
                last=event.period, last_key_sha256=sha, disclosed=period.disclosed | {sha}, keys=keys
            )
        case _:
            assert_never(event)


# --- helpers


def hash_of(key: bytes) -> str:
    """SHA-256 of a key's bytes in hexadecimal: what is promised."""
    return hashlib.sha256(key).hexdigest()


SAMPLING_PERIOD: Decider[Command, SamplingPeriod, Event] = Decider(Closed(), decide, evolve)
"""One stream per project, holding all its periods."""
