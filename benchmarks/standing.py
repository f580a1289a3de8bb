"""How long after a submit its person sees it, on a running server: `python -m benchmarks.standing CONNECTION_JSON`.

Own work is asked for right after the submit's answer; the score and the trend from the answer that fills a ten on,
until they have moved. Every answer is to gold, which is scored at once, so that no reviewer's time is in it.
"""

import asyncio
import json
import sys
import time
from itertools import count
from pathlib import Path
from uuid import uuid4

from backend.reenact.client import Caller, Wire
from backend.reenact.connection import read

ANSWERS, TEN = 105, 10
PATIENCE_SECONDS = 5.0
"""After that a ten is taken for not full yet: now and then work comes between."""
PLAN = {"gold_share": 1.0, "review_rate": 0.0, "double_review": 0.0, "live_floor": 0.0, "overlap": 1}


async def _begun(admin: Caller, wire: Wire, run: str) -> tuple[Caller, str, str]:
    """The person, their id, and a project with gold for every answer."""
    keys = (f"{run}-{n}" for n in count())
    asked = {"name": run, "email": f"{run}@example.invalid", "roles": ["annotator"]}
    invited = await admin.post("/v1/annotators", asked, next(keys))
    claimed = await wire.as_principal(None).post(
        "/v1/annotators/claim", {"claim_token": invited["claim_token"]}, next(keys)
    )
    made = await admin.post("/v1/projects", {"name": run, "skill": run, "plan": PLAN}, next(keys))
    at = f"/v1/projects/{made['id']}"
    gold = [{"external_key": f"g{n}", "payload": {"n": n}, "truth": "yes"} for n in range(ANSWERS)]
    await admin.post(f"{at}/gold", {"gold": gold}, next(keys))
    items = [{"external_key": f"w{n}", "payload": {"n": n}} for n in range(20)]
    await admin.post(f"{at}/items", {"items": items}, next(keys))
    return wire.as_principal(claimed["key"]), invited["id"], made["id"]


async def measured(file: Path) -> dict[str, object]:
    """Seconds from a submit's answer to its being seen: of own work each, of tens each."""
    async with Wire(read(file)) as wire:
        run = f"standing-{uuid4().hex[:8]}"
        person, who, project = await _begun(wire.as_principal(read(file).admin_key), wire, run)
        at, own, tens, since = f"/v1/annotators/{who}/standing", list[float](), list[float](), 0
        for n in range(ANSWERS):
            pulled = await person.post("/v1/leases/pull", {"project": project, "max": 1}, f"{run}-p{n}")
            lease = pulled["leases"][0]["id"]
            await person.post(f"/v1/leases/{lease}/submit", {"answer": "yes"}, f"{run}-s{n}")
            began, since, waited = time.monotonic(), since + 1, 0.0
            while len(own) == n or (since >= TEN and waited < PATIENCE_SECONDS):
                seen = await person.get(at)
                waited = time.monotonic() - began
                if seen["work"][0]["submitted_today"] == n + 1 and len(own) == n:
                    own.append(waited)
                if sum(len(skill["trend"]) for skill in seen["skills"]) > len(tens):
                    tens.append(waited)
                    since = 0
    return {"own_work": _told(own), "tens": _told(tens)}


def _told(seconds: list[float]) -> dict[str, float]:
    ordered = sorted(seconds)
    return {
        "n": len(ordered),
        "median_s": round(ordered[len(ordered) // 2], 3),
        "longest_s": round(ordered[-1], 3),
    }


if __name__ == "__main__":
    print(json.dumps(asyncio.run(measured(Path(sys.argv[1])))))
