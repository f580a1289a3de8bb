"""Northlight comes in: its own manager brings a list of people, and each of them stands somewhere else by nine."""

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from backend.demo import northlight as it
from backend.demo.northlight import Member
from backend.reenact.client import Caller, Json, Wire
from backend.reenact.keys import Keys
from backend.reenact.together import each

AT_ONCE = 4
CERTIFIED = "iso27001"
CERTIFIED_DAYS = 28
DAY_MINUTES = 1440
WEEKDAYS = range(5)
PLAN = {"overlap": 2, "gold_share": 0, "review_rate": 0, "escalate_below": 0}
LETTERS, COMPLAINTS = "Letters by topic (simulated workforce)", "Complaints (simulated workforce)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """Northlight as it was set up: who speaks, and ids by title; `people` are annotators by handle."""

    admin: Caller
    manager: Caller
    keys: Keys
    vendor: str
    skill: str
    letters: str
    signable: dict[str, Json]
    courses: dict[str, Json]
    people: dict[str, str]


async def load_vendor(wire: Wire, admin: Caller, keys: Keys) -> None:
    """Set Northlight up unless it is there; what broke off half-way goes on where it was.

    Raises ApiProblem or Unreachable.
    """
    if await _is_loaded(admin):
        return
    office = await _set_up(wire, admin, keys)
    await each([one for one in it.MEMBERS if one.standing != "invited"], AT_ONCE, _Join(wire, office))
    await _announce(wire, office)
    # Last of all, and kept for ever: by this a second start knows that everything is there.
    until = _midnight(CERTIFIED_DAYS)
    body = {"kind": CERTIFIED, "vendor": office.vendor, "evidence": {"certificate": "simulated"}, "until": until}
    await admin.post("/v1/compliance", body, keys("northlight", "compliance", until))
