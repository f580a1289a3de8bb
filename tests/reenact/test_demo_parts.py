"""The demonstration ships the digits it says, and its simulated people err as designed."""

import hashlib
from collections import Counter

import pytest

from backend.demo import digits, northlight
from backend.demo.northlight import MEMBERS, Member
from backend.demo.simulate import EXAM_GOLD, WORK_GOLD, _wanted
from backend.demo.workforce import ANNOTATORS, EXPERTS, INVITED, SPAMMER, UNQUALIFIED, Character
from backend.domain.workforce import roster

IMAGES = digits.load()


def right(who: Character, exam: bool = False) -> float:
    return sum(who.answer(one, exam) == str(one.label) for one in IMAGES) / len(IMAGES)


def test_the_digits_are_those_of_the_source() -> None:
    assert len(IMAGES) == digits.COUNT == 1797
    assert [one.label for one in IMAGES[:10]] == list(range(10))
    assert list(IMAGES[0].pixels[:8]) == [0, 0, 5, 13, 9, 1, 0, 0]
    assert {len(one.pixels) for one in IMAGES} == {64}
    assert max(max(one.pixels) for one in IMAGES) == digits.INK_MAX
    counts = Counter(one.label for one in IMAGES)
    assert [counts[label] for label in range(10)] == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]


def test_a_damaged_file_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(digits, "SHA256", hashlib.sha256(b"other").hexdigest())
    with pytest.raises(ValueError, match="install the package again"):
        digits.load()


def test_every_image_can_be_told_apart_by_its_pixels() -> None:
    assert len({one.pixels for one in IMAGES}) == len(IMAGES)


@pytest.mark.parametrize("who", ANNOTATORS, ids=lambda who: who.handle)
def test_annotators_are_as_right_as_their_skill(who: Character) -> None:
    assert right(who) == pytest.approx(who.skill, abs=0.03)


def test_the_spammer_is_careful_in_the_exam_alone() -> None:
    assert right(SPAMMER) == pytest.approx(0.1, abs=0.03)
    assert right(SPAMMER, exam=True) == pytest.approx(0.9, abs=0.03)


def test_errors_are_mostly_look_alikes() -> None:
    wrong = Counter(
        (one.label, answer) for one in IMAGES if (answer := ANNOTATORS[-1].answer(one)) != str(one.label)
    )
    assert wrong[4, "9"] > sum(n for (label, answer), n in wrong.items() if label == 4 and answer != "9")


def test_everybody_is_plainly_simulated() -> None:
    everybody = (*ANNOTATORS, SPAMMER, UNQUALIFIED, INVITED, *EXPERTS)
    assert all(one.name.startswith("Simulated ") and one.email.endswith(".invalid") for one in everybody)
    assert len({one.email for one in everybody}) == len(everybody)


def test_every_image_has_one_use() -> None:
    wanted = _wanted(IMAGES)
    keys = [one.key for one in (*wanted.exam, *wanted.gold)] + [key for key, _ in wanted.items]
    assert len(keys) == len(set(keys)) == len(IMAGES)
    assert (len(wanted.exam), len(wanted.gold)) == (EXAM_GOLD, WORK_GOLD)
    assert _wanted(IMAGES) == wanted


def test_only_the_unqualified_fail_the_exam() -> None:
    wanted = _wanted(IMAGES)
    passed = {
        who.handle: sum(who.answer(IMAGES[int(one.key)], True) == one.truth for one in wanted.exam)
        / EXAM_GOLD
        for who in (*ANNOTATORS, SPAMMER, UNQUALIFIED)
    }
    assert {handle for handle, share in passed.items() if share < wanted.pass_mark} == {UNQUALIFIED.handle}


def test_everybody_of_northlight_is_plainly_invented() -> None:
    assert all(one.name.startswith("Simulated ") and one.name.endswith(" Example") for one in MEMBERS)
    assert all(one.email.endswith(".invalid") for one in MEMBERS)
    assert len({one.email for one in MEMBERS}) == len(MEMBERS)


def test_northlights_list_is_one_that_can_be_imported_whole() -> None:
    rows = roster.read(northlight.roster())
    assert [(one.name, one.email, one.team) for one in rows if isinstance(one, roster.Row)] == [
        (one.name, one.email, northlight.TEAM) for one in MEMBERS
    ]


@pytest.mark.parametrize("who", MEMBERS, ids=lambda who: who.handle)
def test_people_of_northlight_answer_alike_whenever_they_are_asked(who: Member) -> None:
    answers = [who.answer(text) for text in northlight.PROJECTS[northlight.LETTERS]]
    assert answers == [who.answer(text) for text in northlight.PROJECTS[northlight.LETTERS]]
    assert set(answers) <= set(northlight.TOPICS)


def test_only_who_has_everything_that_complaints_ask_for_may_answer_them() -> None:
    may = [one for one in MEMBERS if one.level >= northlight.LEVEL_MIN and northlight.FAIRNESS in one.passed]
    assert may == [northlight.NORA]
    assert northlight.NORA.signed in northlight.AGREEMENTS
