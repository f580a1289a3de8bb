"""Bootstrap: the first tenant and its administrators' keys, before anybody could ask for them."""

from uuid import UUID

from backend.domain.access import tenant as tenants
from backend.events.ids import PrincipalId
from backend.usecases.access.keys import issue_key
from backend.usecases.work import Answer, Work


async def tenant_bootstrap(work: Work, *, name: str, administrators: int, days: int) -> Answer:
    """Create the tenant if it is new, and issue fresh keys to its first administrators."""
    work.require("key:create")
    await work.load(tenants.TENANT, [work.tenant])
    keys = await work.keys(("tenant", work.tenant))
    sealed = keys.seal_json("tenant", work.tenant, "tenant", work.tenant, "name", name)
    work.decide(tenants.TENANT, work.tenant, tenants.CreateTenant(name=sealed))
    issued = []
    for n in range(1, administrators + 1):
        principal = PrincipalId(UUID(int=work.tenant.int ^ n))
        issued.append(issue_key(work, principal, "user", ("tenant_admin",), ("*",), days)[1])
    return Answer({"tenant": work.tenant, "keys": issued})
