"""Keys: issued once, revoked for good."""

from dataclasses import replace

from backend.domain.access.key import KEY, CreateKey, RevokeKey
from backend.events import access as ev
from backend.events.ids import VendorId
from tests.domain.facts import KEY_A, NOON, USER_A, uid
from tests.domain.gwt import given

CREATE = CreateKey(
    key=KEY_A,
    principal=USER_A,
    principal_kind="user",
    roles=("manager",),
    scopes=("*",),
    fingerprint=b"f",
    expires_at=NOON,
)
CREATED = ev.KeyCreated(
    key=KEY_A,
    principal=USER_A,
    principal_kind="user",
    roles=("manager",),
    scopes=("*",),
    fingerprint=b"f",
    expires_at=NOON,
    vendor=None,
    team=None,
)
REVOKE = RevokeKey(reason="lost")


def test_a_key_is_issued_once() -> None:
    given(KEY).when(CREATE).then(CREATED)
    given(KEY, CREATED).when(CREATE).then()
    given(KEY, CREATED).when(replace(CREATE, fingerprint=b"g")).then_refused("not_now", "conflict")


def test_a_key_has_known_roles_and_a_known_kind() -> None:
    given(KEY).when(replace(CREATE, roles=("wizard",))).then_refused("role_unknown", "invalid")
    given(KEY).when(replace(CREATE, principal_kind="ghost")).then_refused("principal_kind_unknown", "invalid")


def test_the_key_of_a_vendor_manager_names_the_vendor() -> None:
    manages = replace(CREATE, roles=("vendor_manager",))
    given(KEY).when(manages).then_refused("vendor_required", "invalid")
    vendor = VendorId(uid(91))
    created = replace(CREATED, roles=("vendor_manager",), vendor=vendor)
    given(KEY).when(replace(manages, vendor=vendor)).then(created)


def test_a_revoked_key_stays_revoked() -> None:
    given(KEY, CREATED).when(REVOKE).then(ev.KeyRevoked(key=KEY_A, reason="lost"))
    given(KEY, CREATED).after(REVOKE).when(REVOKE).then()
    given(KEY, CREATED).after(REVOKE).when(CREATE).then_refused("not_now", "conflict")


def test_a_key_that_was_never_issued_is_not_found() -> None:
    given(KEY).when(REVOKE).then_refused("not_found", "not_found")
