"""The connection file of a running server: where it is, whom to trust, two administrators' keys."""

import json
import os
from dataclasses import dataclass, field
from pathlib import Path

from backend.reenact.problems import UsageProblem


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """`url` without a trailing slash, the CA file to verify it with, API keys of tenant administrators."""

    url: str
    ca_file: Path
    admin_key: str = field(repr=False)
    second_admin_key: str | None = field(default=None, repr=False)


def default_file() -> Path:
    """`connection.json` in the data folder that MUSTER_DATA names. UsageProblem when it names none."""
    folder = os.environ.get("MUSTER_DATA")
    if not folder:
        raise UsageProblem(
            "no connection file: give --connection FILE, or set MUSTER_DATA to the data folder"
        )
    return Path(folder) / "connection.json"


def read(file: Path) -> Connection:
    """The connection in `file`; a relative CA path is relative to it. UsageProblem when it cannot be used."""
    try:
        found = json.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        raise UsageProblem(
            f"{file} is not there: start the server first, or give --connection FILE"
        ) from None
    except (OSError, ValueError) as error:
        raise UsageProblem(
            f"{file} cannot be read as JSON ({error}): give the file the server wrote"
        ) from None
    needed = ("url", "ca_file", "admin_key")
    missing = [name for name in needed if not isinstance(found, dict) or not isinstance(found.get(name), str)]
    if missing:
        raise UsageProblem(
            f"{file} has no {', '.join(missing)}: give the connection.json that the server wrote"
        )
    return Connection(
        url=found["url"].rstrip("/"),
        ca_file=file.parent / found["ca_file"],
        admin_key=found["admin_key"],
        second_admin_key=found.get("second_admin_key"),
    )
