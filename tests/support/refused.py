"""Expecting a refusal by its stable code."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from backend.domain.errors import Refusal


@contextmanager
def refused(code: str, kind: str | None = None) -> Iterator[pytest.ExceptionInfo[Refusal]]:
    """What happens inside is refused with this code (and kind, if named)."""
    with pytest.raises(Refusal) as caught:
        yield caught
    assert caught.value.code == code, caught.value
    assert kind is None or caught.value.kind == kind, caught.value.kind
