"""A use case starts with who may: its first statement asks the policy, before anything is read."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.api.routes import ROUTES
from backend.domain.access.policy import ACTIONS
from backend.workers.jobs import KINDS
from tests.architecture.code import Function, body_of, dotted, functions_of, place, python_files

READS_FIRST = {
    "late_answer_get": "only the row says whose answer it is; without one nobody is its owner and the policy decides",
}
"""Use cases that may read before they ask, each with its reason. The question still comes before any answer."""
FILES = python_files("backend/usecases")


def is_usecase(function: Function) -> bool:
    """A public coroutine of Work, keyword arguments and an Answer: what Perform may run. Helpers differ in one."""
    arguments = function.args
    positional = [*arguments.posonlyargs, *arguments.args]
    return (
        isinstance(function, ast.AsyncFunctionDef)
        and not function.name.startswith("_")
        and [dotted(one.annotation) if one.annotation else "" for one in positional] == ["Work"]
        and function.returns is not None
        and dotted(function.returns) == "Answer"
    )


def usecases() -> Iterator[tuple[Path, Function]]:
    for path in FILES:
        for function in functions_of(path):
            if is_usecase(function):
                yield path, function


def asked(statement: ast.stmt) -> str | None:
    """The action of a statement `work.require("resource:verb", ...)`, else None."""
    call = statement.value if isinstance(statement, ast.Expr) else None
    if not isinstance(call, ast.Call) or dotted(call.func) != "work.require" or not call.args:
        return None
    first = call.args[0]
    return str(first.value) if isinstance(first, ast.Constant) else None


def actions_of(function: Function) -> list[str]:
    """Every action that the use case itself asks for, in order."""
    return [action for statement in body_of(function) if (action := asked(statement)) is not None]


def _module(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[len(parts) - 1 - parts[::-1].index("backend") :])


USECASES = {function.name: (path, function) for path, function in usecases()}


@pytest.mark.parametrize("name", sorted(set(USECASES) - set(READS_FIRST)))
def test_a_use_case_asks_who_may_before_anything_else(name: str) -> None:
    path, function = USECASES[name]
    first = body_of(function)[0]
    assert asked(first), (
        f"{place(path, first)}: expected `work.require(...)` as the first statement of {name};"
        f" found `{ast.unparse(first).splitlines()[0]}`; ask first, then read"
    )


@pytest.mark.parametrize("name", sorted(READS_FIRST))
def test_a_use_case_that_reads_first_still_asks_before_it_answers(name: str) -> None:
    _, function = USECASES[name]
    body = body_of(function)
    place_of_question = next(n for n, statement in enumerate(body) if asked(statement))
    before = [node for statement in body[:place_of_question] for node in ast.walk(statement)]
    assert place_of_question > 0, f"{name} asks at once: take it off the list"
    assert not [node for node in before if isinstance(node, (ast.Return, ast.Raise))]


def test_every_action_that_is_asked_for_is_in_the_policy_and_every_action_is_asked_for() -> None:
    wanted = {action for _, function in USECASES.values() for action in actions_of(function)}
    assert wanted == set(ACTIONS)


def test_everything_that_can_be_called_from_outside_is_a_use_case() -> None:
    called = {route.usecase for route in ROUTES} | {usecase for usecase, _ in KINDS.values()}
    names = {usecase.__name__ for usecase in called}
    assert names <= set(USECASES)
    modules = {usecase.__name__: str(usecase.__module__) for usecase in called}
    homes = {name: _module(USECASES[name][0]) for name in names}
    assert modules == homes


def test_a_use_case_has_one_home() -> None:
    names = [function.name for _, function in usecases()]
    assert sorted(names) == sorted(set(names))
