"""The machine, the versions and the commit that a table belongs to."""

import os
import platform
import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from backend.platform.binaries import find_postgres, version_of

ROOT = Path(__file__).resolve().parents[1]


def described() -> dict[str, Any]:
    """Processor, cores, memory, system, versions, commit and time; no name and no path of the machine."""
    programs = find_postgres()
    return {
        "cpu": _processor(),
        "cores": os.cpu_count(),
        "ram_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "postgresql": f"{version_of(programs / 'postgres')} ({programs.source})",
        "commit": commit(),
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "load_before": round(os.getloadavg()[0], 2),
    }


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    found = re.search(r"^model name\s*: (.+)$", info.read_text(), re.MULTILINE) if info.exists() else None
    return found[1] if found else platform.processor() or "unknown"


def commit() -> str:
    """The commit's short id, with a word when files differ from it."""
    try:
        told = _git("rev-parse", "--short=12", "HEAD")
        return told + (" and uncommitted changes" if _git("status", "--porcelain") else "")
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def _git(*words: str) -> str:
    return subprocess.run(
        ["git", *words], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.strip()
