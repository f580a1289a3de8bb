"""What was stored before courses taught escalations is read as teaching none, and as asking everybody everything."""

from pathlib import Path

import pytest

from backend.events.store.codec import decode

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("version", [1, 2, 3])
def test_an_older_course_teaches_no_escalation(version: int) -> None:
    assert decode((GOLDEN / f"course.published.{version}.json").read_bytes()).event.taught == ()


def test_an_older_attempt_left_nothing_out() -> None:
    assert decode((GOLDEN / "course.module_attempted.1.json").read_bytes()).event.left_out == 0
