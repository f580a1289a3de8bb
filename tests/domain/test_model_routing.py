"""Where a model's answer goes: always-human wins, the audit share is what was asked, every draw can be made again."""

import hashlib
import hmac
from dataclasses import replace
from uuid import UUID

from hypothesis import given as forall
from hypothesis import strategies as st

from backend.domain.checks import PPM
from backend.domain.review.model_bins import EDGES, Bin, kept, threshold_for
from backend.domain.review.model_routing import Seen, route
from backend.domain.review.sampling import draw
from backend.events import models as ev
from backend.events.ids import AnnotatorId, LeaseId
from tests.domain.test_models import NET, set_to

OTHER = AnnotatorId(UUID(int=7))
CLASSES = ("cat", "dog", "owl")
shares = st.integers(0, PPM)
routings = st.builds(
    set_to,
    st.just(1),
    default_threshold_ppm=st.none() | shares,
    classes=st.lists(
        st.builds(
            ev.ClassThreshold,
            token=st.sampled_from(CLASSES),
            threshold_ppm=shares,
            metric=st.just("map"),
            metric_ppm=shares,
        ),
        max_size=3,
        unique_by=lambda one: one.token,
    ).map(tuple),
    metric_least_ppm=st.none() | shares,
    always_human=st.lists(st.sampled_from(CLASSES), unique=True).map(tuple),
    audit_ppm=shares,
    parallel=st.booleans(),
    expert_below_ppm=shares,
)
answers = st.builds(
    Seen,
    model=st.sampled_from([NET, OTHER]),
    answer_class=st.sampled_from([*CLASSES, None]),
    confidence_ppm=shares,
    priority=st.integers(0, 3),
    draw=st.integers(0, 2**64 - 1),
    hindered=st.sampled_from(["", "", "workflow", "pilot", "underway", "routed_before"]),
    watched=st.booleans(),
    in_step=st.booleans(),
    beside=st.booleans(),
)


@forall(routings, answers)
def test_a_class_that_is_always_peoples_is_always_peoples(said: ev.ModelRoutingSet, seen: Seen) -> None:
    if seen.answer_class in said.always_human:
        found = route(said, seen)
        assert found.to == "human" and found.rule != "parallel"


@forall(routings, answers)
def test_what_an_expert_always_looks_at_and_what_people_answer_beside_a_model_is_never_a_machines(
    said: ev.ModelRoutingSet, seen: Seen
) -> None:
    if seen.watched or seen.beside:
        assert route(said, seen).to == "human"


@forall(routings, answers)
def test_in_a_workflow_a_model_is_a_voice_only_where_the_step_names_it(
    said: ev.ModelRoutingSet, seen: Seen
) -> None:
    if seen.in_step and not seen.beside:
        assert route(said, seen).rule != "parallel"


@forall(routings, answers)
def test_nothing_stands_below_its_threshold_or_where_something_hinders_it(
    said: ev.ModelRoutingSet, seen: Seen
) -> None:
    found = route(said, seen)
    if found.to in ("machine", "audit"):
        own = [one.threshold_ppm for one in said.classes if one.token == seen.answer_class]
        threshold = own[0] if own else said.default_threshold_ppm
        assert threshold is not None and found.threshold_ppm == threshold <= seen.confidence_ppm
        assert not seen.hindered and seen.model == said.model and found.drawn
    if found.to == "expert":
        assert seen.priority == 0 and seen.confidence_ppm < said.expert_below_ppm


@forall(routings, answers)
def test_the_lot_only_chooses_between_machine_and_audit(said: ev.ModelRoutingSet, seen: Seen) -> None:
    low, high = (route(said, replace(seen, draw=lot)).to for lot in (0, 2**64 - 1))
    assert low == high or (low, high) == ("audit", "machine")


@forall(st.binary(min_size=32, max_size=32), st.integers(0, PPM))
def test_the_audit_share_is_realised_and_every_draw_can_be_made_again(key: bytes, audit_ppm: int) -> None:
    said = set_to(1, audit_ppm=audit_ppm, default_threshold_ppm=0, classes=(), always_human=())
    n, audited = 400, 0
    for place in range(n):
        item = UUID(int=place << 32 | 5)
        digest = hmac.new(key, item.bytes, hashlib.sha256).digest()
        drawn = draw(key, LeaseId(item))
        assert drawn == int.from_bytes(digest[:8], "big")
        seen = Seen(model=NET, answer_class="cat", confidence_ppm=PPM, priority=2, draw=drawn)
        audited += route(said, seen).to == "audit"
    share = audit_ppm / PPM
    # Six standard deviations, and one for the whole number: a true share is outside once in 500 million times.
    assert abs(audited - n * share) <= 6 * (n * share * (1 - share)) ** 0.5 + 1
    assert audit_ppm not in (0, PPM) or audited == n * share


def test_without_routing_or_by_another_model_people_answer() -> None:
    seen = Seen(model=OTHER, answer_class=None, confidence_ppm=PPM, priority=0, draw=0)
    assert route(None, seen).rule == "no_routing"
    assert route(set_to(1, model=None), seen).rule == "no_routing"
    assert route(set_to(1), seen).rule == "other_model"


# --- metrics and overrides

RULE = ev.MetricRule(kind="precision", at_least_ppm=900_000, sure=True, n_min=30)
SURE = Seen(model=NET, answer_class="cat", confidence_ppm=PPM, priority=2, draw=2**64 - 1)


def measured(**more: object) -> ev.ModelRoutingSet:
    return set_to(1, **({"metric": RULE, "always_human": (), "default_threshold_ppm": 0} | more))


def over(**to: str) -> tuple[ev.ClassOverride, ...]:
    return tuple(ev.ClassOverride(token=token, to=side) for token, side in to.items())


def test_a_class_below_its_metric_is_peoples_whatever_the_confidence_and_so_is_one_not_measured() -> None:
    sides = {"cat": ("people", 3), "dog": ("machine", 2)}
    found = route(measured(), replace(SURE, sides=sides))
    assert (found.to, found.rule, found.class_version) == ("human", "class_metric", 3)
    found = route(measured(), replace(SURE, answer_class="owl", sides=sides))
    assert (found.to, found.rule, found.class_version) == ("human", "class_unmeasured", 0)
    found = route(measured(), replace(SURE, answer_class="dog", sides=sides))
    assert (found.to, found.rule, found.class_version) == ("machine", "threshold", 2)
    assert route(measured(), replace(SURE, answer_class=None, sides=sides)).to == "human", "of no class"


def test_an_override_wins_over_the_metric_and_always_human_over_everything() -> None:
    sides = {"cat": ("people", 1), "dog": ("machine", 1)}
    lifted = replace(SURE, sides=sides, confidence_ppm=1)
    found = route(measured(overrides=over(cat="machine")), lifted)
    assert (found.to, found.rule, found.threshold_ppm) == ("machine", "override_machine", 0)
    found = route(measured(overrides=over(dog="people")), replace(SURE, answer_class="dog", sides=sides))
    assert (found.to, found.rule) == ("human", "override_people")
    found = route(measured(overrides=over(cat="machine"), always_human=("cat",)), lifted)
    assert (found.to, found.rule) == ("human", "always_human")
    found = route(measured(overrides=over(cat="machine"), audit_ppm=PPM), replace(lifted, draw=0))
    assert (found.to, found.rule) == ("audit", "audit_share"), "audits are drawn from it as from the rest"


def test_of_several_things_in_one_answer_the_most_careful_class_decides() -> None:
    sides = {"cat": ("machine", 1), "dog": ("people", 2), "hen": ("machine", 4)}
    both = replace(SURE, answer_class=None, objects=("cat", "dog"), sides=sides)
    assert route(measured(), both).rule == "class_metric"
    assert route(measured(always_human=("dog",)), both).rule == "always_human"
    free = route(measured(overrides=over(dog="machine")), both)
    assert (free.to, free.rule) == ("machine", "threshold")
    high = measured(classes=(ev.ClassThreshold(token="hen", threshold_ppm=PPM),))
    doubtful = replace(both, objects=("cat", "hen"), confidence_ppm=PPM - 1)
    assert (route(high, doubtful).rule, route(high, doubtful).threshold_ppm) == ("below_threshold", PPM)


@forall(routings, answers, st.sampled_from(["people", "machine"]))
def test_always_human_wins_over_any_override(said: ev.ModelRoutingSet, seen: Seen, to: str) -> None:
    told = replace(said, overrides=over(**dict.fromkeys(CLASSES, to)), metric=RULE)
    if seen.answer_class in said.always_human:
        assert route(told, seen).to == "human"
    if to == "people" and seen.answer_class is not None and seen.model == said.model:
        assert route(told, seen).to == "human"


# --- the table of thresholds


def one_bin(begins: int, items: int, compared: int, right: int, *, stood: bool = True) -> Bin:
    return Bin(begins_ppm=begins, stood=stood, items=items, compared=compared, right=right)


def test_a_threshold_is_read_off_the_errors_of_the_bins_above_it() -> None:
    bins = [
        one_bin(EDGES[3], 100, 100, 60, stood=False),
        one_bin(EDGES[6], 200, 100, 90),
        one_bin(EDGES[13], 700, 100, 99),
    ]
    lines = kept(bins)
    assert [one.items for one in lines] == [1_000, 900, 700]
    errors = [one.error for one in lines]
    expected = [(40 + 20 + 7) / 1_000, (20 + 7) / 900, 0.01]
    assert all(abs(a - b) < 1e-12 for a, b in zip(errors, expected, strict=True) if a is not None)
    assert threshold_for(lines, 0.031, surely=False) == EDGES[6]
    assert threshold_for(lines, 0.08, surely=True) == EDGES[6]
    assert threshold_for(lines, 0.031, surely=True) is None
    assert threshold_for(lines, 0.005, surely=False) is None


def test_what_was_never_compared_is_taken_to_be_as_right_as_the_nearest_below() -> None:
    (both, above) = kept([one_bin(EDGES[6], 10, 10, 8), one_bin(EDGES[13], 30, 0, 0)])
    assert both.error is not None and abs(both.error - 0.2) < 1e-12
    assert above.error is not None and abs(above.error - 0.2) < 1e-12
    (unknown,) = kept([one_bin(EDGES[6], 10, 0, 0)])
    assert unknown.error is None and unknown.high is None


@forall(
    st.lists(
        st.tuples(
            st.sampled_from(EDGES), st.booleans(), st.integers(0, 50), st.integers(0, 50), st.integers(0, 50)
        ),
        max_size=20,
        unique_by=lambda one: one[:2],
    )
)
def test_an_upper_end_is_never_below_its_estimate(cells: list[tuple[int, bool, int, int, int]]) -> None:
    bins = [
        one_bin(begins, max(items, compared), compared, min(compared, right), stood=stood)
        for begins, stood, items, compared, right in cells
    ]
    for one in kept(bins):
        assert (one.error is None) == (one.high is None)
        if one.error is not None and one.high is not None:
            assert -1e-9 <= one.error <= one.high + 1e-9 and one.high <= 1.0
