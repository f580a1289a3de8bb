"""Sampling periods: the disclosed key is the promised one, and never used again."""

import hashlib

from backend.domain.projects.sampling_period import SAMPLING_PERIOD, ClosePeriod, OpenPeriod
from backend.events import projects as ev
from tests.domain.facts import PROJECT_A
from tests.domain.gwt import given

SHA_1, SHA_2 = (hashlib.sha256(key).hexdigest() for key in (b"one", b"two"))
OPENED = ev.SamplingPeriodOpened(project=PROJECT_A, period=1, key_sha256=SHA_1)
CLOSED = ev.SamplingPeriodClosed(project=PROJECT_A, period=1, key_hex=b"one".hex())


def opening(sha: str) -> OpenPeriod:
    return OpenPeriod(project=PROJECT_A, key_sha256=sha)


def test_a_period_opens_with_the_hash_of_its_key() -> None:
    given(SAMPLING_PERIOD).when(opening(SHA_1)).then(OPENED)
    given(SAMPLING_PERIOD, OPENED).when(opening(SHA_1)).then()


def test_one_period_is_open_at_a_time() -> None:
    given(SAMPLING_PERIOD, OPENED).when(opening(SHA_2)).then_refused("period_open", "conflict")


def test_a_period_closes_with_the_promised_key_and_no_other() -> None:
    given(SAMPLING_PERIOD, OPENED).when(ClosePeriod(key=b"two")).then_refused("key_mismatch", "invalid")
    given(SAMPLING_PERIOD, OPENED).when(ClosePeriod(key=b"one")).then(CLOSED)
    given(SAMPLING_PERIOD, OPENED, CLOSED).when(ClosePeriod(key=b"one")).then()


def test_the_next_period_has_the_next_number() -> None:
    given(SAMPLING_PERIOD, OPENED, CLOSED).when(opening(SHA_2)).then(
        ev.SamplingPeriodOpened(project=PROJECT_A, period=2, key_sha256=SHA_2)
    )


def test_a_disclosed_key_is_never_promised_again() -> None:
    given(SAMPLING_PERIOD, OPENED, CLOSED).when(opening(SHA_1)).then_refused("key_disclosed", "invalid")
    later = given(SAMPLING_PERIOD, OPENED, CLOSED).after(opening(SHA_2), ClosePeriod(key=b"two"))
    later.when(opening(SHA_1)).then_refused("key_disclosed", "invalid")


def test_what_never_opened_does_not_close() -> None:
    given(SAMPLING_PERIOD).when(ClosePeriod(key=b"one")).then_refused("not_now", "conflict")
