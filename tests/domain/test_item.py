"""Items: a datum comes in once."""

from dataclasses import replace

from backend.domain.tasks.item import ITEM, ImportItem
from backend.events import tasks as ev
from tests.domain.facts import HIDDEN, ITEM_A, PROJECT_A, PROJECT_B
from tests.domain.gwt import given

IMPORT = ImportItem(
    item=ITEM_A, project=PROJECT_A, external_key=HIDDEN, external_key_index=b"k", payload=HIDDEN
)
IMPORTED = ev.ItemImported(
    item=ITEM_A, project=PROJECT_A, external_key=HIDDEN, external_key_index=b"k", payload=HIDDEN
)


def test_an_item_is_imported_once() -> None:
    given(ITEM).when(IMPORT).then(IMPORTED)
    given(ITEM, IMPORTED).when(IMPORT).then()


def test_one_id_is_one_item_of_one_project() -> None:
    given(ITEM, IMPORTED).when(replace(IMPORT, external_key_index=b"l")).then_refused("not_now", "conflict")
    given(ITEM, IMPORTED).when(replace(IMPORT, project=PROJECT_B)).then_refused("not_now", "conflict")
