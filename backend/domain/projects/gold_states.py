"""What is known of a gold item, and what may be asked of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from backend.events.base import Secret
from backend.events.ids import GoldId, ItemId, KeyCaseId, ProjectId

REWORKED = "reworked"
SIGNS = ("able_people_miss_it", "same_answers", "risen", "hard")
"""Signs of its health that may retire gold: able people are wrong on it, a group shares answers to it, of late more are
right than before, or it is far harder than the others."""
WHYS = ("doubtful", "exposed", "aged", "withdrawn", REWORKED, *SIGNS)
"""Why gold is retired: its key is in doubt, too many have met it, it was shown too long ago, somebody said so, the
item it was promoted from is done again, or a sign."""


@dataclass(frozen=True, slots=True)
class Absent:
    """The item is not gold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The key with the token `wrong_token` was found wrong: what is right instead (None: nobody knows), and whether
    everything that was scored against it is `corrected`. `number` counts such findings of the item."""

    key_case: KeyCaseId
    number: int
    wrong_token: str
    right_token: str | None
    corrected: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Present:
    """The item is gold; the token tells equal truths apart from other ones, and nothing else. `found` is the last time
    that a key of it, this or an earlier one, was found wrong; `unfinished` are earlier ones that are still being
    corrected. `variants` were derived from it, by the token of how; from what is `derived` itself nothing is."""

    gold: GoldId
    project: ProjectId
    item: ItemId
    truth_token: str
    exam_only: bool
    found: Found | None = None
    unfinished: tuple[Found, ...] = ()
    derived: bool = False
    variants: Mapping[str, GoldId] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Retired:
    """The item was gold and is asked no more. Who met it has met it for good."""

    why: str
    was: Present


Gold: TypeAlias = Absent | Present | Retired


@dataclass(frozen=True, slots=True, kw_only=True)
class AddGold:
    """Make an item gold; truth is ciphertext, `truth_token` and `truth_class` are keyed tokens."""

    gold: GoldId
    project: ProjectId
    item: ItemId
    truth: Secret
    truth_token: str
    truth_class: str | None
    exam_only: bool
    origin: Literal["authored", "promoted", "derived"] = "authored"


@dataclass(frozen=True, slots=True, kw_only=True)
class VaryGold:
    """Say that another gold item was derived from this one; `how` is ciphertext, `how_token` a keyed token. `anew`: it
    was derived before, and how is said otherwise now."""

    variant: GoldId
    how: Secret
    how_token: str
    anew: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RetireGold:
    """Ask it no more: `answers` people met it, of whom `disagreed` of the trusted ones did not give its key, as of
    `basis_index`."""

    why: str
    answers: int
    disagreed: int
    basis_index: int
    sign: "Sign | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """A sign's `statistic` of `answers` answers, the `threshold` it passed, and the version of the rule that says that
    it retires."""

    statistic: float
    threshold: float
    answers: int
    rule_version: int


@dataclass(frozen=True, slots=True)
class PutBack:
    """A person says that the sign was none."""


@dataclass(frozen=True, slots=True)
class RestoreGold:
    """The rework of the item it was promoted from was taken back: its truth stands again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FindKeyWrong:
    """Its key is wrong, so it is asked no more, and what is right (ciphertext and keyed tokens) if that is known."""

    retire: RetireGold
    right: Secret | None
    right_token: str | None
    right_class: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EndCorrection:
    """Everything that was scored against the key found wrong in this case is corrected."""

    key_case: KeyCaseId
    scores: int
    people: int
    void: int
    disputes: int


Command: TypeAlias = AddGold | VaryGold | RetireGold | PutBack | RestoreGold | FindKeyWrong | EndCorrection
