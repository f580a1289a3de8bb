"""Loads the demonstration through the public API: a project in mid-life, with something of everything."""

from collections.abc import Mapping
from random import Random

from backend.demo import digits
from backend.demo.digits import Digit
from backend.demo.scenes import finish
from backend.demo.stage import Stage
from backend.demo.vendor import load_vendor
from backend.demo.workforce import ANNOTATORS, EXPERTS, INVITED, SEED, SPAMMER, UNQUALIFIED, Character
from backend.reenact import people
from backend.reenact.client import Caller, Json, Wire
from backend.reenact.connection import Connection
from backend.reenact.keys import Keys, keys_of
from backend.reenact.together import each
from backend.reenact.workplace import Gold, Wanted, Workplace, set_up

NAME = "Handwritten digits (simulated workforce)"
RUN = "demonstration-1"
EXAM_GOLD, WORK_GOLD, WORKED, OVERLAP = 25, 15, 300, 3
AT_ONCE = 4
PULL = 3
LEASE_SECONDS = 1800
QUIZ = (
    {"id": "range", "prompt": "Which answers are there?", "answer": "0 to 9"},
    {"id": "unsure", "prompt": "What do you do when you cannot read a digit?", "answer": "escalate"},
)
AGREEMENT = """This is a demonstration. All who sign it are simulated.

The undersigned keeps the images of this project to themselves and shows them to nobody.
"""
GUIDELINE = """Look at the image and answer with the one digit it shows, 0 to 9.

A four is open or pointed at the top, a nine is closed. A seven may have a bar.
An eight has two holes, a three has none.
Escalate what you cannot read; skip what you would rather not decide.
"""


async def load_demo(connection: Connection) -> None:
    """Set up the digits and Northlight unless they are there; what broke off half-way goes on where it was.

    Raises ApiProblem, Unreachable or RunProblem; the service works without a demonstration.
    """
    async with Wire(connection, connections=AT_ONCE + 2) as wire:
        admin, keys = wire.as_principal(connection.admin_key), keys_of(RUN)
        if not await _is_loaded(admin):
            await _load_digits(wire, admin, keys)
        await load_vendor(wire, admin, keys)


async def _load_digits(wire: Wire, admin: Caller, keys: Keys) -> None:
    images = digits.load()
    wanted = _wanted(images)
    place = await set_up(admin, keys, wanted)
    await _for_staff(admin, place)
    stage = Stage(admin, keys, place, {one.pixels: one for one in images})
    await _enrol(wire, stage, {gold.key: images[int(gold.key)] for gold in wanted.exam})
    await _label(stage)
    await finish(stage)


async def _for_staff(admin: Caller, place: Workplace) -> None:
    """The digits are for the tenant's own people: no vendor's people wait for them."""
    courses = [course["id"] for course in (place.training, place.exam) if course]
    asked = {"agreements": [place.agreement["id"]], "courses": courses}
    body = {**asked, "conditions": {"all": [{"origin": "staff"}]}}
    await admin.put(f"/v1/projects/{place.project}/requirements", body)


async def _is_loaded(admin: Caller) -> bool:
    """Whether the project is there and as far as the simulation brings it."""
    async for project in admin.pages("/v1/projects"):
        if project["name"] == NAME:
            shown = await admin.get(f"/v1/projects/{project['id']}")
            return bool(shown["progress"]["decided"] >= WORKED * 0.9)
    return False


def _wanted(images: list[Digit]) -> Wanted:
    """The seeded choice: exam gold, gold for work, and all other images as items."""
    order = list(range(len(images)))
    Random(SEED).shuffle(order)
    exam, gold, rest = (
        order[:EXAM_GOLD],
        order[EXAM_GOLD : EXAM_GOLD + WORK_GOLD],
        order[EXAM_GOLD + WORK_GOLD :],
    )
    return Wanted(
        name=NAME,
        skill="Reading handwritten digits",
        plan={
            "overlap": OVERLAP,
            "gold_share": 0.05,
            "review_rate": 0.12,
            "escalate_below": 0.0,
            "lease_seconds": LEASE_SECONDS,
        },
        agreement_title="Confidentiality (demonstration)",
        agreement_text=AGREEMENT,
        guideline=GUIDELINE,
        training_title="Reading handwritten digits: introduction",
        training_content={"text": "Each image shows one handwritten digit, 8 by 8 pixels large."},
        quiz=QUIZ,
        exam_title="Reading handwritten digits: exam",
        exam=[_gold(n, images[n]) for n in exam],
        gold=[_gold(n, images[n]) for n in gold],
        items=[(_key(n), _payload(images[n])) for n in rest],
        pass_mark=0.6,
    )


def _key(number: int) -> str:
    return f"{number:04}"


def _payload(digit: Digit) -> Json:
    return {"pixels": list(digit.pixels), "width": digits.WIDTH, "height": digits.HEIGHT}


def _gold(number: int, digit: Digit) -> Gold:
    return Gold(key=_key(number), payload=_payload(digit), truth=str(digit.label))


async def _enrol(wire: Wire, stage: Stage, exam: Mapping[str, Digit]) -> None:
    """Everybody is invited, claims and signs; annotators are trained and examined. One stays only invited."""

    async def join(one: Character) -> None:
        roles = ("reviewer", "expert") if one in EXPERTS else ("annotator",)
        person = await people.invite(wire, stage.admin, stage.keys, one.handle, one.name, one.email, roles)
        await people.sign(person, stage.keys, stage.place, one.name)
        stage.people[one.handle] = person
        if one not in EXPERTS:
            await people.train(person, stage.keys, stage.place)
            answers = {key: one.answer(digit, exam=True) for key, digit in exam.items()}
            await people.sit_exam(person, stage.keys, stage.place, answers)

    await each((*ANNOTATORS, SPAMMER, UNQUALIFIED, *EXPERTS), AT_ONCE, join)
    body = {"name": INVITED.name, "email": INVITED.email, "roles": ["annotator"]}
    await stage.admin.post("/v1/annotators", body, stage.keys(INVITED.handle, "invite"))


async def _label(stage: Stage) -> None:
    """Everybody pulls and answers in turn until the first batch has all its answers."""
    wanted, rounds = WORKED * OVERLAP, 0
    while stage.answered < wanted and rounds < wanted:
        rounds += 1
        before = stage.answered
        await each((*ANNOTATORS, SPAMMER), AT_ONCE, lambda one: stage.work(one, PULL))
        if stage.answered == before:
            return
