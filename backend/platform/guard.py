"""Where requests of ours may go: an address is refused unless it is public, or the operator has allowed its network.

A name is resolved once, every address it has must be permitted, and the connection is made to one of these very
addresses: what the name says a moment later (DNS rebinding) does not matter. OWASP: server-side request forgery.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]

# Listed, because what `is_global` says differs between releases of Python.
_CLOSED = tuple(
    ipaddress.ip_network(text)
    for text in """0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24 192.0.2.0/24
    192.31.196.0/24 192.52.193.0/24 192.88.99.0/24 192.168.0.0/16 192.175.48.0/24 198.18.0.0/15 198.51.100.0/24
    203.0.113.0/24 224.0.0.0/4 240.0.0.0/4 2001::/23 2001:db8::/32 2002::/16 2620:4f:8000::/48 3fff::/20""".split()
)
# Of IPv6 only what is handed out; everything else (loopback, link-local, unique local, NAT64) is closed.
_UNICAST = ipaddress.ip_network("2000::/3")


class AddressRefused(Exception):
    """The name has an address that nothing may be sent to. The message names the host, no address."""

    code = "address_refused"


class NoAddress(AddressRefused):
    """The name has no address, or nobody could say which: nothing can be sent there."""

    code = "no_address"


def networks(text: str) -> tuple[Network, ...]:
    """Networks in CIDR notation, separated by commas or blanks. ValueError for anything else."""
    return tuple(ipaddress.ip_network(one) for one in text.replace(",", " ").split())


def permitted(address: Address, allowed: Sequence[Network] = (), *, only_allowed: bool = False) -> bool:
    """Whether something may be sent there. An IPv4 address written as IPv6 (::ffff:10.0.0.1) is judged as what it is;
    with `only_allowed` being public is not enough."""
    inner = getattr(address, "ipv4_mapped", None)
    if inner is not None:
        address = inner
    if any(address.version == network.version and address in network for network in allowed):
        return True
    if only_allowed or any(address.version == net.version and address in net for net in _CLOSED):
        return False
    return address.version == 4 or address in _UNICAST


async def resolve(host: str, port: int) -> list[str]:
    """What the system's resolver says, in its order. OSError where it knows nothing."""
    found = await asyncio.get_running_loop().getaddrinfo(
        host, port, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP
    )
    return [str(place[0]) for *_, place in found]


async def pinned(
    host: str,
    port: int,
    allowed: Sequence[Network] = (),
    *,
    only_allowed: bool = False,
    resolver: Resolve = resolve,
) -> list[str]:
    """The addresses of a host, all of them permitted: to connect to one of these and to nothing else.

    Raises NoAddress when there is none, AddressRefused when a single one of them is not permitted.
    """
    try:
        found = await resolver(host.strip("[]"), port)
    except (OSError, UnicodeError):
        found = []
    if not found:
        raise NoAddress(f"expected a host that has an address; {host!r} has none")
    for text in found:
        # Scoped addresses (fe80::1%eth0) are link-local anyway.
        if not permitted(ipaddress.ip_address(text.partition("%")[0]), allowed, only_allowed=only_allowed):
            raise AddressRefused(f"expected a public or an allowed address; {host!r} has another one")
    return list(dict.fromkeys(found))
