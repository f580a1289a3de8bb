"""One simulated person: invited by an administrator, all else done with the person's own credentials."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from backend.reenact.client import Caller, Json, Wire
from backend.reenact.keys import Keys
from backend.reenact.problems import RunProblem
from backend.reenact.workplace import Workplace


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who they are in the dataset or simulation, in the service, and the caller with their own key."""

    worker: str
    annotator: str
    caller: Caller


async def invite(
    wire: Wire,
    admin: Caller,
    keys: Keys,
    worker: str,
    name: str,
    email: str,
    roles: tuple[str, ...],
) -> Person:
    """Invite the person, and exchange the claim token as that person. Raises ApiProblem or Unreachable."""
    body = {"name": name, "email": email, "roles": list(roles)}
    invitation = await admin.post("/v1/annotators", body, keys(worker, "invite"))
    claim = {"claim_token": invitation["claim_token"]}
    credentials = await wire.as_principal(None).post("/v1/annotators/claim", claim, keys(worker, "claim"))
    return Person(
        worker=worker,
        annotator=invitation["id"],
        caller=wire.as_principal(credentials["key"]),
    )


async def sign(person: Person, keys: Keys, place: Workplace, name: str) -> None:
    """Read the agreement, check that its bytes are what is signed, and sign it.

    RunProblem when text and hash differ: nobody should sign that.
    """
    agreement = place.agreement["id"]
    shown = await person.caller.get(f"/v1/agreements/{agreement}")
    found = hashlib.sha256(shown["text"].encode()).hexdigest()
    if found != shown["sha256"]:
        raise RunProblem(
            f"agreement {agreement} version {shown['version']}: expected a text with SHA-256 "
            f"{shown['sha256']}, found {found}; publish it again"
        )
    body = {"version": shown["version"], "sha256": shown["sha256"], "typed_name": name}
    await person.caller.post(f"/v1/agreements/{agreement}/sign", body, keys(person.worker, "sign"))


async def train(person: Person, keys: Keys, place: Workplace) -> None:
    """Acknowledge the guideline and pass the training course."""
    version = place.guideline_version
    await person.caller.post(
        f"/v1/projects/{place.project}/guidelines/{version}/acknowledge",
        {},
        keys(person.worker, "guideline"),
    )
    body = {"version": place.training["version"], "answers": list(place.quiz_answers)}
    await person.caller.post(
        f"/v1/courses/{place.training['id']}/attempts",
        body,
        keys(person.worker, "training"),
    )


async def sit_exam(person: Person, keys: Keys, place: Workplace, answers: Mapping[str, Json]) -> int:
    """Answer those gold items of the exam for which `answers` (by item key) has one; how many that were."""
    if place.exam is None:
        return 0
    given = [
        {"question": gold, "answer": answers[key]} for key, gold in place.exam_gold.items() if key in answers
    ]
    body = {"version": place.exam["version"], "answers": given}
    await person.caller.post(f"/v1/courses/{place.exam['id']}/attempts", body, keys(person.worker, "exam"))
    return len(given)
