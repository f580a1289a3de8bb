"""What may happen to a pilot project, without a database; and how large a pilot is."""

from dataclasses import replace
from uuid import UUID

import pytest

from backend.domain.errors import Refusal
from backend.domain.projects import copying, pilot_size
from backend.domain.projects import pilot_project as domain
from backend.domain.projects.pilot_size import Size
from backend.events import pilot_projects as ev
from backend.events.base import Secret
from backend.events.ids import ItemId, IterationId, ProjectId
from tests.support.refused import refused

TRIAL, PROJECT = ProjectId(UUID(int=1)), ProjectId(UUID(int=2))
ABOUT = {"trial": TRIAL, "project": PROJECT}
REASON = Secret(b"sealed")
BEGUN = ev.PilotProjectBegun(
    **ABOUT,
    number=1,
    seed="s",
    share_ppm=20_000,
    items_min=1,
    items_max=20,
    matched=100,
    drawn=2,
    digest="d",
    sample=IterationId(UUID(int=3)),
    beyond=IterationId(UUID(int=4)),
    rest=IterationId(UUID(int=5)),
    targets_version=1,
)
SETTING = ev.CopiedSetting(area="plan", version=2, token="t")
BEGIN = domain.Begin(fact=BEGUN)
JUDGE = domain.Judge(
    outcome="met", measured="[]", diversity="", targets_version=1, settings="now", basis_index=7
)
PROMOTE = domain.Promote(settings=(SETTING,), now="now")


def after(*commands: domain.Command) -> domain.PilotProject:
    state: domain.PilotProject = domain.PILOT_PROJECT.initial
    for command in commands:
        for event in domain.decide(command, state):
            state = domain.evolve(state, event)
    return state


def test_it_is_promoted_once_when_it_met_its_targets_under_these_settings() -> None:
    state = after(BEGIN, domain.Fill(), JUDGE)
    (fact,) = domain.decide(PROMOTE, state)
    assert fact == ev.PilotProjectPromoted(**ABOUT, settings=(SETTING,), rest=BEGUN.rest)
    assert domain.decide(PROMOTE, domain.evolve(state, fact)) == []
    with refused("pilot_settings_changed", "conflict"):
        domain.decide(replace(PROMOTE, now="later"), state)


def test_one_that_another_took_over_is_over() -> None:
    state = after(BEGIN, domain.Fill(), replace(JUDGE, outcome="not_met"))
    (fact,) = domain.decide(domain.End(2), state)
    assert fact == ev.PilotProjectEnded(**ABOUT, successor=2)
    over = domain.evolve(state, fact)
    assert domain.decide(domain.End(3), over) == []
    for command in (JUDGE, PROMOTE, domain.Overrule(reason=REASON)):
        with refused("pilot_project_overtaken", "conflict"):
            domain.decide(command, over)
    assert domain.decide(domain.End(2), after(BEGIN, domain.Fill(), JUDGE, PROMOTE)) == []


@pytest.mark.parametrize("outcome", ["not_met", "unclear"])
def test_one_that_did_not_pass_is_promoted_only_by_a_word(outcome: str) -> None:
    state = after(BEGIN, domain.Fill(), replace(JUDGE, outcome=outcome))
    with refused("pilot_project_not_passed", "conflict"):
        domain.decide(PROMOTE, state)
    (said,) = domain.decide(domain.Overrule(reason=REASON), state)
    state = domain.evolve(state, said)
    assert domain.decide(domain.Overrule(reason=REASON), state) == []
    assert len(domain.decide(replace(PROMOTE, now="later"), state)) == 1


def test_the_same_look_is_written_down_once_and_a_later_one_may_fall_short() -> None:
    state = after(BEGIN, domain.Fill(), JUDGE)
    assert domain.decide(JUDGE, state) == []
    assert len(domain.decide(replace(JUDGE, settings="later"), state)) == 1
    with refused("pilot_project_not_passed", "conflict"):
        after(BEGIN, domain.Fill(), JUDGE, replace(JUDGE, outcome="not_met"), PROMOTE)
    with refused("outcome_unknown", "invalid"):
        domain.decide(replace(JUDGE, outcome="fine"), state)


def test_nothing_is_judged_before_all_items_are_there_nor_after_it_is_over() -> None:
    copy = domain.Copy(
        copies=(ev.CopiedItem(item=ItemId(UUID(int=6)), origin=ItemId(UUID(int=7))),), refused=1
    )
    (fact,) = domain.decide(copy, after(BEGIN))
    assert fact == ev.PilotItemsCopied(**ABOUT, copies=copy.copies, refused=1)
    assert domain.decide(domain.Copy(copies=(), refused=0), after(BEGIN)) == []
    for command in (JUDGE, PROMOTE):
        with refused("pilot_project_filling", "conflict"):
            domain.decide(command, after(BEGIN, copy))
    over = after(BEGIN, copy, domain.Fill(), JUDGE, PROMOTE)
    for command in (JUDGE, domain.Overrule(reason=REASON)):
        with refused("pilot_project_promoted", "conflict"):
            domain.decide(command, over)
    assert domain.decide(domain.Fill(), after(BEGIN, domain.Fill())) == []


def test_what_was_never_begun_is_not_found_and_nothing_drawn_is_no_pilot() -> None:
    for command in (JUDGE, PROMOTE, domain.Overrule(reason=REASON)):
        with refused("not_found", "not_found"):
            domain.decide(command, domain.Unbegun())
    with refused("pilot_empty", "conflict"):
        after(domain.Begin(fact=replace(BEGUN, drawn=0)))
    with refused("pilot_invalid", "invalid"):
        after(domain.Begin(fact=replace(BEGUN, seed="")))


def test_a_project_is_a_copy_of_one_project_for_ever() -> None:
    command = copying.Copy(
        project=TRIAL, copied_from=PROJECT, settings=(SETTING,), left_out=("queue",), basis_index=3
    )
    (fact,) = copying.decide(command, copying.Own())
    assert (fact.copied_from, fact.settings, fact.left_out) == (PROJECT, (SETTING,), ("queue",))
    with refused("not_now", "conflict"):
        copying.decide(command, copying.evolve(copying.Own(), fact))


def test_a_size_is_a_number_or_a_share_within_bounds() -> None:
    assert pilot_size.size(7, None, None, None) == Size(share_ppm=None, least=1, most=7)
    assert pilot_size.size(None, 0.02, None, None) == Size(share_ppm=20_000, least=1, most=20_000)
    assert pilot_size.size(None, 1.0, 5, 9) == Size(share_ppm=1_000_000, least=5, most=9)


@pytest.mark.parametrize(
    "said",
    [
        (None, None, None, None),
        (1, 0.5, None, None),
        (1, None, 1, None),
        (0, None, None, None),
        (20_001, None, None, None),
        (None, 0.0, None, None),
        (None, 1.1, None, None),
        (None, 0.5, 9, 8),
        (None, 0.5, None, 20_001),
    ],
)
def test_an_unclear_size_is_refused(said: tuple[int | None, float | None, int | None, int | None]) -> None:
    with refused(pilot_size.CODE, "invalid"):
        pilot_size.size(*said)


def test_a_share_too_small_is_told_in_the_words_that_were_sent() -> None:
    with pytest.raises(Refusal) as raised:
        pilot_size.size(None, 0.0000001, None, None)
    assert (raised.value.expected, raised.value.found) == (
        "a share of 0.000001 at least and 1 at most",
        "share = 1e-07",
    )
