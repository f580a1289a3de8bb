"""Requests that Muster makes: guarded addresses, ten seconds, no redirects, no proxy, a few KiB of what comes back."""

import asyncio
import ipaddress
import ssl
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpcore2

from backend.platform.guard import AddressRefused, Network, Resolve, permitted, pinned, resolve

SECONDS_MAX = 10.0
ANSWER_BYTES_MAX = 4_096
CONNECTIONS_MAX = 64
IDLE_SECONDS_MAX = 15.0


@dataclass(frozen=True, slots=True)
class Answered:
    """What came back: its status, Retry-After and the first bytes; or the code of why nothing did."""

    status: int | None
    error: str | None
    retry_after: str | None
    said: bytes
    seconds: float


class Outgoing:
    """One per process. `allowed` are networks that are not public and may be reached all the same; plain HTTP goes
    to these alone."""

    def __init__(
        self,
        allowed: tuple[Network, ...] = (),
        *,
        resolver: Resolve = resolve,
        trust: ssl.SSLContext | None = None,
        seconds_max: float = SECONDS_MAX,
    ) -> None:
        self.allowed = allowed
        self._seconds_max = seconds_max
        self._pools = {
            scheme: httpcore2.AsyncConnectionPool(
                ssl_context=trust or ssl.create_default_context(),
                max_connections=CONNECTIONS_MAX,
                max_keepalive_connections=CONNECTIONS_MAX // 2,
                keepalive_expiry=IDLE_SECONDS_MAX,
                network_backend=_Guarded(allowed, scheme == "http", resolver),
            )
            for scheme in ("http", "https")
        }

    def problems(self, url: str) -> Sequence[str]:
        """What forbids this address already as it is written; a name is looked up at every connection."""
        found = []
        try:
            asked = httpcore2.URL(url)
        except (ValueError, UnicodeError):
            return ["no address"]
        plain = asked.scheme == b"http"
        if plain and not self.allowed:
            found.append("plain http")
        try:
            literal = ipaddress.ip_address(asked.host.decode().strip("[]"))
        except ValueError:
            return found
        if not permitted(literal, self.allowed, only_allowed=plain):
            found.append("an address that is not public, and not allowed")
        return found

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> Answered:
        """Send it and tell what came of it. Never raises for what the other side does."""
        began = time.monotonic()
        status, error, retry_after, said = None, None, None, b""
        try:
            async with asyncio.timeout(self._seconds_max):
                status, retry_after, said = await self._sent(url, headers, body)
        except TimeoutError:
            error = "timeout"
        except AddressRefused as refused:
            error = refused.code
        except httpcore2.UnsupportedProtocol:
            error = "address_refused"
        except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as failed:
            error = _unconnected(failed)
        except (httpcore2.TimeoutException, httpcore2.PoolTimeout):
            error = "timeout"
        except (httpcore2.NetworkError, httpcore2.ProtocolError, ssl.SSLError, OSError):
            error = "broken_off"
        except (ValueError, UnicodeError):
            error = "address_refused"
        return Answered(status, error, retry_after, said, time.monotonic() - began)

    async def _sent(self, url: str, headers: Mapping[str, str], body: bytes) -> tuple[int, str | None, bytes]:
        pool = self._pools["http" if url.lower().startswith("http:") else "https"]
        sent = {"content-type": "application/json", "user-agent": "Muster-Webhooks/1", **headers}
        told = [(name.encode(), value.encode()) for name, value in sent.items()]
        async with pool.stream("POST", url, headers=told, content=body) as answer:
            return answer.status, _retry_after(answer.headers), await _beginning(answer)

    async def close(self) -> None:
        """Close all connections."""
        for pool in self._pools.values():
            await pool.aclose()


def _unconnected(failed: BaseException | None) -> str:
    """The library has one error for a closed port and for TLS that fails; what lies behind it tells them apart."""
    while failed is not None:
        if isinstance(failed, ssl.SSLCertVerificationError):
            return "certificate_refused"
        if isinstance(failed, ssl.SSLError):
            return "tls_failed"
        failed = failed.__cause__ or failed.__context__
    return "cannot_connect"


def _retry_after(headers: Iterable[tuple[bytes, bytes]]) -> str | None:
    found = next((value for name, value in headers if name.lower() == b"retry-after"), None)
    return None if found is None else found[:64].decode("latin-1")


async def _beginning(answer: httpcore2.Response) -> bytes:
    """The first bytes; a connection on which more would come is closed instead of read to its end."""
    said = b""
    async for piece in answer.aiter_stream():
        said += piece
        if len(said) >= ANSWER_BYTES_MAX:
            break
    return said[:ANSWER_BYTES_MAX]


class _Guarded(httpcore2.AsyncNetworkBackend):
    """Connects to the very addresses that were checked. Name and certificate stay the host's: they are not touched."""

    def __init__(self, allowed: tuple[Network, ...], only_allowed: bool, resolver: Resolve) -> None:
        self._backend = httpcore2.AnyIOBackend()
        self._allowed = allowed
        self._only_allowed = only_allowed
        self._resolver = resolver

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 (the library's own)
        local_address: str | None = None,
        socket_options: Any = None,
    ) -> httpcore2.AsyncNetworkStream:
        """As every backend, after a look at where the name leads. Raises AddressRefused."""
        places = await pinned(
            host, port, self._allowed, only_allowed=self._only_allowed, resolver=self._resolver
        )
        for place in places[:-1]:
            try:
                return await self._backend.connect_tcp(place, port, timeout, local_address, socket_options)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                continue
        return await self._backend.connect_tcp(places[-1], port, timeout, local_address, socket_options)

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ASYNC109
        socket_options: Any = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Never."""
        raise AddressRefused("expected a host; found a local socket")

    async def sleep(self, seconds: float) -> None:
        """As every backend."""
        await self._backend.sleep(seconds)
