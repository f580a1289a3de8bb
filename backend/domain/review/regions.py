"""Regions: verdicts on parts of an answer, each at a place that the answer has."""

import re
from collections.abc import Sequence
from typing import Any

from backend.domain.errors import Refusal
from backend.domain.review.review import VERDICTS
from backend.events.review import RegionVerdict

REGIONS_MAX = 500
DEPTH_MAX = 16
PLACE = re.compile(rf"(/[A-Za-z0-9_.-]{{1,64}}){{1,{DEPTH_MAX}}}")
"""A JSON pointer (RFC 6901) by the names of a schema and by numbers: facts that cannot be changed hold it."""
CODE = re.compile(r"([a-z][a-z0-9_.-]{0,49})?")
INDEX = re.compile(r"0|[1-9][0-9]{0,8}")


def check(regions: Sequence[RegionVerdict], answer: Any) -> None:
    """Refuse (invalid) `region_invalid`, what is no verdict on a place, and `region_unknown`, a place that the answer
    (plain JSON) does not have; `at` says which."""
    if len(regions) > REGIONS_MAX:
        raise _invalid(f"{REGIONS_MAX} regions at most", f"{len(regions)}", "")
    seen: set[str] = set()
    for one in regions:
        if not PLACE.fullmatch(one.at):
            raise _invalid(
                f"a JSON pointer of names of letters, digits, _ . - and of numbers, {DEPTH_MAX} deep at most",
                repr(one.at)[:100],
                one.at,
            )
        if one.verdict not in VERDICTS:
            raise _invalid(f"one of {', '.join(VERDICTS)}", repr(one.verdict)[:100], one.at)
        if not CODE.fullmatch(one.code):
            raise _invalid("a code of a-z, 0-9, _ . - or none", repr(one.code)[:100], one.at)
        if one.at in seen:
            raise _invalid("each place once", f"{one.at} twice", one.at)
        seen.add(one.at)
        if not has(answer, one.at):
            raise _unknown(one.at)


def has(answer: Any, at: str) -> bool:
    """Whether the answer has something at this place, be it null."""
    for name in at.split("/")[1:]:
        if isinstance(answer, dict) and name in answer:
            answer = answer[name]
        elif isinstance(answer, list) and INDEX.fullmatch(name) and int(name) < len(answer):
            answer = answer[int(name)]
        else:
            return False
    return True


def _invalid(expected: str, found: str, at: str) -> Refusal:
    return Refusal(
        "invalid",
        "region_invalid",
        expected=expected,
        found=found,
        mend="correct this region and send the verdict again",
        extra={"at": at},
    )


def _unknown(at: str) -> Refusal:
    return Refusal(
        "invalid",
        "region_unknown",
        expected="places that the reviewed answer has",
        found=f"{at}, where it has nothing",
        mend="name places of the answer that the lease shows, such as /0 for the first of a list",
        extra={"at": at},
    )
