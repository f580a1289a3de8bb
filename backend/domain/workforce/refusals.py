"""Why a step of the lifecycle is refused: each says what is missing and what to do."""

import re
from collections.abc import Sequence
from datetime import datetime

from backend.domain.errors import Refusal

KIND = re.compile(r"[a-z][a-z0-9_.-]{0,49}")

FROM = {
    "Invite": "a person who was not invited yet",
    "Reinvite": "a person who is invited, screened or offboarded",
    "RecordCheck": "a person who has not left",
    "Screen": "a person who is invited, screened, onboarding, active or paused",
    "Activate": "a person who is onboarding",
    "Pause": "a person who is active",
    "Resume": "a person who is paused",
    "Suspend": "a person who has not left",
    "Reinstate": "a person who is suspended",
    "Offboard": "a person who has not left",
    "Move": "a person who has not left",
}
"""Command -> where it may begin."""
MEND = {
    "suspended": "reinstate the person first",
    "offboarded": "invite the person again first",
    "erased": "invite them as a new person: what was erased does not come back",
    "invited": "wait until the person has claimed the invitation",
    "screened": "wait until the person has claimed the invitation",
    "onboarding": "let the onboarding be completed first",
}


def not_from(asked: str, status: str) -> Refusal:
    """`not_now`: the last row of the table, in words; `asked` is the command's name."""
    return Refusal(
        "conflict",
        "not_now",
        expected=FROM.get(asked, f"a state in which {asked} is possible"),
        found=f"one who is {status}",
        mend=MEND.get(status, "read the person again and decide anew"),
        extra={"status": status},
    )


def claim_refused() -> Refusal:
    """`claim_refused`: one answer for a wrong token and for nobody to claim, so that neither can be told apart."""
    return Refusal(
        "forbidden",
        "claim_refused",
        expected="the claim token of an open invitation",
        found="another token",
        mend="copy the token from the invitation, or ask for a new one",
    )


def claim_expired(until: datetime) -> Refusal:
    """`claim_expired`: the invitation is too old."""
    return Refusal(
        "forbidden",
        "claim_expired",
        expected=f"a claim until {until.isoformat()}",
        found="a later one",
        mend="ask for a new invitation",
    )


def claim_used() -> Refusal:
    """`claim_used`: the token was exchanged before; if not by the person, somebody else has it."""
    return Refusal(
        "conflict",
        "claim_used",
        expected="a claim token that was not used",
        found="one that was",
        mend="use the credentials from then; if it was not you, tell a manager at once",
    )


def claim_suspended() -> Refusal:
    """`suspended`: the invitation waits until the suspension ends."""
    return Refusal(
        "forbidden",
        "suspended",
        expected="an invitation that may be claimed now",
        found="one of a person who is suspended",
        mend="ask a manager when the suspension ends; the same token works then",
    )


def screening_incomplete(missing: Sequence[str], failed: Sequence[str], expired: Sequence[str]) -> Refusal:
    """`screening_incomplete`: an approval rests on passed checks."""
    told = ", ".join(
        [f"{name} missing" for name in missing]
        + [f"{name} failed" for name in failed]
        + [f"{name} expired" for name in expired]
    )
    return Refusal(
        "conflict",
        "screening_incomplete",
        expected="every asked check passed and none failed",
        found=told,
        mend="record these checks with their evidence, then approve",
        extra={"missing": list(missing), "failed": list(failed), "expired": list(expired)},
    )


def onboarding_incomplete(missing: Sequence[str]) -> Refusal:
    """`onboarding_incomplete`: what the tenant asks for before the first task is not all there."""
    return Refusal(
        "conflict",
        "onboarding_incomplete",
        expected="everything that is asked before the first task",
        found=f"missing {', '.join(missing)}",
        mend="do what is missing: activation follows by itself",
        extra={"missing": list(missing)},
    )


def until_past(until: datetime, now: datetime) -> Refusal:
    """`until_past`: an end that has passed would never count."""
    return Refusal(
        "invalid",
        "until_past",
        expected=f"`until` after {now.isoformat()}",
        found=until.isoformat(),
        mend="send a later moment, or leave it out",
    )


def kind_word(kind: str) -> None:
    """Refuse (`kind_invalid`) a word that cannot be part of a token."""
    if not KIND.fullmatch(kind):
        raise Refusal(
            "invalid",
            "kind_invalid",
            expected="a word of a-z, 0-9, `_`, `.` or `-` that begins with a letter, 50 characters at most",
            found=repr(kind[:60]),
            mend="send a word such as identity, background or iso27001",
        )


def vendor_mismatch(origin: str, has_vendor: bool) -> Refusal:
    """`vendor_mismatch`: who comes from a vendor has one, and nobody else."""
    return Refusal(
        "invalid",
        "vendor_mismatch",
        expected="a vendor if and only if the origin is `vendor`",
        found=f"origin {origin} {'with' if has_vendor else 'without'} a vendor",
        mend="send origin `vendor` together with the vendor's id",
    )
