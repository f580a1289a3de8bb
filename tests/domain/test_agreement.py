"""Agreements: other bytes or other terms are another version; what is not material stops nobody."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from backend.domain.workforce.agreement import AGREEMENT, EnforceAgreement, PublishAgreement
from backend.events import agreements as ev
from tests.domain.facts import AGREEMENT_A, HIDDEN, NOON
from tests.domain.gwt import given

SOON, LATE = NOON + timedelta(days=1), NOON + timedelta(days=14)


def publish(sha: str, **terms: Any) -> PublishAgreement:
    return PublishAgreement(
        agreement=AGREEMENT_A, title="NDA", sha256=sha, text=HIDDEN, **{"now": NOON} | terms
    )


def published(version: int, sha: str, **terms: Any) -> ev.AgreementPublished:
    plain: dict[str, Any] = {
        "language": "und",
        "texts": (),
        "material": True,
        "effective_at": None,
        "resign_by": None,
        "scope": "project",
        "data_class": None,
        "valid_days": None,
        "countersigned": False,
    }
    return ev.AgreementPublished(
        agreement=AGREEMENT_A, version=version, title="NDA", sha256=sha, text=HIDDEN, **plain | terms
    )


def german(sha: str) -> ev.AgreementText:
    return ev.AgreementText(language="de", sha256=sha, text=HIDDEN)


def enforce(version: int, now: datetime = NOON) -> EnforceAgreement:
    return EnforceAgreement(agreement=AGREEMENT_A, version=version, now=now)


def test_versions_count_from_one() -> None:
    given(AGREEMENT).when(publish("a")).then(published(1, "a"))
    given(AGREEMENT, published(1, "a")).when(publish("b")).then(published(2, "b"))


def test_the_same_bytes_are_no_new_version() -> None:
    given(AGREEMENT, published(1, "a")).when(publish("a")).then()


def test_going_back_to_earlier_bytes_is_a_new_version() -> None:
    given(AGREEMENT, published(1, "a"), published(2, "b")).when(publish("a")).then(published(3, "a"))


def test_the_same_bytes_sent_again_without_terms_stop_nobody() -> None:
    past = published(1, "a"), published(2, "b", resign_by=LATE)
    given(AGREEMENT, *past).when(publish("b")).then()


def test_the_same_bytes_under_other_terms_are_a_new_version() -> None:
    past = published(1, "a"), published(2, "b", resign_by=SOON)
    given(AGREEMENT, *past).when(publish("b", resign_by=LATE)).then(published(3, "b", resign_by=LATE))


def test_another_language_is_a_new_version() -> None:
    texts = (german("x"),)
    given(AGREEMENT, published(1, "a")).when(publish("a", texts=texts, material=False)).then(
        published(2, "a", texts=texts, material=False)
    )


def test_the_first_version_is_material_whatever_is_said() -> None:
    given(AGREEMENT).when(publish("a", material=False)).then(published(1, "a"))
    given(AGREEMENT, published(1, "a")).when(publish("a", material=False)).then()


def test_what_is_left_out_stays_as_it_was() -> None:
    first = published(1, "a", scope="data_class", data_class="health", valid_days=365, countersigned=True)
    same = {"scope": "data_class", "data_class": "health", "valid_days": 365, "countersigned": True}
    given(AGREEMENT, first).when(publish("b")).then(published(2, "b", **same))
    given(AGREEMENT, first).when(publish("b", scope="tenant", valid_days=0, countersigned=False)).then(
        published(2, "b", scope="tenant")
    )


@pytest.mark.parametrize(
    ("field", "terms"),
    [
        ("scope", {"scope": "world"}),
        ("data_class", {"scope": "data_class"}),
        ("data_class", {"data_class": "health"}),
        ("texts", {"language": "de", "texts": (german("x"),)}),
        ("effective_at", {"effective_at": NOON - timedelta(seconds=1)}),
        ("resign_by", {"resign_by": NOON - timedelta(seconds=1)}),
        ("resign_by", {"effective_at": LATE, "resign_by": SOON}),
        ("valid_days", {"valid_days": 36_501}),
        ("valid_days", {"valid_days": -1}),
        ("resign_by", {"material": False, "resign_by": LATE}),
        ("scope", {"material": False, "scope": "tenant"}),
    ],
)
def test_terms_that_contradict_each_other_are_refused(field: str, terms: dict[str, Any]) -> None:
    refusal = (
        given(AGREEMENT, published(1, "a")).when(publish("b", **terms)).then_refused("agreement_invalid")
    )
    assert (refusal.kind, refusal.extra["field"]) == ("invalid", field)


def test_a_version_is_enforced_once_and_not_before_its_deadline() -> None:
    past = given(AGREEMENT, published(1, "a"), published(2, "b", effective_at=SOON, resign_by=LATE))
    past.when(enforce(2, SOON)).then()
    past.when(enforce(2, LATE)).then(ev.AgreementEnforced(agreement=AGREEMENT_A, version=2))
    past.after(enforce(2, LATE)).when(enforce(2, LATE)).then()


def test_what_is_not_material_is_never_enforced() -> None:
    given(AGREEMENT, published(1, "a"), published(2, "b", material=False)).when(enforce(2)).then()


def test_only_a_version_that_exists_can_be_enforced() -> None:
    given(AGREEMENT).when(enforce(1)).then_refused("not_found")
    given(AGREEMENT, published(1, "a")).when(enforce(2)).then_refused("not_found")
