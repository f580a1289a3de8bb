"""Idempotency keys that follow from what is meant, so that a broken run meets its own requests again."""

import hashlib
import json
from collections.abc import Callable

Keys = Callable[..., str]


def request_key(run: str, *meant: str | int) -> str:
    """64 hexadecimal digits: SHA-256 of the run id and what the request is about (worker, item, step ...)."""
    text = json.dumps([run, *meant], ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def keys_of(run: str) -> Keys:
    """`request_key` of one run."""
    return lambda *meant: request_key(run, *meant)
