"""What may not change silently: a committed text is compared with what the code says now."""

import difflib
import os
from pathlib import Path

import pytest

WRITE = "WRITE_GOLDEN"


def same_as_golden(file: Path, now: str, *, frozen: bool = False) -> None:
    """Fails with the difference when `now` is not the file's text. WRITE_GOLDEN=1 writes it, and still fails.

    A frozen file stands for bytes that exist in the world: it is written once and never again.
    """
    kept = file.read_text() if file.exists() else ""
    if kept == now:
        return
    lines = difflib.unified_diff(kept.splitlines(True), now.splitlines(True), "committed", "now", n=1)
    difference = "".join(lines)
    if frozen and kept:
        pytest.fail(
            f"{file.name} is stored like this already; raise the version and add an upcast\n{difference}"
        )
    if os.environ.get(WRITE):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(now)
        pytest.fail(f"{file.name} was written anew: read the difference and commit it\n{difference}")
    pytest.fail(
        f"{file.name} is not what the code says; if the change is meant, run with {WRITE}=1\n{difference}"
    )
