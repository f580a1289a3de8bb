"""Hints shared between processes: where lanes begin, in a Redis hash. Losing them costs one longer scan per lane."""

from collections.abc import Mapping
from uuid import UUID

from redis.asyncio import Redis

from backend.events.ids import TenantId

KEPT_SECONDS = 8 * 3_600


class RedisHints:
    """Of all tenants; every method raises what Redis raises."""

    def __init__(self, url: str) -> None:
        self._redis: Redis = Redis.from_url(url, socket_connect_timeout=2, socket_timeout=2)

    async def read(self, tenant: TenantId) -> dict[UUID, int]:
        """Lane -> the place behind which it begins, as another process or an earlier life of this one saw it."""
        found = await self._redis.hgetall(_key(tenant))
        return {UUID(bytes=bytes(lane)): int(place) for lane, place in found.items()}  # type: ignore[arg-type]

    async def write(self, tenant: TenantId, hints: Mapping[UUID, int]) -> None:
        """Tell the others."""
        if hints:
            async with self._redis.pipeline(transaction=False) as pipe:
                pipe.hset(_key(tenant), mapping={lane.bytes: place for lane, place in hints.items()})
                pipe.expire(_key(tenant), KEPT_SECONDS)
                await pipe.execute()

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.aclose()


def _key(tenant: TenantId) -> bytes:
    return b"muster:heads:" + tenant.bytes
