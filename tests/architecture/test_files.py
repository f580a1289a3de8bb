"""Every file says what it is for, and none says where it was written."""

import os
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

from tests.architecture.code import PYTHON_FOLDERS, ROOT, place, python_files

SKIPPED_FOLDERS = frozenset(
    ".git .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache __pycache__ secrets".split()
)
# Joined here, so that this file does not hold what it looks for.
MACHINE = re.compile(
    "|".join(["/" + "work/(?:main|shared)", "/" + "root/", "/" + r"home/\w+/", "/" + "tmp/muster/"])
)
REGISTRY = re.compile(
    "|".join(["py" + r"pi\.org", "python" + "hosted", "npm" + r"js\.(?:org|com)", "proxy.golang" + ".org"])
)
INDEX_OPTION = re.compile(r"^\s*-(?:i|-index-url|-extra-index-url|f|-find-links)\b", re.MULTILINE)


def _text_files() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode == 0:
        paths = [ROOT / name for name in listed.stdout.split("\0") if name]
    else:  # an unpacked archive has no index
        paths = [path for path in ROOT.rglob("*") if not SKIPPED_FOLDERS & set(path.relative_to(ROOT).parts)]
    return [path for path in paths if path.is_file() and b"\0" not in path.read_bytes()[:8192]]


@pytest.mark.parametrize("folder", PYTHON_FOLDERS)
def test_the_first_line_of_every_file_says_what_it_is_for(folder: str) -> None:
    files = python_files(folder)
    assert files
    silent = [place(path) for path in files if not path.read_text().startswith('"""')]
    assert silent == []


def test_no_file_holds_a_path_of_the_machine_it_was_written_on_or_a_registry() -> None:
    found = [
        f"{place(path)}: {match[0]}"
        for path in _text_files()
        for pattern in (MACHINE, REGISTRY)
        if (match := pattern.search(path.read_text(errors="replace")))
    ]
    assert found == []


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-runtime.lock"])
def test_a_lock_pins_every_package_with_hashes_and_names_no_index(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert not INDEX_OPTION.search(text)
    entries = re.split(r"\n(?=\S)", text.strip())
    assert entries and [one for one in entries if "==" not in one or "--hash=sha256:" not in one] == []


def _pins(lock: str) -> dict[str, str]:
    found = re.findall(r"^([a-z0-9._-]+)==(\S+)", (ROOT / lock).read_text(), re.MULTILINE)
    return dict(found)


def test_the_image_installs_what_was_tested() -> None:
    tested, runtime = _pins("requirements.lock"), _pins("requirements-runtime.lock")
    assert runtime and runtime.items() <= tested.items(), "run `make lock`: the two locks were made apart"


def test_every_dependency_is_in_the_locks() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    optional = project["optional-dependencies"]

    def names(wanted: list[str]) -> set[str]:
        return {re.split(r"[\[<>=~!; ]", one)[0] for one in wanted} - {"muster"}

    runtime = names(project["dependencies"] + optional["build"])
    assert runtime <= set(_pins("requirements-runtime.lock"))
    assert runtime | names(optional["dev"]) <= set(_pins("requirements.lock"))


def test_without_a_fitting_python_the_first_command_says_what_to_install() -> None:
    """The part of the script that looks for one, run alone: the environment in use is not touched."""
    script = (ROOT / "scripts/install.sh").read_text()
    looks = script[script.index("fits()") : script.index('if [ -f "$stamp" ]')]
    done = subprocess.run(
        ["/bin/sh", "-euc", f"{looks}\nfind_python"],
        env={"PYTHON": "no-such-python", "PATH": os.defpath},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "Python 3.11 or newer" in done.stderr and "no-such-python" in done.stderr
