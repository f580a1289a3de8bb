"""Careers in which every step of a person's, a vendor's and a compliance record's life happens once."""

from datetime import timedelta

from backend.usecases.work import Caller
from backend.usecases.workforce import compliance, inviting, screening, standing, vendors
from tests.support import people as way
from tests.support.world import World


async def careers(world: World, here: str = "") -> None:
    """Everything that can happen to somebody's standing happens; afterwards some are paused, suspended or gone."""
    works, other = await way.vendor(world, f"{here}works"), await way.vendor(world, f"{here}other")
    night = await way.team(world, f"{here}night", works)
    await way.manager_of(world, works, night)
    soon = await way.in_days(world, 1)
    about = {"kind": "iso27001", "evidence": "number 12"}
    first = await world.act(compliance.compliance_record, **about, vendor=works, annotator=None, until=None)
    await world.act(compliance.compliance_record, **about, vendor=other, annotator=None, until=soon)
    people = [await way.join(world, f"{here}w{n}", vendor=works) for n in range(4)]
    own = await way.join(world, f"{here}own", team=night)
    await world.act(compliance.compliance_record, **about, vendor=None, annotator=own.subject.id, until=None)
    await _standing(world, people)
    await world.act(vendors.vendor_suspend, vendor=works, reason="breach")
    await world.act(vendors.vendor_reinstate, vendor=works, reason="settled")
    for person, where in ((people[2], {"vendor": other}), (own, {"origin": "crowd"})):
        place = {"origin": None, "vendor": None, "team": None} | where
        await world.act(standing.annotator_move, annotator=person.subject.id, **place)
    await world.act(compliance.compliance_withdraw, record=first["id"], reason="forged")
    if not here:
        # There is one policy per tenant: a second time would go on in its stream.
        await _onboarding(world)
    world.clock.moved += timedelta(days=1, seconds=1)
    for sweep in (standing.annotators_resume, screening.checks_expire, compliance.compliance_expire):
        await world.system(sweep, most=100)


async def _standing(world: World, people: list[Caller]) -> None:
    """Pauses that end by time, by hand and not at all; one leaves and comes back, one is suspended for good."""
    ann, ben, cas, dee = [one.subject.id for one in people]
    until = await way.in_days(world, 0.5)
    for person, end in ((ann, until), (ben, None), (cas, None)):
        await world.act(standing.annotator_pause, annotator=person, reason="on leave", until=end)
    await world.act(standing.annotator_pause, annotator=cas, reason="longer", until=until)
    await world.act(standing.annotator_suspend, annotator=cas, reason="looking into it")
    await world.act(standing.annotator_reinstate, annotator=cas, reason="nothing found")
    await world.act(standing.annotator_resume, annotator=ben, reason="back")
    await world.act(standing.annotator_offboard, annotator=ben, reason="left")
    await way.claim(world, await world.act(inviting.annotator_reinvite, annotator=ben))
    await world.act(standing.annotator_offboard, annotator=dee, reason="left for good")


async def _onboarding(world: World) -> None:
    """The tenant asks for a check and an approval for a while; one check is failed, one runs out."""
    await way.ask(world, checks=("identity",), approval=True)
    ann = await way.join(world, "onboarded")
    waiting = await way.invite(world, "screened")
    soon = await way.in_days(world, 0.5)
    for person, passed in ((ann.subject.id, True), (waiting["id"], False), (waiting["id"], True)):
        said = {"kind": "identity", "passed": passed, "evidence": "seen", "until": soon}
        await world.act(screening.annotator_check_record, annotator=person, **said)
    for person in (ann.subject.id, waiting["id"]):
        await world.act(screening.annotator_screen, annotator=person, reason="met them")
    await way.ask(world)
