"""Review by sample in a history: a run of continuous sampling, and a lot of which something was passed over."""

from tests.support.world import World


async def lived(world: World, here: str = "") -> None:
    """One project reviews by risk, one continuously, one lot by lot."""
    ann, rev = await world.invite(f"{here}sampled"), await world.invite(f"{here}sampler", "reviewer")
    plans = {
        "risk": {"review_target": 0.1, "review_first": 2},
        "csp1": {"review_mode": "csp1", "review_clearance": 2, "review_floor": 0.5},
        "iso2859": {"review_mode": "iso2859", "review_target": 0.1, "review_lot": 10},
    }
    for mode, plan in plans.items():
        project = await world.project(f"{here}{mode}", plan=plan)
        await world.items(project, *(f"i{n:02}" for n in range(24)))
        for n in range(24):
            await world.work(ann, project, "ab"[n % 2])
            for lease in (await world.review_pull(rev, project))["leases"]:
                await world.review(rev, lease["id"], "reject" if n % 5 == 4 else "accept")
    await world.decide()
