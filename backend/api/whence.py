"""Whence: where a request comes from, as far as its connection and its headers say."""

from typing import Any

from backend.usecases.sightings import Whence
from backend.usecases.work import Caller

SIGHTED = frozenset({"lease_pull", "lease_heartbeat", "lease_submit", "review_pull", "review_submit"})
"""The operations in which somebody is seen at work."""
DEVICE_BYTES_MAX = 200
DESCRIPTION_BYTES_MAX = 500
_DEVICE, _ADDRESS = b"muster-device", b"muster-client-address"
_BROWSER = (b"user-agent", b"accept-language")
_WANTED = frozenset({_DEVICE, _ADDRESS, *_BROWSER})


def whence(scope: Any, source: str | None, caller: Caller) -> Whence:
    """The device is what `Muster-Device` says, else how the browser describes itself.

    `source` is the connection's address. Where a front-end acts for the person, connection and browser are the
    front-end's own: then only `Muster-Client-Address` counts, which nobody else is believed. Headers that are too long
    are as if not sent; of those sent twice the first counts.
    """
    found: dict[bytes, bytes] = {}
    for name, value in scope["headers"]:
        if name in _WANTED:
            found.setdefault(name, value)
    acted_for = caller.via is not None
    address = found.get(_ADDRESS, b"").decode("latin-1").strip() if acted_for else source or ""
    device = found.get(_DEVICE, b"")
    if 0 < len(device) <= DEVICE_BYTES_MAX:
        return Whence(address, device)
    described = b"" if acted_for else b"\n".join(found.get(name, b"") for name in _BROWSER).strip()
    return Whence(address, described[:DESCRIPTION_BYTES_MAX], bool(described))
