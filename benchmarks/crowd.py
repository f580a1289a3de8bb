"""Who pulls and from where: lanes with requirements of their own, and people of whom each holds a few of them.

Projects and lanes are made by the use cases that always make them. People are written straight into the read tables:
2,000 invitations would only tell how fast invitations are.
"""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median
from typing import Any
from uuid import UUID

import asyncpg

from backend.domain.access.policy import Subject
from backend.events.ids import PrincipalId, ProjectId, RequestId, SkillId, TenantId, uuid7
from backend.events.projects import Conditions
from backend.readmodels import holdings, projects
from backend.usecases.lanes import Wanted, lanes_for
from backend.usecases.perform import Perform, system_caller
from backend.usecases.projects.projects import project_create
from backend.usecases.work import Answer, Caller, Meta, Work
from backend.wiring import FIRST_TENANT
from benchmarks.place import Place

LANES_PER_PROJECT = 200
LANES_PER_PERSON = 42
TOKENS_PER_PERSON = 5
# Whoever draws a high level has those below it too, so a little less is aimed at.
TOKENS_AIMED_AT = 4
LEVELS = 4
LEASES_MAX = 32_000
SEED = 4
PLAN = {"gold_share": 0.0, "review_rate": 0.0}

PERSON = """
INSERT INTO person (tenant, annotator, status, roles, tokens, open_leases_max, invited_at, status_since, activated_at)
SELECT $1, unnest($2::uuid[]), 'active', '{annotator}', '{}', $3, $4, $4, $4
"""


@dataclass(frozen=True, slots=True)
class Lane:
    """A lane with tasks, and its project."""

    lane: UUID
    project: UUID


@dataclass(frozen=True, slots=True)
class Crowd:
    """The tenant, its lanes that get tasks, its people, and how many lanes serve the person in the middle."""

    tenant: TenantId
    lanes: Sequence[Lane]
    people: Sequence[UUID]
    lanes_median: float

    def caller(self, person: UUID) -> Caller:
        """This person, signed in."""
        about = PrincipalId(person)
        subject = Subject(kind="annotator", id=about, tenant=self.tenant, roles=frozenset({"annotator"}))
        return Caller(self.tenant, subject)


def meta(operation: str) -> Meta:
    """What the edge would know of a request, without an address: that of a benchmark is nobody's."""
    return Meta(RequestId(uuid7(0, random.randbytes(10))), operation)


async def lanes_open(work: Work, *, project: UUID, wanted: Sequence[Wanted]) -> Answer:
    """Open these lanes of a project, through the same call by which tasks open them."""
    work.require("project:update")
    (row,) = await projects.find(work.conn, work.tenant, [project])
    ids = await lanes_for(work, row, wanted)
    return Answer({"lanes": [ids[one] for one in wanted]})


async def gather(place: Place, database: str, lanes: int, people: int) -> Crowd:
    """So many lanes and people in this database: a median of about 42 lanes for each person, whatever the sizes."""
    skills = max(1, round(lanes * TOKENS_PER_PERSON / LANES_PER_PERSON / LEVELS))
    tokens = [f"skill:{UUID(int=skill + 1)}:{n}" for skill in range(skills) for n in range(1, LEVELS + 1)]
    async with place.performing(database) as perform:
        opened = await _lanes(perform, lanes, tokens)
    languages = {f"language:{n}" for n in range(1 + lanes // len(tokens))}
    held = _held(people, skills)
    conn = await asyncpg.connect(place.owner_dsn(database))
    try:
        await _people(conn, held, languages)
    finally:
        await conn.close()
    lanes_of = Counter(tokens[n % len(tokens)] for n in range(lanes))
    return Crowd(
        FIRST_TENANT,
        opened,
        list(held),
        median(sum(lanes_of[token] for token in mine) for mine in held.values()),
    )


async def _lanes(perform: Perform, lanes: int, tokens: Sequence[str]) -> list[Lane]:
    """Lane n asks for token n, in turn; the three lanes that every project has stay empty."""
    system = system_caller(FIRST_TENANT)
    opened: list[Lane] = []
    while len(opened) < lanes:
        here = range(len(opened), min(lanes, len(opened) + LANES_PER_PROJECT))
        given: dict[str, Any] = {"name": f"bench {len(opened)}", "skill": "bench", "plan": dict(PLAN)}
        given |= {"agreements": (), "courses": ()}
        made = (await perform(project_create, system, meta("project_create"), **given)).body
        needs = [Conditions(all_of=(tokens[n % len(tokens)], f"language:{n // len(tokens)}")) for n in here]
        wanted = [Wanted("annotate", "annotate", needs=one) for one in needs]
        answer = await perform(
            lanes_open, system, meta("lanes_open"), project=ProjectId(made["id"]), wanted=wanted
        )
        opened += [Lane(lane, made["id"]) for lane in answer.body["lanes"]]
    return opened


def _held(people: int, skills: int) -> dict[UUID, set[str]]:
    """Person -> skills at levels, whoever has a level has those below it: few for most, many for some."""
    chance = random.Random(SEED)
    held = {}
    for n in range(people):
        person = uuid7(1_700_000_000_000 + n, chance.randbytes(10))
        target = min(skills * LEVELS, max(1, round(TOKENS_AIMED_AT * chance.lognormvariate(0, 0.5))))
        mine: set[str] = set()
        while len(mine) < target:
            skill, level = SkillId(UUID(int=chance.randrange(skills) + 1)), chance.randint(1, LEVELS)
            mine |= {f"skill:{skill}:{one}" for one in range(1, level + 1)}
        held[person] = mine
    return held


async def _people(conn: asyncpg.Connection, held: dict[UUID, set[str]], languages: set[str]) -> None:
    now = datetime.now(UTC)
    await conn.execute(PERSON, FIRST_TENANT, list(held), LEASES_MAX, now)
    rows = [
        (person, token, "person", None)
        for person, tokens in held.items()
        for token in {"role:annotator", *tokens, *languages}
    ]
    await holdings.grant(conn, FIRST_TENANT, rows)
    await conn.execute("ANALYZE person; ANALYZE holding")
