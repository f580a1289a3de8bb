"""Families of gold: an item and what was derived from it, whose keys follow from one another."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from backend.domain.errors import Refusal
from backend.domain.projects.variants.registry import VARIANTS_MAX
from backend.events.ids import GoldId

USED_UP = ("exposed", "aged", "risen", "same_answers")
"""Gold that was retired because it is known may still be varied: its key is trusted."""
KEY_DOUBTED = ("doubtful", "able_people_miss_it")
"""Who doubts one key of a family doubts all: they follow from one another."""
FOUND_WRONG = "say that the parent's key is wrong (gold_retire), add the parent anew, then derive from it"
OWN_KEY = "choose another external key for the variant"
EVER = datetime(1970, 1, 1, tzinfo=UTC)


def since(gap_days: int, now: datetime) -> datetime:
    """Who met one of a family after this moment meets no other of it now; 0 days: whoever met one at all."""
    return now - timedelta(days=gap_days) if gap_days else EVER


def require_same_descent(
    *, was_derived: bool, is_derived: bool, variants: Mapping[str, GoldId], trusted: bool, same_key: bool
) -> None:
    """What was derived once has no other key than the one that follows; and what others were derived from gets another
    key only after the one it had was found wrong or doubtful, which retires them, too. Raises `gold_of_family`."""
    if was_derived != is_derived:
        raise of_a_family(
            "a variant that is derived from its parent anew"
            if was_derived
            else "an item that is new as gold",
            "a key given by hand to what was a variant" if was_derived else "gold that has a key of its own",
            "add the parent anew if its key was wrong, then derive from it" if was_derived else OWN_KEY,
        )
    if variants and trusted and not same_key:
        raise of_a_family("the key from which the variants' keys follow", "another")


def require_room(
    variants: Mapping[str, GoldId], token: str, variant: GoldId, *, derived: bool, why: str | None
) -> bool:
    """Whether this variant is new to its parent (`why` it was retired: None for not). Raises `gold_of_family` and
    `gold_variant_exists`."""
    if derived:
        raise of_a_family("gold that is no variant itself", "a variant", "derive from its parent")
    if why is not None and why not in USED_UP:
        raise of_a_family(
            "gold whose key is trusted", f"gold that was retired as {why}", "add it anew, then derive from it"
        )
    known = variants.get(token)
    if known is not None and known != variant:
        raise variant_exists()
    if known is None and len(variants) >= VARIANTS_MAX:
        raise of_a_family(f"{VARIANTS_MAX} variants of an item at most", "as many", "derive from other gold")
    return known is None


def of_a_family(expected: str, found: str, mend: str = FOUND_WRONG) -> Refusal:
    """`gold_of_family`: keys of one family follow from one another."""
    return Refusal(
        "conflict",
        "gold_of_family",
        expected=expected,
        found=found,
        mend=mend,
    )


def variant_exists() -> Refusal:
    """`gold_variant_exists`: the same transformation of the same parent shows the same."""
    return Refusal(
        "conflict",
        "gold_variant_exists",
        expected="a transformation that was not made of this item yet",
        found="a variant that was made so",
        mend="choose other parameters; a retired variant is made anew under its own external key",
    )
