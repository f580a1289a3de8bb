"""Vendors, teams and compliance records: made once, stopped and reinstated, ended once."""

from dataclasses import replace

from backend.domain.workforce.compliance import (
    COMPLIANCE,
    ExpireCompliance,
    RecordCompliance,
    WithdrawCompliance,
)
from backend.domain.workforce.team import TEAM, CreateTeam
from backend.domain.workforce.vendor import VENDOR, RegisterVendor, ReinstateVendor, SuspendVendor
from backend.events import vendors as ev
from backend.events.base import Secret
from backend.events.ids import ComplianceId, TeamId, VendorId
from tests.domain.facts import ADA, HIDDEN, LATER, NOON, uid
from tests.domain.gwt import given

WORKS, NIGHT, ISO = VendorId(uid(91)), TeamId(uid(92)), ComplianceId(uid(93))
REGISTER = RegisterVendor(vendor=WORKS, name=HIDDEN, name_index=b"i")
REGISTERED = ev.VendorRegistered(vendor=WORKS, name=HIDDEN, name_index=b"i")
WHY = Secret(b"why")
SUSPEND, REINSTATE = SuspendVendor(reason=WHY), ReinstateVendor(reason=WHY)
RECORD = RecordCompliance(
    record=ISO, kind="iso27001", vendor=WORKS, annotator=None, evidence=HIDDEN, until=LATER, now=NOON
)
RECORDED = ev.ComplianceRecorded(
    record=ISO, kind="iso27001", vendor=WORKS, annotator=None, evidence=HIDDEN, until=LATER
)


def test_a_vendor_is_registered_once() -> None:
    given(VENDOR).when(REGISTER).then(REGISTERED)
    given(VENDOR, REGISTERED).when(REGISTER).then()
    given(VENDOR, REGISTERED).when(replace(REGISTER, name_index=b"j")).then_refused("not_now", "conflict")


def test_a_vendor_is_suspended_and_reinstated_and_asked_twice_is_asked_once() -> None:
    known = given(VENDOR, REGISTERED)
    known.when(SUSPEND).then(ev.VendorSuspended(vendor=WORKS, reason=WHY))
    known.after(SUSPEND).when(SUSPEND).then()
    known.after(SUSPEND).when(REINSTATE).then(ev.VendorReinstated(vendor=WORKS, reason=WHY))
    known.after(SUSPEND, REINSTATE).when(REINSTATE).then()


def test_an_unknown_vendor_is_not_found() -> None:
    given(VENDOR).when(SUSPEND).then_refused("not_found", "not_found")
    given(VENDOR).when(REINSTATE).then_refused("not_found", "not_found")


def test_a_team_is_created_once() -> None:
    create = CreateTeam(team=NIGHT, name=HIDDEN, name_index=b"i", vendor=WORKS)
    created = ev.TeamCreated(team=NIGHT, name=HIDDEN, name_index=b"i", vendor=WORKS)
    given(TEAM).when(create).then(created)
    given(TEAM, created).when(create).then()
    given(TEAM, created).when(replace(create, vendor=None)).then_refused("not_now", "conflict")


def test_a_compliance_record_is_about_a_vendor_or_about_a_person() -> None:
    given(COMPLIANCE).when(RECORD).then(RECORDED)
    given(COMPLIANCE, RECORDED).when(RECORD).then()
    for wrong in (replace(RECORD, annotator=ADA), replace(RECORD, vendor=None)):
        given(COMPLIANCE).when(wrong).then_refused("compliance_subject", "invalid")
    given(COMPLIANCE).when(replace(RECORD, kind="ISO 27001")).then_refused("kind_invalid", "invalid")
    given(COMPLIANCE).when(replace(RECORD, until=NOON)).then_refused("until_past", "invalid")


def test_a_compliance_record_ends_once_by_time_or_by_withdrawal() -> None:
    known, over = given(COMPLIANCE, RECORDED), ExpireCompliance(now=LATER)
    ended = ev.ComplianceEnded(record=ISO, kind="iso27001", vendor=WORKS, annotator=None, reason=None)
    known.when(ExpireCompliance(now=NOON)).then_refused("not_now", "conflict")
    known.when(over).then(ended)
    known.when(WithdrawCompliance(reason=WHY)).then(replace(ended, reason=WHY))
    known.after(over).when(over).then()
    known.after(over).when(WithdrawCompliance(reason=WHY)).then()
    given(COMPLIANCE).when(over).then_refused("not_found", "not_found")
