"""Items: a datum comes in once, and is marked as often as somebody knows better."""

from dataclasses import replace

from backend.domain.tasks.item import ITEM, Imported, ImportItem, MarkItem, Sent
from backend.events import tasks as ev
from backend.events.ids import ItemGroupId
from backend.events.projects import Conditions
from tests.domain.facts import HIDDEN, ITEM_A, NOON, PROJECT_A, PROJECT_B, uid
from tests.domain.gwt import given

NEEDS = Conditions(all_of=("skill:x",))
GROUP = ItemGroupId(uid(90))
SENT = Sent(tags=("night",), edge_case=True, priority=1, deadline=NOON, needs=NEEDS, group=GROUP)
IMPORT = ImportItem(
    item=ITEM_A,
    project=PROJECT_A,
    external_key=HIDDEN,
    external_key_index=b"k",
    payload=HIDDEN,
    sent=SENT,
)
IMPORTED = ev.ItemImported(
    item=ITEM_A,
    project=PROJECT_A,
    external_key=HIDDEN,
    external_key_index=b"k",
    payload=HIDDEN,
    tags=("night",),
    edge_case=True,
    priority=1,
    deadline=NOON,
    needs=NEEDS,
    group=GROUP,
)


def marked(*tags: str, edge_case: bool) -> ev.ItemMarked:
    return ev.ItemMarked(item=ITEM_A, project=PROJECT_A, tags=tags, edge_case=edge_case)


def test_an_item_is_imported_once_with_all_that_is_said_of_it() -> None:
    given(ITEM).when(IMPORT).then(IMPORTED)
    given(ITEM, IMPORTED).when(IMPORT).then()


def test_one_id_is_one_item_of_one_project() -> None:
    given(ITEM, IMPORTED).when(replace(IMPORT, external_key_index=b"l")).then_refused("not_now", "conflict")
    given(ITEM, IMPORTED).when(replace(IMPORT, project=PROJECT_B)).then_refused("not_now", "conflict")


def test_marks_replace_what_was_said_and_leave_the_rest() -> None:
    given(ITEM, IMPORTED).when(MarkItem(tags=("b", "a", "b"))).then(marked("a", "b", edge_case=True))
    given(ITEM, IMPORTED).when(MarkItem(edge_case=False)).then(marked("night", edge_case=False))
    given(ITEM, IMPORTED).when(MarkItem(tags=("night",), edge_case=True)).then()
    given(ITEM, IMPORTED).when(MarkItem()).then()
    given(ITEM).when(MarkItem(tags=())).then_refused("not_found", "not_found")
    given(ITEM, IMPORTED).when(MarkItem(tags=("Not a tag",))).then_refused("tags_invalid", "invalid")


def test_what_was_sent_is_remembered_beside_how_it_is_marked_now() -> None:
    state = ITEM.fold([IMPORTED, marked("a", edge_case=False)])
    assert isinstance(state, Imported)
    assert (state.sent, state.tags, state.edge_case) == (SENT, ("a",), False)
