"""What was stored before gold knew edge cases is read as drawn as it came."""

from dataclasses import asdict
from pathlib import Path

import pytest
from pydantic_core import to_json

from backend.events.projects import QualityPlan
from backend.events.store.codec import decode
from backend.readmodels.projects import plan_of

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("name", ["project.created.1", "project.created.2", "project.plan_updated.2"])
def test_an_older_plan_draws_gold_as_it_comes(name: str) -> None:
    assert decode((GOLDEN / f"{name}.json").read_bytes()).event.plan.gold_edge_case_share_ppm == 0


@pytest.mark.parametrize("version", [1, 2])
def test_an_older_exam_draws_gold_as_it_comes(version: int) -> None:
    body = (GOLDEN / f"course.published.{version}.json").read_bytes()
    assert decode(body).event.edge_case_share_ppm == 0


def test_a_plan_kept_without_the_share_still_loads() -> None:
    kept = asdict(QualityPlan(overlap=3))
    del kept["gold_edge_case_share_ppm"]
    assert plan_of(to_json(kept).decode()) == QualityPlan(overlap=3)
