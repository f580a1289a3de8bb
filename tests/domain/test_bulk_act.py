"""Bulk acts: they go on in the order of the tasks, end once, and know who asked."""

from typing import Any

import pytest

from backend.domain.tasks.bulk import BULK, Advance, Begin, Command, Draw, End, Ended, Running
from backend.events import tasks as ev
from backend.events.ids import BulkId, PrincipalId, TaskId
from tests.domain.facts import PROJECT_A, USER_A, uid
from tests.domain.gwt import given

BULK_A = BulkId(uid(91))
DRAW = Draw(matched=5, taken=2, digest="d1")
FIRST, SECOND = TaskId(uid(101)), TaskId(uid(102))
COUNTS = {"changed": 3, "unchanged": 1, "refused": 2, "revoked": 4}


def begin(act: str = "hold", by: PrincipalId = USER_A) -> Begin:
    return Begin(
        bulk=BULK_A, project=PROJECT_A, act=act, selection="{}", said="{}", note=None, by=by, by_kind="user"
    )


def advance(to: TaskId) -> Advance:
    counts: Any = COUNTS
    return Advance(cursor=to, **counts)


def test_an_act_begins_once() -> None:
    begun = given(BULK).after(begin())
    begun.when(begin()).then()
    begun.when(begin(by=PrincipalId(uid(1)))).then_refused("not_now")
    given(BULK).when(begin("dance")).then_refused("act_unknown", "invalid")


def test_pieces_add_up_and_a_piece_done_twice_counts_once() -> None:
    through = given(BULK).after(begin(), advance(FIRST))
    through.when(advance(FIRST)).then()
    state = through.after(advance(SECOND)).state
    assert isinstance(state, Running)
    assert (state.cursor, state.changed, state.unchanged, state.refused, state.revoked) == (
        SECOND,
        6,
        2,
        4,
        8,
    )
    through.after(advance(SECOND)).when(advance(FIRST)).then()


def test_an_act_ends_once_and_goes_no_further() -> None:
    given(BULK).after(begin()).when(End(why="stopped")).then(ev.BulkEnded(bulk=BULK_A, why="stopped"))
    over = given(BULK).after(begin(), advance(FIRST), End())
    assert isinstance(over.state, Ended) and over.state.last.changed == 3
    over.when(End(why="stopped")).then()
    over.when(advance(SECOND)).then()


def test_what_it_is_done_to_is_drawn_once_and_before_the_first_piece() -> None:
    drawn = given(BULK).after(begin()).when(DRAW)
    drawn.then(ev.BulkSampled(bulk=BULK_A, matched=5, taken=2, digest="d1"))
    through = given(BULK).after(begin(), DRAW, advance(FIRST))
    through.when(DRAW).then()
    through.when(Draw(matched=5, taken=2, digest="d2")).then_refused("not_now")
    given(BULK).after(begin(), advance(FIRST)).when(DRAW).then_refused("not_now")
    given(BULK).after(begin(), DRAW, End()).when(DRAW).then()


@pytest.mark.parametrize("command", [DRAW, advance(FIRST), End()])
def test_nothing_goes_on_that_never_began(command: Command) -> None:
    given(BULK).when(command).then_refused("not_found", "not_found")
