"""The rules of a course: how often and how soon it may be tried, how long it holds, how an exam is drawn and timed."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from backend.domain.checks import PPM, in_range
from backend.domain.errors import Refusal

ATTEMPTS_MAX = 100
RETRY_MINUTES_MAX = 366 * 24 * 60
VALID_DAYS_MAX = 36_500
LEVEL_MAX = 10
EXAM_MINUTES_MAX = 24 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """None: no maximum of attempts, no end of validity, no time limit, every gold item asked. Of the gold that is drawn
    `edge_case_share_ppm` are edge cases (0: as they come)."""

    attempts_max: int | None = None
    retry_minutes: int = 0
    valid_days: int | None = None
    level: int = 1
    minutes_max: int | None = None
    sample: int | None = None
    edge_case_share_ppm: int = 0

    @property
    def begun(self) -> bool:
        """Whether an exam is opened before it is answered: its time runs, or its questions are drawn."""
        return self.minutes_max is not None or self.sample is not None

    def until(self, now: datetime) -> datetime | None:
        """When what is passed now lapses."""
        return None if self.valid_days is None else now + timedelta(days=self.valid_days)

    def retry_at(self, failed_at: datetime) -> datetime | None:
        """When what was failed at this moment may be tried again."""
        return failed_at + timedelta(minutes=self.retry_minutes) if self.retry_minutes else None


def check(rules: Rules, gold_count: int) -> None:
    """Refuse `course_invalid` (invalid) a number outside its range, and exam rules where nothing is examined."""
    ranges = {
        "attempts_max": (rules.attempts_max, 1, ATTEMPTS_MAX),
        "retry_minutes": (rules.retry_minutes, 0, RETRY_MINUTES_MAX),
        "valid_days": (rules.valid_days, 1, VALID_DAYS_MAX),
        "level": (rules.level, 1, LEVEL_MAX),
        "minutes_max": (rules.minutes_max, 1, EXAM_MINUTES_MAX),
    }
    for field, (found, lowest, highest) in ranges.items():
        if found is not None:
            in_range("course_invalid", field, found, lowest, highest)
    if rules.begun and not gold_count:
        raise Refusal(
            "invalid",
            "course_invalid",
            expected="minutes_max and sample for exams on gold only",
            found="a course without gold",
            mend="leave them out, or give the gold items",
            extra={"field": "minutes_max" if rules.sample is None else "sample"},
        )
    if rules.sample is not None:
        in_range("course_invalid", "sample", rules.sample, 1, gold_count)
    in_range("course_invalid", "edge_case_share_ppm", rules.edge_case_share_ppm, 0, PPM)
    if rules.edge_case_share_ppm and rules.sample is None:
        raise Refusal(
            "invalid",
            "course_invalid",
            expected="edge_case_share for exams that draw a sample only",
            found="a share without a sample",
            mend="leave it out, or say how many gold items to draw",
            extra={"field": "edge_case_share"},
        )
