"""Signatures: only the bytes in force can be signed."""

import pytest

from backend.domain.workforce.signature import SIGNATURE, Sign
from backend.events import workforce as ev
from tests.domain.facts import ADA, AGREEMENT_A, HIDDEN
from tests.domain.gwt import given


def sign(version: int, sha: str, current: tuple[int, str]) -> Sign:
    return Sign(
        agreement=AGREEMENT_A,
        version=version,
        sha256=sha,
        current_version=current[0],
        current_sha256=current[1],
        annotator=ADA,
        typed_name=HIDDEN,
        address=HIDDEN,
        auth_method="api_key",
    )


def signed(version: int, sha: str) -> ev.AgreementSigned:
    return ev.AgreementSigned(
        agreement=AGREEMENT_A,
        version=version,
        sha256=sha,
        annotator=ADA,
        typed_name=HIDDEN,
        address=HIDDEN,
        auth_method="api_key",
    )


def test_the_version_in_force_is_signed_once() -> None:
    given(SIGNATURE).when(sign(1, "a", (1, "a"))).then(signed(1, "a"))
    given(SIGNATURE, signed(1, "a")).when(sign(1, "a", (1, "a"))).then()


def test_a_new_version_is_signed_anew() -> None:
    given(SIGNATURE, signed(1, "a")).when(sign(2, "b", (2, "b"))).then(signed(2, "b"))


@pytest.mark.parametrize(("version", "sha"), [(1, "a"), (2, "a"), (1, "b"), (3, "b")])
def test_other_bytes_than_those_in_force_cannot_be_signed(version: int, sha: str) -> None:
    refusal = given(SIGNATURE).when(sign(version, sha, (2, "b"))).then_refused("agreement_changed", "stale")
    assert refusal.extra == {"current_version": 2, "current_sha256": "b"}
