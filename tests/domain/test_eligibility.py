"""Eligibility: the index says of every lane what its requirement says; the explanation fails where they do."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.domain.errors import Refusal
from backend.domain.projects import predicates
from backend.domain.projects.eligibility import compiled
from backend.domain.projects.explanation import ORDER, Person, condition, explained
from backend.domain.projects.requirement import Requirement, canonical
from backend.events.projects import Conditions
from tests.domain.facts import ADA, AGREEMENT_A, COURSE_A, NOON, PROJECT_A, SKILL_A, SKILL_B, uid

TOKENS = st.sampled_from(
    [
        "role:annotator",
        "role:reviewer",
        f"agreement:{AGREEMENT_A}:1",
        f"agreement:{AGREEMENT_A}:2",
        f"course:{COURSE_A}:1",
        f"guideline:{PROJECT_A}:3",
        f"skill:{SKILL_A}",
        f"skill:{SKILL_A}:1",
        f"skill:{SKILL_A}:2",
        f"skill-closed:{SKILL_A}",
        f"vendor:{uid(91)}",
        f"team:{uid(92)}",
        "origin:crowd",
        "check:identity",
        "compliance:hipaa",
    ]
)
FEW = st.lists(TOKENS, max_size=4)
REQUIREMENTS = st.builds(canonical, FEW, st.lists(st.lists(TOKENS, min_size=1, max_size=3), max_size=2), FEW)
HELD = st.sets(TOKENS)


@given(st.lists(REQUIREMENTS, max_size=20), HELD)
def test_the_index_serves_exactly_those_whose_requirement_is_met(
    asked: list[Requirement], held: set[str]
) -> None:
    index = compiled(list(enumerate(asked)))
    assert index.of(held) == [lane for lane, one in enumerate(asked) if not one.unmet(held)]


ENDS = st.dictionaries(TOKENS, st.sampled_from([None, NOON, NOON + timedelta(seconds=1)]))


@given(REQUIREMENTS, ENDS)
def test_the_explanation_fails_exactly_where_the_requirement_does(
    asked: Requirement, held: dict[str, datetime | None]
) -> None:
    who = Person(annotator=ADA, held=held, now=NOON)
    counting = {token for token, until in held.items() if until is None or until > NOON}
    told = explained(asked, who)
    assert {one.token for one in told if not one.passed} == set(asked.unmet(counting))
    assert all((one.mend is None) == one.passed for one in told)
    known = [ORDER.index(one.condition) for one in told if one.condition in ORDER]
    assert known == sorted(known)


def test_nothing_asked_is_nothing_refused() -> None:
    assert compiled([]).of({"role:annotator"}) == []
    assert compiled([("a", Requirement())]).of(()) == ["a"]


def holding(*tokens: str, until: datetime | None = None) -> Person:
    return Person(
        annotator=ADA, held=dict.fromkeys(tokens, until), now=NOON, names={f"skill:{SKILL_A}": "birds"}
    )


def test_a_level_too_low_says_which_is_held_and_who_may_give_more() -> None:
    who = holding(f"skill:{SKILL_A}", f"skill:{SKILL_A}:1", f"skill:{SKILL_A}:2")
    told = condition(f"skill:{SKILL_A}:3", who)
    assert (told.condition, told.passed) == ("skill_level", False)
    assert told.required == {"skill": SKILL_A, "level": 3, "name": "birds"}
    assert told.actual == {"level": 2, "until": None}
    assert told.act is not None and told.act.operation == "skill_grant"
    assert told.act.arguments == {"annotator": ADA, "skill": SKILL_A, "level": 3}


def test_what_has_ended_is_told_with_its_end() -> None:
    gone = holding(f"skill:{SKILL_A}", f"agreement:{AGREEMENT_A}:2", "check:identity", until=NOON)
    assert condition(f"skill:{SKILL_A}", gone).actual == {"level": 0, "until": NOON}
    ended = condition(f"agreement:{AGREEMENT_A}:2", gone)
    assert ended.actual == {"version": 2, "counts": False, "until": NOON} and not ended.passed
    assert condition("check:identity", gone).actual == {"counts": False, "until": NOON}


def test_an_older_version_is_told_beside_the_one_that_is_asked() -> None:
    told = condition(f"agreement:{AGREEMENT_A}:2", holding(f"agreement:{AGREEMENT_A}:1"))
    assert told.actual == {"version": 1, "counts": True, "until": None}
    assert told.act is not None and told.act.arguments == {"agreement": AGREEMENT_A, "version": 2}


def test_one_of_several_offers_what_the_person_can_do() -> None:
    told = condition(f"any:skill:{SKILL_A}|course:{COURSE_A}:1", holding())
    assert told.act is not None and (told.act.operation, told.act.by) == ("course_attempt", "annotator")


def test_a_closed_skill_is_opened_by_a_manager() -> None:
    told = condition(f"not:skill-closed:{SKILL_A}", holding(f"skill-closed:{SKILL_A}"))
    assert (told.condition, told.passed, told.actual) == ("skill_open", False, {"closed": True})
    assert told.act is not None and told.act.operation == "skill_reopen"


# --- what managers say

VENDOR = uid(91)
SAID: list[dict[str, Any]] = [
    {"skill": SKILL_A},
    {"skill": SKILL_A, "level_min": 3},
    {"agreement": AGREEMENT_A},
    {"course": COURSE_A},
    {"vendor": VENDOR},
    {"origin": "crowd"},
    {"check": "identity"},
    {"compliance": "hipaa"},
]


def test_conditions_are_shown_as_they_were_said() -> None:
    given_ = {"all": SAID[1:3], "any": [SAID[3:6]], "none": [{"skill": SKILL_B}]}
    told = predicates.conditions(given_)
    shown = predicates.shown(told)
    assert predicates.conditions(shown) == told
    assert shown["none"] == [{"skill": SKILL_B}]
    assert sorted(map(str, shown["all"])) == sorted(map(str, given_["all"]))


@pytest.mark.parametrize("one", SAID)
def test_every_condition_reads_back_from_its_token(one: dict[str, Any]) -> None:
    assert predicates.said_of(predicates.token_of(one)) == one


def test_level_one_and_no_level_are_the_same() -> None:
    assert predicates.token_of({"skill": SKILL_A, "level_min": 1}) == predicates.token_of({"skill": SKILL_A})


@pytest.mark.parametrize(
    "one",
    [
        {},
        {"skill": SKILL_A, "vendor": VENDOR},
        {"vendor": VENDOR, "level_min": 2},
        {"origin": "mars"},
        {"check": "a|b"},
        {"compliance": "a:b"},
        {"skill": SKILL_A, "level_min": 11},
        {"gossip": "x"},
    ],
)
def test_what_is_no_condition_is_refused(one: dict[str, Any]) -> None:
    with pytest.raises(Refusal, match="condition_invalid"):
        predicates.conditions({"all": [one]})


def test_an_empty_group_is_refused() -> None:
    with pytest.raises(Refusal, match="condition_invalid"):
        predicates.conditions({"any": [[]]})


@pytest.mark.parametrize(
    "said",
    [
        {"all": [{"skill": SKILL_A}], "none": [{"skill": SKILL_A}]},
        {"all": [{"skill": SKILL_A, "level_min": 3}], "none": [{"skill": SKILL_A, "level_min": 2}]},
        {
            "any": [[{"origin": "crowd"}, {"origin": "staff"}]],
            "none": [{"origin": "crowd"}, {"origin": "staff"}],
        },
        {"all": [{"vendor": VENDOR}, {"vendor": uid(93)}]},
    ],
)
def test_what_nobody_can_meet_is_refused(said: dict[str, Any]) -> None:
    with pytest.raises(Refusal, match="conditions_contradict"):
        predicates.conditions(said)


def test_at_least_this_and_below_that_can_be_met() -> None:
    said = {"all": [{"skill": SKILL_A, "level_min": 2}], "none": [{"skill": SKILL_A, "level_min": 4}]}
    told = predicates.conditions(said)
    asked = canonical(told.all_of, told.any_of, told.none_of)
    levels = [f"skill:{SKILL_A}", *(f"skill:{SKILL_A}:{n}" for n in range(1, 5))]
    assert [not asked.unmet(levels[: n + 1]) for n in range(5)] == [False, False, True, True, False]


def test_versions_are_those_in_force_and_nobody_with_any_version_passes_a_none() -> None:
    agreement, course = f"agreement:{AGREEMENT_A}", f"course:{COURSE_A}"
    told = Conditions(all_of=(agreement,), any_of=((course, "origin:crowd"),), none_of=(course,))
    now = predicates.versioned(told, {agreement: 3, course: 2})
    assert now.all_of == (f"{agreement}:3",)
    assert now.any_of == ((f"{course}:2", "origin:crowd"),)
    assert now.none_of == (f"{course}:1", f"{course}:2")
    assert predicates.versioned(told, {}).all_of == (agreement,)
