"""The signature of a webhook: Standard Webhooks 1.0, symmetric, `v1`."""

import base64
import hashlib
import hmac
from collections.abc import Sequence

PREFIX = "whsec_"
SECRET_BYTES = 32
"""Of the 24 to 64 that the standard allows."""


def secret_text(secret: bytes) -> str:
    """The secret as it is shown once: `whsec_` and base64."""
    return PREFIX + base64.b64encode(secret).decode()


def secret_bytes(text: str) -> bytes:
    """The key in `whsec_...`. ValueError for what is none."""
    if not text.startswith(PREFIX):
        raise ValueError("expected a secret that begins with whsec_")
    return base64.b64decode(text.removeprefix(PREFIX), validate=True)


def signed(secrets: Sequence[str], message: str, unix_seconds: int, body: bytes) -> dict[str, str]:
    """The three headers of a message. Each secret signs `<id>.<timestamp>.<body>` by HMAC-SHA256; while two are valid,
    both signatures stand in the header, the newer one first."""
    said = f"{message}.{unix_seconds}.".encode() + body
    each = [
        base64.b64encode(hmac.digest(secret_bytes(one), said, hashlib.sha256)).decode() for one in secrets
    ]
    return {
        "webhook-id": message,
        "webhook-timestamp": str(unix_seconds),
        "webhook-signature": " ".join(f"v1,{one}" for one in each),
    }
