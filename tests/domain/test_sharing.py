"""Sharing a device or an address: what is a suspicion by itself, what only with another signal, and what never."""

import random
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from backend.domain.proficiency.fraud_graph import Edge, bounded, edge_of, groups
from backend.domain.proficiency.sharing import ADDRESS, DEVICE, Link, Sighting, links, sharers
from backend.domain.proficiency.suspicion import Finding

FIRST = datetime(2030, 1, 7, tzinfo=UTC)
NOTHING: dict[UUID, set[str]] = {}


def person(n: int) -> UUID:
    return UUID(int=n)


def seen(who: int, day: int, slots: Iterable[int], **more: object) -> Sighting:
    """Somebody at a device of their own and on a network of their own, unless `more` says otherwise."""
    given: dict[str, object] = {
        "annotator": person(who),
        "day": FIRST + timedelta(days=day),
        "address": f"address of {who}",
        "network": f"network of {who}",
        "device": f"device of {who}",
        "weak": False,
        "slots": tuple(slots),
        "stream": UUID(int=1_000 * who + day),
        "version": 1,
        "by_device": False,
        "by_network": False,
    }
    return Sighting(**given | more)  # type: ignore[arg-type]


def one_device(slots: Iterable[tuple[Iterable[int], Iterable[int]]], **more: object) -> list[Sighting]:
    """The first and the second person at one device, day by day."""
    place = {"device": "shared", "by_device": True} | more
    return [
        seen(who, day, some, **place) for day, both in enumerate(slots) for who, some in enumerate(both, 1)
    ]


HOURLY = (range(32, 36), range(40, 44), range(48, 52)), (range(36, 40), range(44, 48), range(52, 56))
IN_TURNS = [tuple({slot for stretch in side for slot in stretch} for side in HOURLY)] * 6
SHIFTS = [(set(range(32, 48)), set(range(48, 64)))] * 20
AT_ONCE = [(set(range(40, 50)), set(range(44, 56)))] * 6


def told(found: list[Link], **given: object) -> list[Finding]:
    return sharers(found, given.get("told", []), given.get("signals", NOTHING))  # type: ignore[arg-type]


def test_one_pair_of_hands_that_changes_accounts_is_told() -> None:
    (found,) = links(one_device(IN_TURNS), 5)  # type: ignore[arg-type]
    (finding,) = told([found])
    assert (finding.kind, finding.people, finding.amount) == (DEVICE, (person(1), person(2)), 6)
    assert finding.signals == ("apart",) and finding.numbers["turns"] == 30
    assert finding.numbers["slots_common"] == 0
    assert finding.numbers["apart_p_e12"] < finding.thresholds["p_max_e12"]
    assert finding.since == FIRST and len(finding.days) == 6
    assert finding.tokens == {"device 1": "shared"}


def test_two_sessions_on_one_device_at_once_are_told() -> None:
    (finding,) = told(links(one_device(AT_ONCE), 5))
    assert finding.signals == ("together",) and finding.numbers["together_days"] == 6


def test_a_workstation_in_shifts_is_not_told_and_a_few_days_are_not() -> None:
    assert told(links(one_device(SHIFTS), 5)) == []
    assert told(links(one_device(IN_TURNS[:4]), 1)) == []  # type: ignore[arg-type]


def test_a_shared_workstation_with_another_signal_about_the_pair_is_told() -> None:
    copying = Finding(
        kind="copying",
        annotator=person(2),
        other=person(1),
        amount=10,
        numbers={},
        thresholds={},
        since=FIRST,
    )
    (finding,) = told(links(one_device(SHIFTS), 5), told=[copying])
    assert finding.signals == ("copying",)
    only_one = {person(1): {"spammer"}}
    assert told(links(one_device(SHIFTS), 5), signals=only_one) == []
    both = only_one | {person(2): {"leak"}}
    (finding,) = told(links(one_device(SHIFTS), 5), signals=both)
    assert finding.signals == ("leak", "spammer")


def test_an_address_is_told_only_with_another_signal() -> None:
    home = {"network": "home", "by_network": True}
    rows = [seen(who, day, range(40, 50), **home) for who in (1, 2) for day in range(10)]
    found = links(rows, 5)
    assert [one.kind for one in found] == [ADDRESS] and told(found) == []
    (finding,) = told(found, signals={person(1): {"wrong"}, person(2): {"wrong"}})
    assert (finding.kind, finding.signals) == (ADDRESS, ("wrong",))


def test_the_same_browser_at_the_same_address_is_weak_and_needs_another_signal() -> None:
    home = {"network": "home", "address": "flat", "by_network": True, "device": "a browser", "weak": True}
    rows = [
        seen(who, day, some, **home) for day, both in enumerate(IN_TURNS) for who, some in enumerate(both, 1)
    ]
    found = {one.kind: one for one in links(rows, 5)}
    assert found[DEVICE].weak and set(found) == {DEVICE, ADDRESS}
    assert told([*found.values()]) == []
    elsewhere = [replace(one, address=f"flat of {one.annotator}") for one in rows]
    assert {one.kind for one in links(elsewhere, 5)} == {ADDRESS}, "a browser alone is no place"


def test_what_many_share_is_no_place() -> None:
    office = {"network": "office", "by_network": True}
    rows = [seen(who, day, range(40, 50), **office) for who in range(1, 31) for day in range(10)]
    assert links(rows, 1) == []


def test_the_same_sightings_in_another_order_give_the_same_links() -> None:
    rows = [*one_device(IN_TURNS), *one_device(SHIFTS, device="other")]  # type: ignore[arg-type]
    assert links(random.Random(1).sample(rows, len(rows)), 1) == links(rows, 1)


# --- the graph


def edge(first: int, second: int, kind: str = "shared_device", waits: bool = False) -> Edge:
    return Edge(
        kind=kind, first=person(first), second=person(second), strength=1.0, p=None, days=None, open=waits
    )


def test_groups_hang_together_and_those_with_open_cases_come_first() -> None:
    chain = [edge(1, 2), edge(2, 3), edge(3, 4)]
    pair = [edge(8, 9, "copying"), edge(8, 9)]
    case = [edge(6, 7, waits=True)]
    found = groups([*chain, *pair, *case])
    assert [[who.int for who in one.people] for one in found] == [[6, 7], [8, 9], [1, 2, 3, 4]]
    assert found[1].kinds == ("shared_device", "copying") and found[0].open_flags == 1
    assert groups([*case, *reversed([*chain, *pair])]) == found


def test_a_group_is_shown_whole_or_left_out() -> None:
    found = groups([edge(1, 2), edge(2, 3), edge(4, 5)])
    shown, left = bounded(found, 10, 3)
    assert ([len(one.people) for one in shown], [len(one.people) for one in left]) == ([3], [2])
    assert [len(one.people) for one in bounded(found, 1, 500)[1]] == [2]


def test_the_edge_of_a_link_says_which_part_of_the_days_is_shared() -> None:
    rows = [
        *one_device(AT_ONCE),
        *(seen(1, day, {1}, device="shared", by_device=True) for day in range(6, 9)),
    ]
    (link,) = links(rows, 5)
    made = edge_of(link, None, False)
    assert (made.days, made.strength, link.first_days, link.second_days) == (6, 1.0, 9, 6)
