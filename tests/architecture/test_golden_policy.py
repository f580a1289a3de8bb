"""Who may do what, committed: the policy's whole table, and which roles can reach each use case."""

from pathlib import Path

import pytest

from backend.domain.access.policy import TABLE, matrix
from tests.architecture.test_who_may import USECASES, actions_of
from tests.support.golden import same_as_golden

GOLDEN = Path(__file__).parent / "golden"


def test_the_policy_is_the_committed_one() -> None:
    rows = [
        f"{role:13} {action:22} {'yes' if allowed else 'no ':3} {rule}"
        for role, action, allowed, rule in matrix()
    ]
    same_as_golden(GOLDEN / "policy_matrix.txt", "\n".join(rows) + "\n")


def test_each_use_case_is_open_to_the_committed_roles() -> None:
    rows = []
    for name, (_, function) in sorted(USECASES.items()):
        for action in actions_of(function):
            reach = {role: table[action] for role, table in sorted(TABLE.items()) if action in table}
            told = ", ".join(role if how == "any" else f"{role} (own)" for role, how in reach.items())
            rows.append(f"{name:27} {action:22} {told}")
    same_as_golden(GOLDEN / "use_cases.txt", "\n".join(rows) + "\n")


def test_a_difference_fails_and_says_which_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WRITE_GOLDEN", raising=False)
    (tmp_path / "kept.txt").write_text("auditor no\n")
    with pytest.raises(pytest.fail.Exception, match=r"-auditor no\n\+auditor yes"):
        same_as_golden(tmp_path / "kept.txt", "auditor yes\n")
    assert (tmp_path / "kept.txt").read_text() == "auditor no\n"
