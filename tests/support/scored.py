"""Scoring in a history: a project says how answers are compared and what is asked of them, they are judged so, and how
sure results are is fitted."""

from typing import Any

from backend.events.ids import ProjectId
from backend.events.proficiency import ConfidenceCalibrated
from backend.usecases.projects import scoring, targets
from tests.support.evidenced import tell
from tests.support.flow import answer, judge, publish, step
from tests.support.world import World

BOX = {"label": "cat", "box": [0, 0, 10, 10]}


async def lived(world: World, here: str = "") -> None:
    """Said, met by a correction in a review step that samples, and asked for."""
    project = await world.project(f"{here}boxes")
    asked: dict[str, Any] = {"project": project, "expected_version": 1}
    await world.act(scoring.project_scoring_update, **asked, kind="boxes", options={"iou": 0.75})
    wanted = ({"measure": "accuracy", "least": 0.9}, {"measure": "recall", "class": "cat", "least": 0.5})
    await world.act(targets.project_targets_update, **asked, targets=wanted)
    await publish(
        world, project, step("label", "annotate", "check"), step("check", "review", shows=["label"])
    )
    await world.items(project, "a")
    await answer(world, await world.invite(f"{here}boxer"), project, [BOX])
    moved = [BOX | {"box": [1, 0, 11, 10]}]
    await judge(world, await world.invite(f"{here}mover", "reviewer"), project, "correct", moved)
    # Fitted on a hundred audited tasks, which nobody needs to live through.
    fitted = ConfidenceCalibrated(
        project=ProjectId(project), temperature_ppm=700_000, audited=100, basis_index=1
    )
    await tell(world, fitted)
