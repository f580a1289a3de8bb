"""How work is handed out: what settings are allowed, and the tenant's own, which projects follow."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace

from backend.domain.checks import PPM, in_range, one_of
from backend.domain.decider import Decider
from backend.domain.errors import Refusal
from backend.events import queue as ev
from backend.events.queue import QueueSettings, Ring, SkipPolicy

DAY = 86_400
RANGES = {
    "weight_ppm": (1_000, 100 * PPM),
    "wait_target_seconds": (10, 365 * DAY),
    "promote_before_seconds": (0, 90 * DAY),
    "start_seconds": (10, DAY),
    "prefetch_max": (0, 20),
    "hard_seconds_min": (60, 30 * DAY),
    "hard_factor": (1, 100),
    "pause_seconds_max": (60, 30 * DAY),
    "affinity_seconds": (0, DAY),
    "affinity_tasks": (0, 10_000),
    "edge_case_ppm": (0, PPM),
    "lanes_max": (3, 10_000),
    "load_cap_percent": (0, 1_000),
    "load_cap_wait_seconds": (10, 30 * DAY),
}
"""Setting -> lowest and highest value allowed."""
POISONS = ("hold", "escalate")
LOAD_CAP_MIN = 110
"""At the smallest mean that a cap is taken of (`tasks.load.MEAN_MIN`) one lease above it: nobody at the mean waits."""
RINGS_MAX, TOKENS_MAX, SKIPS_MAX = 6, 20, 50
RING_SECONDS_MIN, RING_SECONDS_MAX = 10, 30 * DAY
LEFT_OUT = ("skill", "team", "vendor")
"""Kinds of conditions that a ring may leave out; a language is a skill."""
FIELDS = tuple(field.name for field in fields(QueueSettings))
PRODUCT = QueueSettings()
_TOKEN = re.compile(r"(skill|team|vendor):[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}(:([1-9]|10))?")
_WORD = re.compile(r"[a-z][a-z0-9_.-]{0,49}")


# --- state


@dataclass(frozen=True, slots=True, kw_only=True)
class Defaults:
    """What the tenant says for all its projects; version 0: nothing was ever said."""

    settings: QueueSettings = PRODUCT
    own: tuple[str, ...] = ()
    version: int = 0


# --- commands


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateDefaults:
    """Let this hold in every project that does not say otherwise; only what `own` names is said."""

    settings: QueueSettings
    own: tuple[str, ...]


# --- refusals


def _invalid(field: str, expected: str, found: str) -> Refusal:
    return Refusal(
        "invalid",
        "queue_invalid",
        expected=expected,
        found=found,
        mend=f"send {field} corrected",
        extra={"field": field},
    )


def check(settings: QueueSettings) -> None:
    """Refuse `queue_invalid` (invalid), naming the first setting that is outside of what is allowed."""
    for field, (lowest, highest) in RANGES.items():
        in_range("queue_invalid", field, getattr(settings, field), lowest, highest)
    one_of("queue_invalid", "poison", settings.poison, POISONS)
    if 0 < settings.load_cap_percent < LOAD_CAP_MIN:
        expected = f"0 (no cap) or at least {LOAD_CAP_MIN}"
        raise _invalid("load_cap_percent", expected, f"{settings.load_cap_percent}")
    _check_rings(settings.rings)
    _check_skips(settings.skips)


def _check_rings(rings: Sequence[Ring]) -> None:
    if len(rings) > RINGS_MAX:
        raise _invalid("rings", f"at most {RINGS_MAX} rings", f"{len(rings)}")
    last = 0
    for ring in rings:
        at = ring.after_seconds
        if not RING_SECONDS_MIN <= at <= RING_SECONDS_MAX:
            raise _invalid("rings", f"after_seconds in {RING_SECONDS_MIN}..{RING_SECONDS_MAX}", f"{at}")
        if at <= last:
            raise _invalid("rings", "each ring later than the one before it", f"{at} s after {last} s")
        if not 1 <= len(ring.without) <= TOKENS_MAX:
            raise _invalid("rings", f"1..{TOKENS_MAX} conditions left out by a ring", f"{len(ring.without)}")
        if strange := [token for token in ring.without if not _TOKEN.fullmatch(token)]:
            raise _invalid("rings", f"only conditions of the kinds {', '.join(LEFT_OUT)}", strange[0])
        last = at


def _check_skips(skips: Sequence[SkipPolicy]) -> None:
    codes = [policy.code for policy in skips]
    if len(codes) > SKIPS_MAX:
        raise _invalid("skips", f"at most {SKIPS_MAX} reasons", f"{len(codes)}")
    if strange := [code for code in codes if not _WORD.fullmatch(code)]:
        raise _invalid("skips", "codes of a-z, 0-9, _ . -", repr(strange[0]))
    if twice := [code for place, code in enumerate(codes) if code in codes[:place]]:
        raise _invalid("skips", "each code once", f"{twice[0]!r} twice")


# --- decide


def said(settings: QueueSettings, own: Iterable[str]) -> tuple[QueueSettings, tuple[str, ...]]:
    """What is said in its one spelling: what `own` does not name is the product's. Raises `queue_invalid`."""
    names = tuple(name for name in FIELDS if name in set(own))
    kept = replace(PRODUCT, **{name: getattr(settings, name) for name in names})
    check(kept)
    return kept, names


def decide(command: UpdateDefaults, defaults: Defaults) -> Sequence[ev.QueueDefaultsUpdated]:
    """Other settings, or others of them said, are the next version."""
    settings, own = said(command.settings, command.own)
    if (settings, own) == (defaults.settings, defaults.own):
        return []
    return [ev.QueueDefaultsUpdated(version=defaults.version + 1, settings=settings, own=own)]


# --- evolve


def evolve(defaults: Defaults, event: ev.QueueDefaultsUpdated) -> Defaults:
    """What is true after the event."""
    return Defaults(settings=event.settings, own=event.own, version=event.version)


QUEUE_DEFAULTS: Decider[UpdateDefaults, Defaults, ev.QueueDefaultsUpdated] = Decider(
    Defaults(), decide, evolve
)
"""One stream per tenant."""
