"""Imports only go down; the contracts are in pyproject.toml and import-linter judges them."""

import subprocess
import sys
import tomllib
from pathlib import Path

from tests.architecture.code import ROOT

CONTRACTS = {
    one["id"]: one
    for one in tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
}


def test_every_import_contract_is_kept() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    asked = [str(linter), "--no-cache"]
    done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr


def test_every_context_of_the_domain_is_named_in_the_contract_that_keeps_them_apart() -> None:
    folders = {path.parent.name for path in (ROOT / "backend/domain").glob("*/__init__.py")}
    named = {module.rpartition(".")[2] for module in CONTRACTS["contexts"]["modules"]}
    assert named == folders


def test_the_contract_of_the_edge_names_every_context_too() -> None:
    folders = {
        f"backend.domain.{path.parent.name}" for path in (ROOT / "backend/domain").glob("*/__init__.py")
    }
    assert folders <= set(CONTRACTS["edge"]["forbidden_modules"])


def test_the_map_names_every_package() -> None:
    told = (ROOT / "backend/__init__.py").read_text()
    packages = sorted(path.parent.name for path in (ROOT / "backend").glob("*/__init__.py"))
    assert packages
    assert [name for name in packages if f"`{name}/`" not in told] == []
