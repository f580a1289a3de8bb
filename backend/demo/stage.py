"""The simulated workforce at work: pull as a person, look at the image, answer as that person would."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from backend.demo.digits import Digit
from backend.demo.workforce import Character
from backend.reenact.client import Caller, Json
from backend.reenact.keys import Keys
from backend.reenact.people import Person
from backend.reenact.problems import ApiProblem
from backend.reenact.workplace import Workplace

OVER = frozenset({"lease_lost", "lease_revoked", "suspended", "forbidden", "not_now"})
"""What a simulated person takes as: somebody else has decided that this is over."""


@dataclass(slots=True)
class Stage:
    """Where the simulation plays. `images` are by their pixels; `answered` counts answers, gold included."""

    admin: Caller
    keys: Keys
    place: Workplace
    images: Mapping[bytes, Digit]
    people: dict[str, Person] = field(default_factory=dict)
    answered: int = 0
    _pulls: Counter[str] = field(default_factory=Counter)

    async def pull(self, who: Character, most: int, path: str = "/v1/leases/pull") -> list[Json]:
        """The next leases of this person that can still be worked on; [] when there are none."""
        self._pulls[who.handle] += 1
        body = {"project": self.place.project, "max": most}
        key = self.keys(who.handle, path, self._pulls[who.handle])
        pulled = await self.people[who.handle].caller.post(path, body, key)
        # Met again after a break: what was answered then shows no payload now.
        self.answered += sum(lease["state"] == "submitted" for lease in pulled["leases"])
        return [lease for lease in pulled["leases"] if lease["payload"] is not None]

    def seen(self, lease: Json) -> Digit:
        """The digit that the lease shows."""
        return self.images[bytes(lease["payload"]["pixels"])]

    async def work(self, who: Character, most: int) -> None:
        """Pull up to `most` leases and answer each."""
        for lease in await self.pull(who, most):
            digit = self.seen(lease)
            body = {"answer": who.answer(digit), "client_seconds": who.seconds(digit)}
            await self.act(who, lease, "submit", body)
            self.answered += 1

    async def act(self, who: Character, lease: Json, verb: str, body: Json, where: str = "leases") -> bool:
        """`verb` on a lease as the person; False when it is over for them."""
        path = f"/v1/{where}/{lease['id']}/{verb}"
        try:
            await self.people[who.handle].caller.post(
                path, body, self.keys(who.handle, verb, lease["id"]), OVER
            )
        except ApiProblem as problem:
            if problem.code not in OVER:
                raise
            return False
        return True
