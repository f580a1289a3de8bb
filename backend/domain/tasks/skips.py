"""Reasons for giving work back, and what each of them means: a project's own catalogue, or a sensible one."""

from backend.domain.errors import Refusal
from backend.events.queue import QueueSettings, SkipPolicy

BUILT_IN = (
    SkipPolicy(code="unclear"),
    SkipPolicy(code="broken_data"),
    SkipPolicy(code="too_hard"),
    SkipPolicy(code="conflict_of_interest", returns=False, counts=False),
    SkipPolicy(code="no_time", returns=True, counts=False),
    SkipPolicy(code="other"),
)
"""Where a project has set none: three of the first kinds hold the task, a conflict of interest says nothing about it,
and who had no time may meet it again."""
UNSAID = SkipPolicy(code="")
"""Who gives no code declines for good, and it counts."""


def catalogue(settings: QueueSettings) -> tuple[SkipPolicy, ...]:
    """The reasons that hold in a project."""
    return settings.skips or BUILT_IN


def policy_of(settings: QueueSettings, code: str) -> SkipPolicy:
    """What the code means in the project. Raises `skip_code_unknown` (invalid), which names those that are known."""
    if not code:
        return UNSAID
    known = {policy.code: policy for policy in catalogue(settings)}
    if code not in known:
        raise Refusal(
            "invalid",
            "skip_code_unknown",
            expected=f"one of {', '.join(known)}, or none",
            found=repr(code),
            mend="send one of these codes, and what else there is to say as the reason",
            extra={"allowed": list(known)},
        )
    return known[code]
