"""Why a variant cannot be made: its options are none, it does not fit the answer, or something leaves the picture."""

from backend.domain.errors import Refusal


def invalid(expected: str, found: str, code: str = "variant_invalid") -> Refusal:
    """`variant_invalid`: the transformation is not said as it has to be."""
    return Refusal("invalid", code, expected=expected, found=found, mend="correct the transformation")


def unfit(expected: str, found: str, code: str = "variant_unfit") -> Refusal:
    """`variant_unfit`: this transformation does nothing that is known to such a key or payload; or, by its code, shows
    what the parent shows (`variant_same`) or is built otherwise (`variant_unlike`)."""
    return Refusal(
        "conflict",
        code,
        expected=expected,
        found=found,
        mend="choose a transformation that fits, or add the item as gold of its own with a key that somebody gives",
    )


def leaves(found: str) -> Refusal:
    """`variant_leaves`: part of the key would lie outside; what is cut off has no right answer that anybody gave."""
    return Refusal(
        "conflict",
        "variant_leaves",
        expected="a key that lies within the picture or text, before and after",
        found=found,
        mend="take a window that holds all of the key, or correct the size",
    )
