"""Rules are pure: no clock, no ids, no dice, no waiting, no files; and no event is forgotten by an evolve."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.architecture.code import (
    ROOT,
    Function,
    body_of,
    dotted,
    functions_of,
    imported,
    place,
    python_files,
    tree_of,
)

# What a rule may use of the standard library. What is not listed is asked about first.
STANDARD = frozenset(
    "base64 bisect collections csv dataclasses datetime decimal enum fractions functools hashlib heapq hmac itertools"
    " json math operator re string types typing unicodedata uuid zoneinfo".split()
)
EVENTS_TOO = STANDARD | {"pydantic"}
# Checks a value against a schema: in and out, and nothing else.
RULES_TOO = STANDARD | {"jsonschema_rs"}
# Arrays, areas and edit distances: in and out as well.
MATHEMATICS_TOO = STANDARD | {"numpy", "rapidfuzz", "shapely"}
# What asks the world although its module is allowed.
ASKING = frozenset(
    "datetime.now datetime.utcnow datetime.today date.today uuid.uuid1 uuid.uuid4 uuid1 uuid4 open input print exec"
    " eval".split()
)
DOMAIN = python_files("backend/domain")
EVENTS = [path for path in python_files("backend/events") if "store" not in path.parts]
MATHEMATICS = python_files("backend/statistics")
PURE = DOMAIN + EVENTS + MATHEMATICS


def _strangers(path: Path, allowed: frozenset[str]) -> list[str]:
    roots = [(name.partition(".")[0], node) for name, node in imported(path)]
    return [f"{place(path, node)} {name}" for name, node in roots if name not in allowed | {"backend"}]


def test_rules_import_nothing_that_touches_the_world() -> None:
    assert [found for path in DOMAIN for found in _strangers(path, RULES_TOO)] == []


def test_events_import_nothing_that_touches_the_world() -> None:
    assert [found for path in EVENTS for found in _strangers(path, EVENTS_TOO)] == []


def test_mathematics_imports_nothing_that_touches_the_world() -> None:
    assert [found for path in MATHEMATICS for found in _strangers(path, MATHEMATICS_TOO)] == []


def test_nothing_pure_asks_for_the_time_an_id_or_a_file() -> None:
    found = [
        f"{place(path, node)} {dotted(node.func)}()"
        for path in PURE
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.Call) and dotted(node.func) in ASKING
    ]
    assert found == []


def test_nothing_pure_waits() -> None:
    waiting = (ast.AsyncFunctionDef, ast.Await, ast.AsyncFor, ast.AsyncWith)
    found = [
        place(path, node) for path in PURE for node in ast.walk(tree_of(path)) if isinstance(node, waiting)
    ]
    assert found == []


def test_the_search_finds_what_it_forbids(tmp_path: Path) -> None:
    guilty = tmp_path / "guilty.py"
    guilty.write_text("import random\nfrom datetime import datetime\nNOW = datetime.now()\n")
    assert [found.rpartition(" ")[2] for found in _strangers(guilty, STANDARD)] == ["random"]
    calls = [dotted(node.func) for node in ast.walk(tree_of(guilty)) if isinstance(node, ast.Call)]
    assert calls == ["datetime.now"]


def _evolves() -> Iterator[tuple[Path, Function]]:
    for path in DOMAIN:
        for function in functions_of(path):
            if function.name == "evolve":
                yield path, function


def _forgets_nothing(evolve: Function) -> bool:
    """Its last statement matches the event and its last case is `case _: assert_never(...)`."""
    last = evolve.body[-1]
    if not isinstance(last, ast.Match):
        return False
    case = last.cases[-1]
    matches_all = (
        isinstance(case.pattern, ast.MatchAs) and case.pattern.pattern is None and case.guard is None
    )
    first = case.body[0]
    calls = isinstance(first, ast.Expr) and isinstance(first.value, ast.Call)
    return matches_all and calls and dotted(first.value.func) == "assert_never"  # type: ignore[attr-defined]


def _one_event(evolve: Function) -> bool:
    """It folds a single type of event, named in its signature: nothing is left to forget."""
    note = evolve.args.args[1].annotation
    if isinstance(note, ast.Attribute):
        return True
    found = _alias(note.id, evolve) if isinstance(note, ast.Name) else None
    return isinstance(found, ast.Attribute)


_HOME = {id(function): path for path in DOMAIN for function in functions_of(path)}


def _alias(name: str, function: Function) -> ast.expr | None:
    """What a type alias of the function's module stands for."""
    for node in tree_of(_HOME[id(function)]).body:
        if isinstance(node, ast.AnnAssign) and dotted(node.target) == name:
            return node.value
    return None


@pytest.mark.parametrize(("path", "evolve"), list(_evolves()), ids=lambda one: getattr(one, "stem", ""))
def test_evolve_forgets_no_event_and_refuses_none(path: Path, evolve: Function) -> None:
    assert _forgets_nothing(evolve) or _one_event(evolve), (
        f"{place(path, evolve)}: expected a match whose last row is `case _: assert_never(event)`; found another"
        " end; then mypy would not see a forgotten event"
    )
    assert not [node for node in ast.walk(evolve) if isinstance(node, ast.Raise)], "evolve never refuses"


def test_a_table_of_several_commands_ends_with_a_refusal() -> None:
    """`match command, state` ends in `case _: raise`. A table of states alone is complete where mypy finds it so."""
    tables = [
        (place(path, table), table.cases[-1])
        for path in DOMAIN
        for function in functions_of(path)
        if function.name == "decide"
        for table in body_of(function)
        if isinstance(table, ast.Match) and isinstance(table.subject, ast.Tuple)
    ]
    assert len(tables) >= 8
    open_ended = [
        where
        for where, last in tables
        if isinstance(last.pattern, ast.MatchAs)
        and last.pattern.pattern is None
        and isinstance(last.body[-1], ast.Raise)
    ]
    assert open_ended == [where for where, _ in tables]


def test_there_is_something_to_look_at() -> None:
    assert len(list(_evolves())) >= 15 and len(EVENTS) >= 8
    assert (ROOT / "backend/domain/tasks/lease.py") in DOMAIN
