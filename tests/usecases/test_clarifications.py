"""Clarifications reach who can answer them, and when they are shared everybody who works in the project."""

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from backend.usecases.access import access
from backend.usecases.projects import guidelines
from backend.usecases.projects.clarifications import clarification_list
from backend.usecases.tasks import holding
from backend.usecases.work import Caller
from backend.usecases.workforce import standing, vendors
from tests.support import nda
from tests.support.asking import ask, close, listed, read, reply
from tests.support.refused import refused
from tests.support.world import World
from tests.usecases.test_importing import manager_of


async def readers(world: World, project: UUID, *names: str) -> list[Caller]:
    """A guideline and people who acknowledged it."""
    await world.act(guidelines.guideline_publish, project=project, text="Look closely.")
    people = [await world.invite(name) for name in names]
    for who in people:
        await world.act(guidelines.guideline_acknowledge, who, project=project, version=1)
    return people


async def key(world: World, *roles: str) -> Caller:
    made = await world.act(access.key_create, kind="user", roles=roles, scopes=("*",), days=1)
    return await world.perform.authenticate(made["key"])


async def test_a_manager_and_an_expert_answer_and_the_asker_reads_who_they_are_but_not_their_names(
    world: World,
) -> None:
    project = await world.project()
    ann, exp, rev = (
        await world.invite("ann"),
        await world.invite("exp", "expert"),
        await world.invite("rev", "reviewer"),
    )
    manager = await key(world, "manager")
    thread = await ask(world, ann, project)
    assert (await read(world, thread, ann))["first_answer_after_s"] is None
    await reply(world, thread, ann, "Nobody there?")
    world.clock.moved += timedelta(seconds=90)
    for who, text in ((exp, "Yes."), (manager, "Yes, as the expert says."), (rev, "So I do, too.")):
        await reply(world, thread, who, text)
    seen = await read(world, thread, ann)
    assert (seen["text"], seen["state"], seen["mine"], seen["annotator"]) == (
        "Do drawings count?",
        "open",
        True,
        None,
    )
    assert [(one["by"], one["text"], one["principal"]) for one in seen["replies"]] == [
        ("asker", "Nobody there?", None),
        ("expert", "Yes.", None),
        ("manager", "Yes, as the expert says.", None),
        ("reviewer", "So I do, too.", None),
    ]
    assert 90 <= seen["first_answer_after_s"] < 120
    told = await read(world, thread, manager)
    speakers = [one.subject.id for one in (ann, exp, manager, rev)]
    assert (told["annotator"], [one["principal"] for one in told["replies"]]) == (ann.subject.id, speakers)
    experts = await read(world, thread, exp)
    assert (experts["mine"], experts["annotator"], {one["principal"] for one in experts["replies"]}) == (
        False,
        None,
        {None},
    )


async def test_nobody_else_sees_a_question_until_it_is_shared(world: World) -> None:
    project = await world.project()
    ann, ben = await readers(world, project, "ann", "ben")
    stranger = await world.invite("stranger")
    thread = await ask(world, ann, project)
    await reply(world, thread)
    for who in (ben, stranger):
        assert await listed(world, project, who) == []
        for act in (read, reply, close):
            with refused("not_found"):
                await act(world, thread, who)
    assert await listed(world, project, ann) == await listed(world, project) == [thread]
    await close(world, thread, shared=True)
    assert (await listed(world, project, ben), await listed(world, project, stranger)) == ([thread], [])
    seen = await read(world, thread, ben)
    assert (seen["mine"], seen["annotator"], seen["lease"], seen["shared"]) == (False, None, None, True)
    assert [(one["by"], one["principal"]) for one in seen["replies"]] == [("manager", None)]
    with refused("not_found"):
        await read(world, thread, stranger)
    private = await ask(world, ann, project)
    await close(world, private, shared=False)
    assert await listed(world, project, ben) == [thread]


async def test_who_holds_or_held_work_there_reads_what_is_shared(world: World) -> None:
    project = await world.project()
    await world.items(project, "a", "b")
    ann, ben, cas = [await world.invite(name) for name in ("ann", "ben", "cas")]
    thread = await ask(world, ann, project)
    await close(world, thread)
    await world.pull(ben, project)
    await world.work(cas, project, "x")
    await world.follow()
    for who in (ben, cas):
        assert (await listed(world, project, who), (await read(world, thread, who))["id"]) == (
            [thread],
            thread,
        )
    await world.act(standing.annotator_offboard, annotator=cas.subject.id, reason="left")
    shared = await world.rows(
        "SELECT count(*) AS n FROM work_done WHERE tenant = $1 AND annotator = $2", cas.subject.id
    )
    assert shared[0]["n"] == 1
    assert await listed(world, project, cas) == []


async def test_a_question_about_a_lease_names_the_item_to_managers_alone(world: World) -> None:
    project, elsewhere = await world.project(), await world.project("cats")
    ((imported,), other) = (await world.items(project, "a"), await world.items(elsewhere, "b"))
    ann, ben = await world.invite("ann"), await world.invite("ben")
    exp = await world.invite("exp", "expert")
    lease = (await world.pull(ann, project))["leases"][0]["id"]
    theirs = (await world.pull(ben, elsewhere))["leases"][0]["id"]
    assert other
    for who, of in ((ann, theirs), (ann, uuid4()), (ben, lease), (ben, theirs)):
        with refused("not_found"):
            await ask(world, who, project, lease=of)
    thread = await ask(world, ann, project, lease=lease)
    views = [await read(world, thread, who) for who in (None, ann, exp)]
    assert [(one["lease"], one["item"]) for one in views] == [
        (lease, imported["item"]),
        (lease, None),
        (None, None),
    ]
    await world.act(holding.lease_release, ann, lease=lease, reason="break")
    await ask(world, ann, project, lease=lease)
    assert (await read(world, thread))["item"] == imported["item"]


async def test_a_closed_thread_takes_no_more_replies(world: World) -> None:
    project = await world.project()
    ann = await world.invite("ann")
    thread = await ask(world, ann, project)
    with refused("forbidden", "forbidden"):
        await close(world, thread, ann, shared=True)
    ended = await close(world, thread, ann, shared=False)
    assert await close(world, thread, ann, shared=False) == ended
    for act in (reply(world, thread, ann), reply(world, thread), close(world, thread, shared=True)):
        with refused("clarification_closed", "conflict"):
            await act
    assert (await listed(world, project, state="open"), await listed(world, project, state="closed")) == (
        [],
        [thread],
    )


async def test_reviewers_answer_where_they_may_review_and_nowhere_else(world: World) -> None:
    made = await nda.publish(world)
    project = await nda.asking(world, made)
    ann, rev = await world.invite("ann"), await world.invite("rev", "reviewer")
    thread = await ask(world, ann, project)
    assert await listed(world, project, rev) == []
    with refused("not_found"):
        await reply(world, thread, rev)
    await nda.sign(world, rev, made)
    assert await listed(world, project, rev) == [thread]
    await reply(world, thread, rev)
    await close(world, thread, rev)
    await world.act(standing.annotator_suspend, annotator=rev.subject.id, reason="audit")
    open_thread = await ask(world, ann, project)
    with refused("not_found"):
        await reply(world, open_thread, rev)
    with refused("not_active"):
        await ask(world, rev, project)


async def test_only_people_ask_and_only_about_what_exists(world: World) -> None:
    project = await world.project()
    ann = await world.invite("ann")
    with refused("not_found"):
        await ask(world, ann, uuid4())
    with refused("not_found"):
        await listed(world, uuid4(), ann)
    for roles in (("manager",), ("tenant_admin",)):
        with refused("forbidden"):
            await ask(world, await key(world, *roles), project)
    thread = await ask(world, ann, project)
    with refused("forbidden"):
        await read(world, thread, await key(world, "auditor"))
    for nothing in (uuid4(), project, ann.subject.id):
        with refused("not_found"):
            await read(world, nothing)
        with refused("not_found"):
            await reply(world, nothing)


async def test_a_vendors_manager_sees_own_people_only(world: World) -> None:
    acme = (await world.act(vendors.vendor_register, name="Acme"))["id"]
    project = await world.project()
    ann, ben = await world.invite("ann"), await world.invite("ben")
    place: dict[str, Any] = {"origin": None, "vendor": acme, "team": None}
    await world.act(standing.annotator_move, annotator=ann.subject.id, **place)
    manager = await manager_of(world, acme)
    own, other = await ask(world, ann, project), await ask(world, ben, project)
    await close(world, other)
    assert await listed(world, project, manager) == [own]
    await reply(world, own, manager)
    seen = await read(world, own, manager)
    assert ([one["by"] for one in seen["replies"]], seen["annotator"]) == (["manager"], ann.subject.id)
    for act in (read, reply):
        with refused("not_found"):
            await act(world, other, manager)
    with refused("forbidden"):
        await close(world, own, manager)


async def test_what_is_asked_and_said_is_ciphertext_where_it_is_kept_and_outlives_the_asker(
    world: World,
) -> None:
    project = await world.project()
    ann = await world.invite("ann")
    thread = await ask(world, ann, project, "Secretive words")
    await reply(world, thread, text="Secretive answer")
    rows = await world.rows(
        "SELECT body AS b FROM event WHERE tenant = $1 UNION ALL SELECT text FROM clarification WHERE tenant = $1"
        " UNION ALL SELECT text FROM clarification_reply WHERE tenant = $1"
    )
    assert rows and not any(b"Secretive" in bytes(row["b"]) for row in rows)
    await world.act(standing.annotator_erase, annotator=ann.subject.id, reason="asked for")
    seen = await read(world, thread)
    assert (seen["text"], seen["replies"][0]["text"]) == ("Secretive words", "Secretive answer")


async def test_pages_go_from_new_to_old_without_a_gap(world: World) -> None:
    project = await world.project()
    ann = await world.invite("ann")
    asked = [await ask(world, ann, project, f"question {n}") for n in range(5)]
    for who in (ann, None):
        seen: list[UUID] = []
        cursor: str | None = None
        while cursor is not None or not seen:
            query: dict[str, Any] = {"state": None, "cursor": cursor, "limit": 2}
            page = await world.act(clarification_list, who, project=project, **query)
            seen += [one["id"] for one in page["data"]]
            cursor = page["next_cursor"]
        assert seen == asked[::-1]
