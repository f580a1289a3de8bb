"""Who the embedded servers run as: root steps down to `postgres` or `nobody`, everybody else stays."""

import logging
import os
import pwd
import secrets
import subprocess
from dataclasses import dataclass
from pathlib import Path

from backend.platform.folder import make_folder, write_private
from backend.platform.problems import PlatformProblem

log = logging.getLogger("muster.platform")

STATE_ROOT = Path("/var/lib/muster-servers")  # not the data folder: others must be able to walk through it


@dataclass(frozen=True, slots=True)
class Identity:
    """A user of this machine; `drops` is true if we are root and step down to it."""

    name: str
    uid: int
    gid: int
    drops: bool


def server_identity(folder: Path, data: str) -> Identity:
    """The user that the server of `folder`, which keeps its rows in `data` below its home, runs as.

    Root steps down to whoever owns the rows already there, so that installing a `postgres` user later changes
    nothing. PlatformProblem if there is nobody to step down to, the rows belong to somebody else, or our user
    id has no entry in the user database.
    """
    try:
        owner = (_noted_home(folder) / data).stat().st_uid
    except FileNotFoundError:
        owner = None
    if os.geteuid() == 0:
        return _stepping_down(owner)
    if owner not in (None, os.geteuid()):
        raise PlatformProblem(
            f"The files in {folder / data} should belong to user id {os.geteuid()}, who runs Muster.",
            f"They belong to user id {owner}.",
            "Run Muster as that user or as root, or give it another folder with --data.",
        )
    return _ourselves()


def _stepping_down(owner: int | None) -> Identity:
    for entry in pwd.getpwall():
        if owner is not None and owner == entry.pw_uid != 0:
            return Identity(entry.pw_name, entry.pw_uid, entry.pw_gid, drops=True)
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Identity(name, entry.pw_uid, entry.pw_gid, drops=True)
    raise PlatformProblem(
        "PostgreSQL refuses to run as root, so root needs a user `postgres` or `nobody` to step down to.",
        "This machine has neither.",
        "Add one (`useradd --system postgres`), or run Muster as an ordinary user.",
    )


def _ourselves() -> Identity:
    try:
        entry = pwd.getpwuid(os.geteuid())
    except KeyError:
        raise PlatformProblem(
            "PostgreSQL needs a user that the user database knows.",
            f"User id {os.geteuid()} has no entry in /etc/passwd.",
            "Add the entry, run as another user, or set DATABASE_URL to a PostgreSQL server.",
        ) from None
    return Identity(entry.pw_name, entry.pw_uid, entry.pw_gid, drops=False)


def can_reach(identity: Identity, *paths: Path) -> bool:
    """True if that user can execute (or, for folders, enter) every path: asked of the kernel, not guessed."""
    if not identity.drops:
        return all(os.access(path, os.X_OK) for path in paths)
    script = 'for path; do [ -x "$path" ] || exit 1; done'
    answer = subprocess.run(
        ["/bin/sh", "-c", script, "sh", *map(str, paths)],
        user=identity.uid,
        group=identity.gid,
        extra_groups=[],
        cwd="/",
        check=False,
    )
    return answer.returncode == 0


def open_for(identity: Identity, folder: Path) -> None:
    """Create Muster's own `folder` if need be and let that user (only) walk through it; parents stay as they
    are.
    """
    make_folder(folder)
    if identity.drops:
        os.chown(folder, -1, identity.gid)
        folder.chmod(folder.stat().st_mode & 0o777 | 0o710)


def give(identity: Identity, folder: Path) -> Path:
    """Create `folder` as 0700 of that user and return it."""
    folder.mkdir(mode=0o700, exist_ok=True)
    if identity.drops:
        os.chown(folder, identity.uid, identity.gid)
    folder.chmod(0o700)
    return folder


def settle(identity: Identity, folder: Path, data: str) -> Path:
    """Where a server that belongs to `folder` can keep `data`: in `folder`, or in a place under STATE_ROOT.

    Below a private home (0700, not ours to open) the dropped user cannot walk to `folder`. Then the files
    live under a random name in STATE_ROOT, and `folder/location` says where. PlatformProblem if the noted
    place is gone, or if rows already in `folder` have become unreachable: an empty database would look like a
    loss.
    """
    open_for(identity, folder)
    home = _noted_home(folder)
    if not home.is_dir():
        raise PlatformProblem(
            f"{folder / 'location'} says that the server's files are in {home}.",
            "There is no such folder.",
            f"Bring it back from a backup; or, to start empty, remove {folder}.",
        )
    if home != folder or not identity.drops or can_reach(identity, folder):
        return home
    if (folder / data).exists():
        raise PlatformProblem(
            f"The user {identity.name} should be able to walk to {folder / data}.",
            "A folder above it is closed to that user.",
            "Open it again (chmod o+x), or move the data folder.",
        )
    return _relocate(identity, folder)


def _relocate(identity: Identity, folder: Path) -> Path:
    home = STATE_ROOT / "relocated" / secrets.token_hex(4)
    make_open_folder(STATE_ROOT / "relocated")
    open_for(identity, home)
    write_private(home / "belongs-to", f"{folder}\n")
    write_private(folder / "location", f"{home}\n")
    log.info("the user %s cannot walk to %s: the server's files are in %s", identity.name, folder, home)
    return home


def make_open_folder(path: Path) -> None:
    """Create a folder under STATE_ROOT that everybody may walk through, whatever the umask. PlatformProblem
    if not.
    """
    try:
        for part in (STATE_ROOT, path):
            if not part.exists():
                part.mkdir(exist_ok=True)
                part.chmod(0o755)
    except OSError as error:
        raise PlatformProblem(
            f"Muster should be able to make {path}: the data folder or the programs are closed to it.",
            f"{error.strerror}.",
            "Choose a data folder that is not below a private home, or run as an ordinary user.",
        ) from None


def _noted_home(folder: Path) -> Path:
    note = folder / "location"
    return Path(note.read_text().strip()) if note.exists() else folder
