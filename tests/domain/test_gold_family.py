"""Families of gold: what is derived has one parent, each transformation once, and no key of its own."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from backend.domain.projects.gold import GOLD, AddGold, VaryGold
from backend.domain.projects.gold_family import EVER, VARIANTS_MAX, since
from backend.events import projects as ev
from backend.events.ids import GoldId, uuid8
from backend.statistics.gold_rate import lasts
from tests.domain.facts import GOLD_A, HIDDEN, ITEM_A, PROJECT_A
from tests.domain.gwt import given
from tests.domain.test_gold import ADD, ADDED, RETIRED

NOW = datetime(2030, 1, 31, tzinfo=UTC)
VARIANT = GoldId(uuid8(GOLD_A, "variant"))
VARY = VaryGold(variant=VARIANT, how=HIDDEN, how_token="mirrored")
VARIED = ev.GoldVaried(
    gold=GOLD_A, project=PROJECT_A, item=ITEM_A, variant=VARIANT, how=HIDDEN, how_token="mirrored"
)
DERIVE: AddGold = replace(ADD, origin="derived")
DERIVED = replace(ADDED, origin="derived")


def test_a_transformation_is_made_of_an_item_once() -> None:
    given(GOLD, ADDED).when(VARY).then(VARIED)
    given(GOLD, ADDED, VARIED).when(VARY).then()
    given(GOLD, ADDED, VARIED).when(replace(VARY, anew=True)).then(VARIED)
    other = replace(VARY, variant=GoldId(uuid8(GOLD_A, "other")))
    given(GOLD, ADDED, VARIED).when(other).then_refused("gold_variant_exists", "conflict")
    given(GOLD, ADDED, VARIED).when(replace(other, how_token="turned")).then(
        replace(VARIED, variant=other.variant, how_token="turned")
    )
    full = [replace(VARIED, how_token=f"{n}") for n in range(VARIANTS_MAX)]
    given(GOLD, ADDED, *full).when(VARY).then_refused("gold_of_family", "conflict")
    given(GOLD).when(VARY).then_refused("not_found")


def test_a_variant_has_no_variants_and_doubtful_gold_has_none_either() -> None:
    given(GOLD, DERIVED).when(VARY).then_refused("gold_of_family")
    given(GOLD, ADDED, RETIRED).when(VARY).then_refused("gold_of_family")
    given(GOLD, ADDED, replace(RETIRED, why="exposed")).when(VARY).then(VARIED)


def test_what_was_derived_is_never_given_a_key_by_hand() -> None:
    given(GOLD).when(DERIVE).then(DERIVED)
    given(GOLD, DERIVED).when(DERIVE).then()
    given(GOLD, DERIVED).when(ADD).then_refused("gold_exists")
    given(GOLD, DERIVED, RETIRED).when(replace(ADD, truth_token="u")).then_refused("gold_of_family")
    given(GOLD, DERIVED, RETIRED).when(replace(DERIVE, truth_token="u")).then(
        replace(DERIVED, truth_token="u")
    )
    given(GOLD, ADDED, RETIRED).when(DERIVE).then_refused("gold_of_family")


def test_a_parent_gets_another_key_only_after_the_one_it_had_was_in_doubt() -> None:
    withdrawn, new = replace(RETIRED, why="withdrawn"), replace(ADD, truth_token="u")
    given(GOLD, ADDED, VARIED, withdrawn).when(new).then_refused("gold_of_family")
    given(GOLD, ADDED, VARIED, withdrawn).when(ADD).then(ADDED)
    given(GOLD, ADDED, VARIED, RETIRED).when(new).then(replace(ADDED, truth_token="u"))
    again = given(GOLD, ADDED, VARIED, RETIRED, ADDED)
    again.when(replace(VARY, variant=GOLD_A)).then_refused("gold_variant_exists")


def test_a_gap_of_no_days_is_for_ever() -> None:
    assert since(30, NOW) == NOW - timedelta(days=30)
    assert since(0, NOW) == EVER


def test_gold_lasts_until_one_is_due_and_none_may_be_given() -> None:
    assert lasts([0.0, 0.0, 0.0, 0.0], 2.0) == 2.0
    assert lasts([], 2.0) == 0.0
    # Two a day: two now, one that is free after half a day, and one that is free too late.
    assert lasts([0.0, 0.0, 0.5, 30.0], 2.0) == 1.5
    assert lasts([0.0, 0.0, 4.0, 4.0], 2.0) == 1.0
