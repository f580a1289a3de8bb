"""How diverse the answers to an item have to be: counted and not estimated, at the share exactly."""

from typing import Any
from uuid import UUID

import pytest

from backend.domain.projects import targets
from backend.domain.projects.diversity import Counted, Diversity, outcome, read, spelled
from backend.events.ids import ProjectId
from tests.support.refused import refused

PROJECT = ProjectId(UUID(int=1))
ASKED = Diversity(by="annotator", least=2, share_ppm=900_000)


@pytest.mark.parametrize(
    ("items", "diverse", "said"),
    [(10, 9, "met"), (10, 8, "not_met"), (10, 10, "met"), (0, 0, "unclear"), (1, 0, "not_met")],
)
def test_the_share_itself_is_enough(items: int, diverse: int, said: str) -> None:
    assert outcome(ASKED, Counted(items=items, diverse=diverse, without=0)) == said


def test_of_every_item_means_every_item() -> None:
    asked = Diversity(by="vendor", least=2, share_ppm=1_000_000)
    assert outcome(asked, Counted(items=50_000, diverse=49_999, without=1)) == "not_met"


def test_what_is_spelled_is_read_again() -> None:
    assert read(spelled(ASKED)) == ASKED
    assert (spelled(None), read("")) == ("", None)


def test_other_diversity_is_another_version_and_the_same_is_none() -> None:
    command = targets.SetTargets(project=PROJECT, targets=(), diversity=ASKED)
    (told,) = targets.decide(command, targets.Targets())
    state = targets.evolve(targets.Targets(), told)
    assert (state.diversity, state.version) == (ASKED, 1)
    assert targets.decide(command, state) == []
    (gone,) = targets.decide(targets.SetTargets(project=PROJECT, targets=()), state)
    assert targets.evolve(state, gone) == targets.Targets(version=2)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"by": "shoe size"}, "diversity_by_unknown"),
        ({"least": 0}, "diversity_invalid"),
        ({"share_ppm": 0}, "diversity_invalid"),
        ({"share_ppm": 1_000_001}, "diversity_invalid"),
    ],
)
def test_what_nothing_could_meet_is_refused(wrong: dict[str, Any], code: str) -> None:
    asked = Diversity(**({"by": "team", "least": 2, "share_ppm": 500_000} | wrong))
    with refused(code):
        targets.decide(targets.SetTargets(project=PROJECT, targets=(), diversity=asked), targets.Targets())
