"""Northlight comes in: its own manager brings a list of people, and by nine each of them stands somewhere else."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from backend.demo import northlight as it
from backend.demo.northlight import Hours, Member
from backend.reenact.client import Caller, Json, Wire
from backend.reenact.keys import Keys
from backend.reenact.together import each

AT_ONCE = 4
PLAN = {"overlap": 2, "gold_share": 0, "review_rate": 0}
CERTIFIED, CERTIFIED_DAYS = "iso27001", 28
WORKDAYS = range(5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """Northlight as it was set up: who speaks, and what was made, by its title or name."""

    admin: Caller
    manager: Caller
    keys: Keys
    vendor: str
    agreements: dict[str, Json]
    courses: dict[str, Json]
    projects: dict[str, Json]
    people: dict[str, Caller] = field(default_factory=dict)


async def load_vendor(wire: Wire, admin: Caller, keys: Keys) -> None:
    """Set Northlight up unless it is there; what broke off half-way goes on where it was.

    Raises ApiProblem or Unreachable.
    """
    if await _is_loaded(admin):
        return
    office = await _set_up(wire, admin, lambda *meant: keys("northlight", *meant))
    await _ask(office)
    rows = await office.manager.post("/v1/annotators/import", {"csv": it.roster()}, office.keys("import"))
    ids = {one.handle: row["id"] for one, row in zip(it.MEMBERS, rows["rows"], strict=True)}
    here = [one for one in it.MEMBERS if one.claims]
    await each(here, AT_ONCE, lambda one: _join(wire, office, one, ids[one.handle]))
    await _announce(office)
    # Last of all a record that is kept for ever: by it a second start knows that everything is there.
    until = _midnight(_today() + timedelta(days=CERTIFIED_DAYS))
    evidence = {"certificate": "simulated"}
    body = {"kind": CERTIFIED, "vendor": office.vendor, "evidence": evidence, "until": until}
    await admin.post("/v1/compliance", body, office.keys("compliance", until))


async def _is_loaded(admin: Caller) -> bool:
    """Whether the vendor is there with its record, be it in force or not."""
    async for vendor in admin.pages("/v1/vendors"):
        if vendor["name"] == it.VENDOR:
            records = await admin.get(f"/v1/compliance?vendor={vendor['id']}&ended=true")
            return any(record["kind"] == CERTIFIED for record in records["data"])
    return False


async def _set_up(wire: Wire, admin: Caller, keys: Keys) -> Office:
    """The vendor with a team and a manager of its own; agreements, courses, projects with their letters."""

    async def made(path: str, many: dict[str, Json], named: str = "title") -> dict[str, Json]:
        return {
            name: await admin.post(path, {named: name, **about}, keys(path, name))
            for name, about in many.items()
        }

    vendor = (await admin.post("/v1/vendors", {"name": it.VENDOR}, keys("vendor")))["id"]
    await admin.post("/v1/teams", {"name": it.TEAM, "vendor": vendor}, keys("team"))
    wanted = {"kind": "user", "roles": ["vendor_manager"], "vendor": vendor}
    manager = await admin.post("/v1/keys", wanted, keys("manager"))
    return Office(
        admin=admin,
        manager=wire.as_principal(manager["key"]),
        keys=keys,
        vendor=vendor,
        agreements=await made("/v1/agreements", it.AGREEMENTS),
        courses=await made("/v1/courses", it.COURSES),
        projects=await made(
            "/v1/projects", {name: {"skill": it.SKILL, "plan": PLAN} for name in it.PROJECTS}, "name"
        ),
    )


async def _ask(office: Office) -> None:
    """Both projects are for Northlight alone; complaints ask for more. Then the letters come."""
    ours = {"vendor": office.vendor}
    courses = {title: course["id"] for title, course in office.courses.items()}
    one_of = [{"agreement": agreement["id"]} for agreement in office.agreements.values()]
    skill = office.projects[it.COMPLAINTS]["skill"]["id"]
    asked = {
        it.LETTERS: ([courses[it.INTRODUCTION]], [ours]),
        it.COMPLAINTS: (list(courses.values()), [ours, {"skill": skill, "level_min": it.LEVEL_MIN}]),
    }
    for name, (learned, met) in asked.items():
        where = f"/v1/projects/{office.projects[name]['id']}"
        body = {"agreements": [], "courses": learned, "conditions": {"all": met, "any": [one_of]}}
        await office.admin.put(f"{where}/requirements", body)
        items = [
            {"external_key": f"{n:02}", "payload": {"text": text}} for n, text in enumerate(it.PROJECTS[name])
        ]
        await office.admin.post(f"{where}/items", {"items": items}, office.keys("items", name))


async def _join(wire: Wire, office: Office, who: Member, annotator: str) -> None:
    """As far as this person comes: claimed, signed, trained, trusted, at work; and where they are now."""
    keys, path = office.keys, f"/v1/annotators/{annotator}"
    # A list shows its claim tokens once. An invitation of one's own is answered again after a break.
    invited = await office.manager.post(f"{path}/reinvite", {}, keys(who.handle, "invite"))
    claim = {"claim_token": invited["claim_token"]}
    claimed = await wire.as_principal(None).post("/v1/annotators/claim", claim, keys(who.handle, "claim"))
    me = office.people[who.handle] = wire.as_principal(claimed["key"])
    await _prepare(office, who, me)
    if who.level:
        body = {"level": who.level, "reason": "two years of letters elsewhere (simulated)"}
        skill = office.projects[it.LETTERS]["skill"]["id"]
        await office.admin.post(f"{path}/skills/{skill}/grant", body, keys(who.handle, "grant"))
    if who.hours:
        await office.manager.put(f"{path}/schedule", _schedule(who.hours))
    if who.answers:
        await _answer(office, who, me)
    if who.paused:
        until = _midnight(_next_monday())
        body = {"reason": "on leave (simulated)", "until": until}
        await office.manager.post(f"{path}/pause", body, keys(who.handle, "pause", until))


async def _prepare(office: Office, who: Member, me: Caller) -> None:
    """Sign and pass what this person signs and passes."""
    if who.signed:
        where = f"/v1/agreements/{office.agreements[who.signed]['id']}"
        shown = await me.get(where)
        body = {"version": shown["version"], "sha256": shown["sha256"], "typed_name": who.name}
        await me.post(f"{where}/sign", body, office.keys(who.handle, "sign"))
    for title in who.passed:
        course = office.courses[title]
        body = {"version": course["version"], "answers": [it.RIGHT]}
        await me.post(f"/v1/courses/{course['id']}/attempts", body, office.keys(who.handle, title))


async def _answer(office: Office, who: Member, me: Caller) -> None:
    """Pull once, and answer what comes."""
    body = {"project": office.projects[it.LETTERS]["id"], "max": who.answers}
    pulled = await me.post("/v1/leases/pull", body, office.keys(who.handle, "pull"))
    for lease in pulled["leases"]:
        # Met again after a break: what was answered then shows no payload now.
        if lease["payload"] is not None:
            body = {"answer": who.answer(lease["payload"]["text"]), "client_seconds": it.SECONDS}
            key = office.keys(who.handle, "submit", lease["id"])
            await me.post(f"/v1/leases/{lease['id']}/submit", body, key)


async def _announce(office: Office) -> None:
    """The manager tells all of Northlight something; not everybody reads it."""
    body = {**it.NEWS, "audience": "vendor", "about": office.vendor}
    told = await office.manager.post("/v1/announcements", body, office.keys("announce"))
    for who in it.MEMBERS:
        if who.reads:
            path = f"/v1/announcements/{told['id']}/read"
            await office.people[who.handle].post(path, {}, office.keys(who.handle, "read"))


def _schedule(hours: Hours) -> Json:
    span = {"begins": hours.begins, "ends": hours.ends}
    return {"time_zone": hours.time_zone, "hours": [{"day": day, **span} for day in WORKDAYS]}


def _today() -> date:
    return datetime.now(UTC).date()


def _next_monday() -> date:
    """Not tomorrow: on a Sunday the leave would be over before anybody sees it."""
    away = 7 - _today().weekday()
    return _today() + timedelta(days=away if away > 1 else away + 7)


def _midnight(day: date) -> str:
    """Its first moment in UTC: the same however often it is asked on one day."""
    return datetime.combine(day, time(), UTC).isoformat()
