"""Keys that are found wrong, and what one answer counts since then, given-when-then."""

from dataclasses import replace
from uuid import uuid4

import pytest

from backend.domain.errors import Refusal
from backend.domain.proficiency import rekeying
from backend.domain.proficiency.rekeying import Correct, Counts
from backend.domain.projects import gold
from backend.events import projects as ev
from backend.events import wrong_keys
from backend.events.ids import AnnotatorId, GoldId, ItemId, KeyCaseId, LeaseId, ProjectId, SkillId

ABOUT = {"gold": GoldId(uuid4()), "project": ProjectId(uuid4()), "item": ItemId(uuid4())}
RETIRE = gold.RetireGold(why="doubtful", answers=3, disagreed=1, basis_index=7)


def added(token: str = "a") -> ev.GoldAdded:
    return ev.GoldAdded(**ABOUT, truth=b"", truth_token=token, truth_class=None, exam_only=False)


def finds(right: str | None = None) -> gold.FindKeyWrong:
    return gold.FindKeyWrong(retire=RETIRE, right=b"" if right else None, right_token=right, right_class=None)


def names(state: gold.Gold, command: gold.Command) -> list[str]:
    return [type(one).__name__ for one in gold.decide(command, state)]


def after(*commands: gold.Command) -> gold.Gold:
    state: gold.Gold = gold.GOLD.fold([added()])
    for command in commands:
        for one in gold.decide(command, state):
            state = gold.evolve(state, one)
    return state


def test_a_wrong_key_retires_the_item_and_is_found_once() -> None:
    assert names(after(), finds()) == ["GoldRetired", "GoldKeyFoundWrong"]
    found = after(finds())
    assert names(found, finds()) == [], "the same again"
    assert names(found, finds("b")) == ["GoldKeyFoundWrong"], "now somebody knows what is right"
    known = after(finds(), finds("b"))
    assert names(known, finds("b")) == [], "the same again"
    assert names(known, finds()) == ["GoldKeyFoundWrong"], "that is not right either"
    assert names(after(finds("b"), finds()), finds()) == [], "what was said last, again"
    assert names(known, RETIRE) == [], "without a word of the key nothing is said of it"
    assert names(known, finds("a")) == ["GoldKeyFoundWrong"], "the key was right after all"


def test_the_key_itself_is_not_what_is_right_instead() -> None:
    with pytest.raises(Refusal) as refused:
        gold.decide(finds("a"), after())
    assert refused.value.code == "gold_key_stands"


def test_gold_that_waits_for_a_rework_is_retired_for_good() -> None:
    waits = after(gold.RetireGold(why="reworked", answers=0, disagreed=0, basis_index=0))
    assert names(waits, finds()) == ["GoldRetired", "GoldKeyFoundWrong"]


def test_a_correction_ends_once_also_when_the_item_is_gold_again() -> None:
    found = gold.found_of(after(finds()))
    assert found is not None
    end = gold.EndCorrection(key_case=found.key_case, scores=2, people=2, void=2, disputes=0)
    anew = gold.AddGold(
        **ABOUT, truth=b"", truth_token="b", truth_class=None, exam_only=False, origin="authored"
    )
    for state in (after(finds()), after(finds(), anew)):
        (told,) = gold.decide(end, state)
        assert isinstance(told, wrong_keys.GoldScoresCorrected)
        assert gold.decide(end, gold.evolve(state, told)) == []
    assert names(after(finds(), finds("c")), end) == [], "a later case took its place"


def test_a_second_key_found_wrong_meanwhile_leaves_the_first_one_s_correction_its_end() -> None:
    anew = gold.AddGold(
        **ABOUT, truth=b"", truth_token="b", truth_class=None, exam_only=False, origin="authored"
    )
    first = gold.found_of(after(finds()))
    both = after(finds(), anew, finds("c"))
    last = gold.found_of(both)
    assert first is not None and last is not None and first.key_case != last.key_case
    assert gold.under_correction(both, first.key_case) == first
    for case in (first, last), (last, first):
        state = both
        for one in case:
            end = gold.EndCorrection(key_case=one.key_case, scores=1, people=1, void=1, disputes=0)
            (told,) = gold.decide(end, state)
            state = gold.evolve(state, told)
            assert gold.decide(end, state) == [] and gold.under_correction(state, one.key_case) is None
        assert names(state, finds("c")) == [], "said before"
    again = after(finds(), anew, RETIRE, replace(anew, truth_token="a"), finds("d"))
    assert gold.under_correction(again, first.key_case) is None, (
        "the same key: the later case covers its scores"
    )


def correct(now: Counts, case: KeyCaseId) -> Correct:
    return Correct(
        key_case=case,
        gold=ABOUT["gold"],
        annotator=AnnotatorId(uuid4()),
        skill=SkillId(uuid4()),
        lease=LeaseId(uuid4()),
        attempt=None,
        of_version=None,
        answer_class=None,
        was=Counts(False, 0, "a"),
        now=now,
    )


def test_an_answer_is_corrected_once_by_a_case_and_only_where_it_counts_otherwise() -> None:
    case = KeyCaseId(uuid4())
    (told,) = rekeying.decide(correct(Counts(True, 1_000_000, "b"), case), rekeying.Rekeyed())
    assert (told.source, told.was, told.now, told.truth_class, told.dispute) == (
        "gold",
        False,
        True,
        "b",
        None,
    )
    state = rekeying.evolve(rekeying.Rekeyed(), told)
    assert rekeying.decide(correct(Counts(None, None, None), case), state) == []
    assert rekeying.decide(correct(Counts(None, None, None), KeyCaseId(uuid4())), state) != []
    assert rekeying.decide(correct(Counts(False, 0, "a"), case), rekeying.Rekeyed()) == []
