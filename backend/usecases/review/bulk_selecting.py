"""Which waiting reviews one person is about to decide at once, under lock; and of each whether they may, asked as a
pull and a submit would ask."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from pydantic_core import from_json

from backend.domain.errors import Refusal
from backend.domain.projects.gold_family import since
from backend.domain.review import bulk_verdict as rules
from backend.domain.review import review as reviews_domain
from backend.domain.review.bulk_verdict import Named
from backend.readmodels import claims, gate, review_waiting, step_reviews_waiting, tasks
from backend.readmodels.review_waiting import Wanted
from backend.usecases.gates import unmet
from backend.usecases.pulse import Place
from backend.usecases.review import planting
from backend.usecases.tasks.presenting import closed
from backend.usecases.tasks.quotas import left_today
from backend.usecases.work import Work

PPM = 1_000_000
MICRO = 1_000_000
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Chosen:
    """A place in the queue (a row of review_waiting or of step_reviews_waiting) with the planted answer that
    this person is shown there instead, if any, and as work of which lane it is given."""

    row: Row
    planted: Row | None = None
    place: Place | None = None

    @property
    def subject(self) -> Row:
        """The answer that is shown and judged."""
        return self.row if self.planted is None else self.planted

    @property
    def in_step(self) -> bool:
        """Whether a review step of a workflow waits here, and no drawn answer by itself."""
        return self.row["review_step"] is not None

    @property
    def task(self) -> UUID | None:
        """The task by which a place in a step is named; None of a drawn answer, which its lease names."""
        return self.row["review_task"] if self.in_step else None

    @property
    def name(self) -> Named:
        """As it is named where it is refused."""
        return Named(*(None if one is None else str(one) for one in (self.row["lease"], self.task)))


@dataclass(frozen=True, slots=True)
class Selected:
    """Those that this person may decide, and the others with why not."""

    chosen: list[Chosen]
    refused: list[tuple[Named, Refusal]]

    def without(self, more: Iterable[tuple[Chosen, Refusal]], *, told: bool = True) -> "Selected":
        """These are refused, too; passed over, if nothing is to be `told` of them."""
        gone = list(more)
        places = {one.row["review_task"] for one, _ in gone}
        kept = [one for one in self.chosen if one.row["review_task"] not in places]
        return Selected(kept, self.refused + [(one.name, why) for one, why in gone if told])


@dataclass(frozen=True, slots=True)
class Asked:
    """By name: leases of answers, and tasks of review steps."""

    leases: Sequence[UUID] = ()
    tasks: Sequence[UUID] = ()


async def select(work: Work, project: Row, asked: Asked | None, wanted: Wanted, most: int) -> Selected:
    """Lock the named reviews, or the first that the filter means, and tell those that this person may decide from the
    others. Their row is locked, so that their pulls wait; what others are claiming is theirs."""
    person = (await claims.lock_people(work.conn, work.tenant, [work.me], work.now)).get(work.me)
    if person is None or person.status != "active":
        raise await closed(work, work.me, person.status if person else "unknown", (), "conflict")
    found = await _named(work, project, asked) if asked else await _filtered(work, project, wanted, most)
    found = found.without(await _met(work, found.chosen))
    found = await _in_lanes(work, project, person, found)
    found = found.without(await _over_quota(work, project, person, found.chosen))
    return Selected(await _with_planted(work, project, found.chosen), found.refused)


async def _filtered(work: Work, project: Row, wanted: Wanted, most: int) -> Selected:
    rows = await step_reviews_waiting.waiting(
        work.conn, work.tenant, project, wanted, most=most, reviewer=work.me
    )
    chosen = [Chosen(row) for row in rows]
    return Selected(chosen, []).without(_again(chosen), told=False)


async def _named(work: Work, project: Row, asked: Asked) -> Selected:
    """Of one's own answers nothing is said but that they are: not whether they were drawn. An answer that does not wait
    by itself may be what a review step judges; tasks are those of steps alone, so that no draw can be asked for."""
    by_task = {review_waiting.review_task(lease): lease for lease in dict.fromkeys(asked.leases)}
    own = await review_waiting.fetch(
        work.conn, review_waiting.OWN, work.tenant, list(by_task.values()), work.me
    )
    mine = {row["lease"] for row in own}
    rows = await review_waiting.fetch(
        work.conn, review_waiting.NAMED, work.tenant, sorted(by_task), project["project"]
    )
    there = {row["lease"] for row in rows} | mine
    elsewhere = [one for one in by_task.values() if one not in there]
    rows += await step_reviews_waiting.named(work.conn, work.tenant, project, asked.tasks, elsewhere)
    there |= {row["lease"] for row in rows}
    tasks_there = {row["review_task"] for row in rows}
    refused = [(Named(lease=str(one)), reviews_domain.own_work()) for one in sorted(mine)]
    gone = [Named(lease=str(one)) for one in elsewhere if one not in there]
    gone += [Named(task=str(one)) for one in dict.fromkeys(asked.tasks) if one not in tasks_there]
    refused += [(one, rules.not_waiting()) for one in gone]
    chosen = [Chosen(row) for row in rows if row["lease"] not in mine]
    return Selected(chosen, refused).without(_again(chosen))


def _again(chosen: Sequence[Chosen]) -> list[tuple[Chosen, Refusal]]:
    """Who has said a verdict in a step of an item has met the item for good: in the same act, too."""
    met: set[UUID] = set()
    again = []
    for one in chosen:
        if one.row["item"] in met:
            again.append((one, rules.already_met()))
        elif one.in_step:
            met.add(one.row["item"])
    return again


# --- whether this person may


async def _met(work: Work, chosen: Sequence[Chosen]) -> list[tuple[Chosen, Refusal]]:
    """Who answered an item, edited it in any step or declined it reviews no answer to it."""
    if not chosen:
        return []
    asked = [(work.me, one.row["item"], one.row["generation"], True) for one in chosen]
    found = await work.conn.fetch(claims.MET_PAIRS, work.tenant, *map(list, zip(*asked, strict=True)))
    return [(chosen[row["place"] - 1], rules.already_met()) for row in found]


async def _in_lanes(work: Work, project: Row, person: claims.Person, found: Selected) -> Selected:
    """What their lanes ask, as a pull asks it: requirements, rings, pauses and the load cap."""
    await work.pulse.know_lanes(work.conn, work.tenant, person.lanes_version)
    places = [one for one in work.pulse.places(work.me, person.held) if one.project == project["project"]]
    free = work.pulse.load_held(work.me, places) if work.pulse.loads.of else places
    serving = {one.lane: one for one in free}
    shut = {one.lane for one in places} - serving.keys()
    whys = {
        lane: await _why_closed(work, lane, over=lane in shut)
        for lane in {one.row["lane"] for one in found.chosen} - serving.keys()
    }
    refused = [(one, whys[one.row["lane"]]) for one in found.chosen if one.row["lane"] in whys]
    kept = found.without(refused)
    early = [(one, _not_open()) for one in kept.chosen if _too_early(work, serving, one)]
    kept = kept.without(early)
    given = [replace(one, place=serving[one.row["lane"]]) for one in kept.chosen]
    return Selected(given, kept.refused)


async def _why_closed(work: Work, lane: UUID, *, over: bool) -> Refusal:
    may = await work.conn.fetchrow(gate.MAY, work.tenant, work.me, lane, work.now)
    if lacking := unmet(may):
        return await closed(work, work.me, may["status"], lacking, "conflict")
    return _lane_shut("over_load_cap" if over else "lane_paused")


def _too_early(work: Work, serving: Mapping[UUID, Place], one: Chosen) -> bool:
    place = serving[one.row["lane"]]
    upto = int(work.now.timestamp() * MICRO) - place.after_seconds * MICRO
    return bool(place.after_seconds) and one.row["ord"] > upto


async def _over_quota(
    work: Work, project: Row, person: claims.Person, chosen: Sequence[Chosen]
) -> list[tuple[Chosen, Refusal]]:
    if not person.quotas or not chosen:
        return []
    left = await left_today(work, [work.me])
    most = left.at_most(work.me, project["project"], len(chosen))
    return [(one, _lane_shut("quota_reached")) for one in chosen[most:]]


def _not_open() -> Refusal:
    return _lane_shut("ring_not_open")


def _lane_shut(code: str) -> Refusal:
    return Refusal(
        "conflict",
        code,
        expected="a review that a pull would give this person now",
        found="one that it would not",
        mend="leave it out, or try again later",
    )


# --- what is shown at some places instead


async def _with_planted(work: Work, project: Row, chosen: Sequence[Chosen]) -> list[Chosen]:
    """At every twentieth place this person finds a planted answer, always the same one; the review there waits on. Once
    decided it is not shown there again. Not where a workflow's own steps review."""
    if project["workflow_version"]:
        return list(chosen)
    lots = [work.vault.handle(work.tenant, one.row["lease"], f"planted|{work.me}").int for one in chosen]
    drawn = [n for n, lot in enumerate(lots) if (lot >> 96) * PPM < planting.SHARE_PPM << 32]
    if not drawn:
        return list(chosen)
    before = await _decided_at(work, project)
    drawn = [n for n in drawn if str(chosen[n].row["lease"]) not in before]
    asked = [
        (f"{lots[n]:x}", bool(lots[n] & 1), chosen[n].row["answer_class"], chosen[n].row["submitted_at"])
        for n in drawn
    ]
    unmet_since = since(project["plan"].family_gap_days, work.now)
    found = await review_waiting.planted(
        work.conn, work.tenant, project["project"], work.me, asked, unmet_since
    )
    shown = list(chosen)
    families: set[UUID] = set()
    for n, row in sorted(found.items()):
        family = row["family"] or row["gold"]
        if family not in families:
            families.add(family)
            shown[drawn[n]] = replace(chosen[drawn[n]], planted=row)
    return shown


async def _decided_at(work: Work, project: Row) -> set[str]:
    rows = await tasks.rows(work.conn, review_waiting.DECIDED_AT, work.tenant, work.me, project["project"])
    return {from_json(row["why"]).get("of", "") for row in rows}
