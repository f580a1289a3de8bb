"""Signatures: only offered bytes can be signed, once; they end by time, by a later version, or by a manager."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from backend.domain.workforce.signature import (
    SIGNATURE,
    Consent,
    Countersign,
    Ending,
    Expire,
    Offered,
    Present,
    Revoke,
    Sign,
)
from backend.events import agreements as ev
from tests.domain.facts import ADA, AGREEMENT_A, HIDDEN, KEY_A, NOON, USER_A
from tests.domain.gwt import given

SOON, LATE = NOON + timedelta(days=1), NOON + timedelta(days=14)
US: dict[str, Any] = {"agreement": AGREEMENT_A, "annotator": ADA}


def offer(version: int, sha: str, language: str = "und", **worth: Any) -> Offered:
    plain = {"valid_days": None, "countersigned": False}
    return Offered(version=version, language=language, sha256=sha, **plain | worth)


V1, V2 = offer(1, "a"), offer(2, "b")
WAITS = offer(2, "b", countersigned=True)
FIRST, SECOND = Ending(version=1, at=NOON), Ending(version=2, at=LATE)


def sign(
    version: int, sha: str, *offered: Offered, now: datetime = NOON, ends: tuple[Ending, ...] = ()
) -> Sign:
    return Sign(
        **US,
        version=version,
        sha256=sha,
        offered=offered,
        endings=ends,
        typed_name=HIDDEN,
        address=HIDDEN,
        auth_method="api_key",
        credential=KEY_A,
        authenticated_at=NOON,
        now=now,
    )


def signed(version: int, sha: str, **other: Any) -> ev.AgreementSigned:
    plain = {"language": "und", "until": None, "awaits_countersigning": False}
    return ev.AgreementSigned(
        **US,
        version=version,
        sha256=sha,
        typed_name=HIDDEN,
        address=HIDDEN,
        auth_method="api_key",
        credential=KEY_A,
        authenticated_at=NOON,
        **plain | other,
    )


def expire(now: datetime, *ends: Ending) -> Expire:
    return Expire(**US, endings=ends, now=now)


def expired(version: int, superseded_by: int | None = None) -> ev.SignatureExpired:
    return ev.SignatureExpired(**US, version=version, superseded_by=superseded_by)


def countersign(version: int, now: datetime = NOON, ends: tuple[Ending, ...] = ()) -> Countersign:
    return Countersign(**US, version=version, countersigner=USER_A, typed_name=HIDDEN, endings=ends, now=now)


REVOKE = Revoke(**US, reason=HIDDEN)
COUNTERSIGNED = ev.AgreementCountersigned(**US, version=2, countersigner=USER_A, typed_name=HIDDEN)


def revoked(version: int) -> ev.SignatureRevoked:
    return ev.SignatureRevoked(**US, version=version, reason=HIDDEN)


def test_the_version_in_force_is_signed_once() -> None:
    given(SIGNATURE).when(sign(1, "a", V1)).then(signed(1, "a"))
    given(SIGNATURE, signed(1, "a")).when(sign(1, "a", V1)).then()


def test_a_new_version_is_signed_anew() -> None:
    given(SIGNATURE, signed(1, "a")).when(sign(2, "b", V2)).then(signed(2, "b"))


@pytest.mark.parametrize(("version", "sha"), [(1, "a"), (2, "a"), (1, "b"), (3, "b")])
def test_other_bytes_than_those_offered_cannot_be_signed(version: int, sha: str) -> None:
    refusal = given(SIGNATURE).when(sign(version, sha, V2)).then_refused("agreement_changed", "stale")
    assert refusal.extra == {"current_version": 2, "current_sha256": "b"}


def test_the_hash_says_which_language_was_signed() -> None:
    german = offer(1, "g", "de")
    given(SIGNATURE).when(sign(1, "g", V1, german)).then(signed(1, "g", language="de"))
    given(SIGNATURE, signed(1, "g", language="de")).when(sign(1, "a", V1, german)).then()


def test_who_signed_a_later_version_early_need_not_sign_the_one_in_force() -> None:
    given(SIGNATURE, signed(2, "b")).when(sign(1, "a", V1, V2)).then()


def test_a_version_that_a_later_one_has_ended_cannot_be_signed() -> None:
    past = Ending(version=2, at=NOON)
    given(SIGNATURE).when(sign(1, "a", V1, V2, ends=(past,))).then_refused("agreement_changed")


def test_a_signature_ends_when_its_days_are_over_and_can_then_be_given_again() -> None:
    year = offer(1, "a", valid_days=365)
    until = NOON + timedelta(days=365)
    one = given(SIGNATURE).after(sign(1, "a", year))
    assert one.past == (signed(1, "a", until=until),)
    one.when(expire(until - timedelta(microseconds=1))).then()
    one.when(expire(until)).then(expired(1))
    one.after(expire(until)).when(expire(until)).then()
    again = sign(1, "a", year, now=until)
    one.when(again).then(expired(1), signed(1, "a", until=until + timedelta(days=365)))


def test_a_later_material_version_supersedes_at_its_deadline() -> None:
    one = given(SIGNATURE, signed(1, "a"))
    one.when(expire(SOON, FIRST, SECOND)).then()
    one.when(expire(LATE, FIRST, SECOND)).then(expired(1, superseded_by=2))
    one.when(sign(2, "b", V2, now=LATE, ends=(FIRST, SECOND))).then(
        expired(1, superseded_by=2), signed(2, "b")
    )


def test_what_ends_first_is_what_is_recorded() -> None:
    one = given(SIGNATURE, signed(1, "a", until=SOON))
    one.when(expire(LATE, SECOND)).then(expired(1))
    third = Ending(version=3, at=SOON - timedelta(hours=1))
    one.when(expire(LATE, SECOND, third)).then(expired(1, superseded_by=3))


def test_who_signed_the_later_version_is_not_superseded_by_it() -> None:
    given(SIGNATURE, signed(1, "a"), signed(2, "b")).when(expire(LATE, FIRST, SECOND)).then()


def test_a_countersigned_version_counts_only_from_then_on() -> None:
    waiting = given(SIGNATURE, signed(1, "a")).after(sign(2, "b", WAITS))
    assert waiting.past[-1] == signed(2, "b", awaits_countersigning=True)
    assert [(one.version, one.awaiting) for one in waiting.state.standing] == [(1, False), (2, True)]
    waiting.when(countersign(2)).then(COUNTERSIGNED)
    done = waiting.after(countersign(2))
    assert [(one.version, one.awaiting) for one in done.state.standing] == [(2, False)]
    done.when(countersign(2)).then()


def test_only_a_standing_signature_can_be_countersigned() -> None:
    given(SIGNATURE).when(countersign(2)).then_refused("not_signed", "conflict")
    waiting = signed(2, "b", until=SOON, awaits_countersigning=True)
    given(SIGNATURE, waiting).when(countersign(2, now=SOON)).then_refused("not_signed")
    third = Ending(version=3, at=NOON)
    given(SIGNATURE, signed(2, "b")).when(countersign(2, ends=(third,))).then_refused("not_signed")


def test_nobody_countersigns_their_own_signature() -> None:
    own = Countersign(
        **US,
        version=1,
        countersigner=ADA,
        typed_name=HIDDEN,
        endings=(),
        now=NOON,  # type: ignore[arg-type]
    )
    given(SIGNATURE, signed(1, "a")).when(own).then_refused("own_signature", "forbidden")


def test_a_revoked_signature_is_gone_with_what_waits_beside_it_and_can_be_given_again() -> None:
    one = given(SIGNATURE, signed(1, "a"), signed(2, "b", awaits_countersigning=True))
    one.when(REVOKE).then(revoked(1), revoked(2))
    gone = one.after(REVOKE)
    gone.when(REVOKE).then()
    gone.when(countersign(2)).then_refused("not_signed")
    gone.when(sign(1, "a", V1)).then(signed(1, "a"))


def test_what_was_never_signed_cannot_be_revoked() -> None:
    given(SIGNATURE).when(REVOKE).then_refused("not_signed", "conflict")


def test_what_was_shown_is_recorded_once_per_text_and_again_after_a_signature_has_ended() -> None:
    shown = Present(**US, version=1, sha256="a", offered=(V1,))
    fact = ev.AgreementPresented(**US, version=1, sha256="a", language="und")
    given(SIGNATURE).when(shown).then(fact)
    given(SIGNATURE, fact).when(shown).then()
    given(SIGNATURE, fact, signed(1, "a"), revoked(1)).when(shown).then(fact)
    given(SIGNATURE).when(Present(**US, version=1, sha256="z", offered=(V1,))).then_refused(
        "agreement_changed"
    )


def test_consent_is_recorded_once_per_words_and_only_to_what_is_offered() -> None:
    agreed = Consent(**US, version=1, consent_sha256="w", offered=(V1,))
    fact = ev.AgreementConsented(**US, version=1, consent_sha256="w")
    given(SIGNATURE).when(agreed).then(fact)
    given(SIGNATURE, fact).when(agreed).then()
    given(SIGNATURE).when(Consent(**US, version=3, consent_sha256="w", offered=(V1,))).then_refused(
        "agreement_changed", "stale"
    )


def test_a_signature_with_an_end_is_renewed_in_the_last_third_of_its_time() -> None:
    month = offer(1, "a", valid_days=30)
    first = signed(1, "a", until=NOON + timedelta(days=30))
    early, late = NOON + timedelta(days=19), NOON + timedelta(days=21)
    given(SIGNATURE, first).when(sign(1, "a", month, now=early)).then()
    again = signed(1, "a", until=late + timedelta(days=30))
    given(SIGNATURE, first).when(sign(1, "a", month, now=late)).then(again)
    given(SIGNATURE, first, again).when(sign(1, "a", month, now=late)).then()
