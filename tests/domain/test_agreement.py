"""Agreements: other bytes are another version."""

from backend.domain.workforce.agreement import AGREEMENT, PublishAgreement
from backend.events import workforce as ev
from tests.domain.facts import AGREEMENT_A, HIDDEN
from tests.domain.gwt import given


def publish(sha: str) -> PublishAgreement:
    return PublishAgreement(agreement=AGREEMENT_A, title="NDA", sha256=sha, text=HIDDEN)


def published(version: int, sha: str) -> ev.AgreementPublished:
    return ev.AgreementPublished(agreement=AGREEMENT_A, version=version, title="NDA", sha256=sha, text=HIDDEN)


def test_versions_count_from_one() -> None:
    given(AGREEMENT).when(publish("a")).then(published(1, "a"))
    given(AGREEMENT, published(1, "a")).when(publish("b")).then(published(2, "b"))


def test_the_same_bytes_are_no_new_version() -> None:
    given(AGREEMENT, published(1, "a")).when(publish("a")).then()


def test_going_back_to_earlier_bytes_is_a_new_version() -> None:
    given(AGREEMENT, published(1, "a"), published(2, "b")).when(publish("a")).then(published(3, "a"))
