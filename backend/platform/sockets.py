"""A folder for Unix sockets that is short enough for the kernel and open to the server's user alone."""

import os
import tempfile
from pathlib import Path

from backend.platform.folder import is_private, write_private
from backend.platform.identity import Identity, give

# sun_path holds 108 bytes with the final zero on Linux and 104 on macOS: the smaller one serves everywhere.
SOCKET_PATH_BYTES_MAX = 103


def socket_folder(identity: Identity, home: Path, name: str, notes: Path) -> Path:
    """`home`/sock if `home`/sock/`name` fits; else a private folder under /tmp, remembered in
    `notes`/socket-folder.

    What stands in /tmp is used again only if it still is a real folder of that user with mode 0700.
    """
    near = home / "sock"
    if len(os.fsencode(near / name)) <= SOCKET_PATH_BYTES_MAX:
        return give(identity, near)
    note = notes / "socket-folder"
    if note.exists():
        far = Path(note.read_text().strip())
        if is_private(far, identity.uid):
            return far
    far = give(identity, Path(tempfile.mkdtemp(prefix="muster-", dir="/tmp")))
    write_private(note, f"{far}\n")
    return far
