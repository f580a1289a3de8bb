"""Every refusal has its place in HTTP, and every code that can be raised is documented."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args
from uuid import UUID

import pytest
from pydantic_core import from_json

from backend.api.catalogue import CODES
from backend.api.problems import problem, told
from backend.domain.errors import Kind, Refusal

BACKEND = Path(__file__).parents[2] / "backend"
# Calls whose argument at this place is a code.
CODE_AT = {"Refusal": 1, "in_range": 0, "one_of": 0, "malformed": 0, "BadBody": 0, "Unauthenticated": 0}


def _codes(node: ast.expr) -> Iterator[str]:
    """Regular expressions of the codes that an expression can be; nothing for what is passed through."""
    match node:
        case ast.Constant(value=str(code)):
            yield re.escape(code)
        case ast.IfExp(body=yes, orelse=no):
            yield from _codes(yes)
            yield from _codes(no)
        case ast.JoinedStr(values=parts):
            yield "".join(
                re.escape(str(part.value)) if isinstance(part, ast.Constant) else ".+" for part in parts
            )


def _raised() -> Iterator[tuple[str, str]]:
    for file in sorted(BACKEND.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Call):
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                place = CODE_AT.get(name)
                if place is not None and len(node.args) > place:
                    yield from ((file.name, code) for code in _codes(node.args[place]))


def _refusal(kind: Kind, code: str = "some_code", **extra: object) -> Refusal:
    return Refusal(kind, code, expected="a", found="b", mend="c", extra=extra)


def test_every_code_that_can_be_raised_is_documented() -> None:
    found = list(_raised())
    assert len(found) > 50
    missing = {(file, code) for file, code in found if not any(re.fullmatch(code, known) for known in CODES)}
    assert missing == set(), "describe them in the catalogue"


@pytest.mark.parametrize(
    ("kind", "status", "action"),
    [
        ("not_found", 404, "stop"),
        ("forbidden", 403, "ask a person"),
        ("conflict", 409, "stop"),
        ("invalid", 422, "fix and resend"),
        ("stale", 412, "fix and resend"),
        ("unavailable", 503, "retry"),
    ],
)
def test_a_kind_has_its_status_and_usual_action(kind: Kind, status: int, action: str) -> None:
    assert (told(kind, "some_code").status, told(kind, "some_code").action) == (status, action)


def test_every_kind_is_known_to_the_edge() -> None:
    assert {told(kind, "x").status for kind in get_args(Kind)} == {404, 403, 409, 422, 412, 503}


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("unauthenticated", 401),
        ("key_expired", 401),
        ("key_revoked", 401),
        ("key_malformed", 401),
        ("idempotency_key_required", 400),
        ("idempotency_mismatch", 422),
        ("precondition_required", 428),
        ("body_not_json", 400),
        ("body_invalid", 422),
        ("body_too_large", 413),
        ("body_wrong_type", 415),
        ("method_not_allowed", 405),
        ("internal_error", 500),
    ],
)
def test_some_codes_have_a_status_of_their_own(code: str, status: int) -> None:
    assert told("invalid", code).status == status


def test_a_wait_that_the_refusal_names_is_the_one_in_the_header() -> None:
    _, headers, _ = problem(_refusal("unavailable", retry_after_s=2.6), UUID(int=1))
    assert (b"retry-after", b"3") in headers


def test_what_a_refusal_adds_never_hides_what_a_problem_must_say() -> None:
    lost = _refusal("conflict", "lease_lost")
    lost.extra.update(code="x", status=1, request_id=2)
    _, _, body = problem(lost, UUID(int=1))
    told_body = from_json(body)
    assert (told_body["code"], told_body["status"]) == ("lease_lost", 409)
    assert told_body["request_id"] == str(UUID(int=1))


def test_each_description_is_one_sentence_of_its_own() -> None:
    texts = [known.says for known in CODES.values()]
    assert all(text.endswith(".") and "\n" not in text for text in texts)
