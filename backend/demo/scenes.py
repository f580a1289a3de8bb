"""What else happens in a living project: reviews, escalations, a skip, a suspension, a late answer."""

from backend.demo.stage import Stage
from backend.demo.workforce import ANNOTATORS, EXPERTS, SPAMMER, Character
from backend.reenact.client import Json

REVIEWS = 80
REJECTIONS = 2


async def finish(stage: Stage) -> None:
    """All scenes, in the order that leaves each of them to be seen."""
    await _escalate(stage, ANNOTATORS[4], "two digits in one image")
    await _expert_answers(stage, EXPERTS[1])
    await _review(stage)
    await _escalate(stage, ANNOTATORS[2], "cannot be read")
    await _suspend_the_spammer(stage)
    await _give_back(stage, ANNOTATORS[3], "skip", "could be a four or a nine")
    await _give_back(stage, ANNOTATORS[5], "release", "end of the day")
    for who, most in ((ANNOTATORS[0], 2), (ANNOTATORS[1], 1), (ANNOTATORS[6], 3)):
        await stage.pull(who, most)


async def _review(stage: Stage) -> None:
    """Both experts review in turn; what is left over stays pending."""
    left, rejections, idle = REVIEWS, REJECTIONS, 0
    while left > 0 and idle < len(EXPERTS):
        for who in EXPERTS:
            leases = await stage.pull(who, 3, "/v1/reviews/pull")
            idle = 0 if leases else idle + 1
            for lease in leases:
                body = _verdict(stage, lease, rejections > 0)
                await stage.act(who, lease, "submit", body, "reviews")
                rejections -= body["verdict"] == "reject"
                left -= 1


def _verdict(stage: Stage, lease: Json, may_reject: bool) -> Json:
    truth = str(stage.seen(lease).label)
    if lease["answer"] == truth:
        return {"verdict": "accept"}
    if may_reject:
        return {"verdict": "reject", "note": f"Look again: this is not a {lease['answer']}."}
    return {"verdict": "correct", "correction": truth, "note": f"This is a {truth}."}


async def _escalate(stage: Stage, who: Character, why: str) -> None:
    for lease in await stage.pull(who, 1):
        await stage.act(who, lease, "escalate", {"reason": why, "note": "Please have a look."})


async def _expert_answers(stage: Stage, who: Character) -> None:
    for lease in await stage.pull(who, 1):
        body = {"answer": str(stage.seen(lease).label), "client_seconds": who.seconds(stage.seen(lease))}
        await stage.act(who, lease, "submit", body)


async def _give_back(stage: Stage, who: Character, verb: str, why: str) -> None:
    for lease in await stage.pull(who, 1):
        await stage.act(who, lease, verb, {"reason": why})


async def _suspend_the_spammer(stage: Stage) -> None:
    """Suspended with a lease in hand; the answer sent afterwards is late: kept, and not counted."""
    leases = await stage.pull(SPAMMER, 1)
    path = f"/v1/annotators/{stage.people[SPAMMER.handle].annotator}/suspend"
    body = {"reason": "answers like chance, a second each"}
    await stage.admin.post(path, body, stage.keys(SPAMMER.handle, "suspend"))
    for lease in leases:
        await stage.act(SPAMMER, lease, "submit", {"answer": SPAMMER.answer(stage.seen(lease))})
