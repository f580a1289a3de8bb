"""Scoring: what can compare is kept with all its options, and what cannot is refused with what there is instead."""

import json
from typing import Any

import pytest

from backend.domain.errors import Refusal
from backend.domain.projects.scoring import SCORING, SetScoring, in_force, read, spelled
from backend.domain.projects.workflow_check import check
from backend.events.projects import ScoringSet
from backend.events.workflows import Step
from backend.statistics.registry import KINDS
from tests.domain.facts import PROJECT_A
from tests.domain.gwt import given

FIELDS = {
    "fields": {
        "boxes": {"kind": "boxes", "options": {"iou": 0.7}, "weight": 2},
        "note": {"kind": "text", "required": False},
    }
}


def setting(kind: str, **options: Any) -> SetScoring:
    return SetScoring(project=PROJECT_A, scoring=spelled(kind, options))


def test_another_scoring_is_the_next_version_and_the_same_is_nothing() -> None:
    first = setting("boxes", iou=0.7)
    told = ScoringSet(project=PROJECT_A, version=1, scoring=first.scoring)
    given(SCORING).when(first).then(told)
    given(SCORING, told).when(setting("boxes", iou=0.7, target="f1")).then()
    given(SCORING, told).when(setting("exact")).then(
        ScoringSet(project=PROJECT_A, version=2, scoring=spelled("exact", {}))
    )


def test_all_options_are_written_down_so_that_a_later_default_changes_nothing() -> None:
    assert json.loads(spelled("boxes", {"iou": 0.7})) == {
        "kind": "boxes",
        "options": {"iou": 0.7, "target": "f1", "threshold": 0.8, "same_class": False},
    }


def test_nothing_said_is_equality() -> None:
    assert (read("").kind, in_force(read(""))) == ("exact", {"threshold": 1.0})


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"fields"}))
def test_every_kind_can_be_said_with_its_defaults_and_read_again(kind: str) -> None:
    how = read(spelled(kind, {}))
    assert how.kind == kind and spelled(kind, in_force(how)) == spelled(kind, {})


def test_fields_are_said_each_with_its_own_options_and_read_again() -> None:
    how = read(spelled("fields", FIELDS))
    assert spelled("fields", in_force(how)) == spelled("fields", FIELDS)
    assert how.options.fields["boxes"].options.iou == 0.7
    assert not how.options.fields["note"].required


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"kind":"guess"}', "boxes"),
        ('{"options":{}}', '{"kind", "options"}'),
        ('{"kind":"exact","more":1}', '{"kind", "options"}'),
        ("[]", '{"kind", "options"}'),
        ("no JSON", '{"kind", "options"}'),
        ('{"kind":["exact"]}', "boxes"),
        ('{"kind":"boxes","options":[]}', "iou"),
        ('{"kind":"boxes","options":{"iuo":0.5}}', "iou"),
        ('{"kind":"boxes","options":{"iou":2}}', "iou"),
        ('{"kind":"boxes","options":{"iou":"much"}}', "iou"),
        ('{"kind":"boxes","options":{"same_class":"yes"}}', "same_class"),
        ('{"kind":"numbers","options":{"threshold":true}}', "threshold"),
        ('{"kind":"points","options":{"of":"diagonal"}}', "size_px"),
        ('{"kind":"keypoints","options":{"sigmas":7}}', "sigmas"),
        ('{"kind":"fields"}', "fields"),
        ('{"kind":"fields","options":{"fields":{}}}', "fields"),
        ('{"kind":"fields","options":{"fields":{"a":{"kind":"guess"}}}}', "fields"),
        (
            '{"kind":"fields","options":{"fields":{"a":{"kind":"boxes","options":{"same_class":1}}}}}',
            "fields",
        ),
        ('{"kind":"fields","options":{"fields":{"a":{"wait":1}}}}', "fields"),
        ('{"kind":"fields","options":{"fields":{"a":7}}}', "fields"),
    ],
)
def test_what_cannot_compare_is_refused_with_what_there_is(text: str, expected: str) -> None:
    with pytest.raises(Refusal) as caught:
        read(text, "label.scoring")
    assert (caught.value.code, caught.value.kind) == ("scoring_invalid", "invalid")
    assert expected in caught.value.expected and caught.value.extra["at"] == "label.scoring"


def test_a_workflow_whose_step_compares_by_nothing_known_is_refused_where_it_is_said() -> None:
    fine = Step(name="label", stage="annotate", scoring=spelled("boxes", {}))
    check(("label",), (fine,))
    with pytest.raises(Refusal) as caught:
        check(("label",), (Step(name="label", stage="annotate", scoring='{"kind":"guess"}'),))
    assert caught.value.code == "scoring_invalid"
    assert caught.value.extra == {"kinds": list(KINDS), "at": "label.scoring"}
