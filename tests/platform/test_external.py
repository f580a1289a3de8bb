"""DATABASE_URL: the three logins are made on somebody else's server, or the statements to make them are
spelled out.
"""

from pathlib import Path

import asyncpg
import pytest

from backend.platform.postgres import EmbeddedPostgres
from backend.platform.problems import PlatformProblem
from backend.platform.roles import ensure_roles, run_now
from backend.platform.services import prepare_external
from backend.settings import Settings
from tests.platform.conftest import fetch

PASSWORDS = {"muster_owner": "o", "muster_app": "a'; --", "muster_sequencer": "s"}


def _forget_roles(server: EmbeddedPostgres, database: str) -> str:
    """The server as a customer would hand it over: no role of ours, an empty database, an administrator's
    URL.
    """
    admin = server.superuser_dsn()
    fetch(admin, f'DROP DATABASE IF EXISTS "{database}"')
    fetch(admin, "DROP DATABASE IF EXISTS muster")
    for role in PASSWORDS:
        fetch(admin, f"DROP ROLE IF EXISTS {role}")
    fetch(admin, f'CREATE DATABASE "{database}"')
    return server.superuser_dsn(database)


def test_the_roles_are_made_once_and_can_sign_in(server: EmbeddedPostgres) -> None:
    admin = _forget_roles(server, "customer")
    run_now(lambda: ensure_roles(admin, PASSWORDS))
    run_now(lambda: ensure_roles(admin, dict.fromkeys(PASSWORDS, "ignored the second time")))
    for role, password in PASSWORDS.items():
        assert fetch(server.info.dsn(role, password, "customer"), "SELECT current_user::text") == [(role,)]
    fetch(server.info.dsn("muster_owner", "o", "customer"), "CREATE TABLE public.made (n int)")


def test_a_login_without_the_right_is_told_the_three_statements(server: EmbeddedPostgres) -> None:
    _forget_roles(server, "customer")
    fetch(server.superuser_dsn(), "DROP ROLE IF EXISTS plain")
    fetch(server.superuser_dsn(), "CREATE ROLE plain LOGIN PASSWORD 'p'")
    with pytest.raises(PlatformProblem) as refused:
        run_now(lambda: ensure_roles(server.info.dsn("plain", "p", "customer"), PASSWORDS))
    for role in PASSWORDS:
        assert f"CREATE ROLE {role} LOGIN" in refused.value.mend
    assert fetch(server.superuser_dsn(), "SELECT 1 FROM pg_roles WHERE rolname LIKE 'muster%'") == []


def test_an_administrator_who_is_no_superuser_is_enough(server: EmbeddedPostgres) -> None:
    """As on managed servers: CREATEROLE, BYPASSRLS and the database's owner, but not a superuser."""
    _forget_roles(server, "customer")
    fetch(server.superuser_dsn(), "DROP ROLE IF EXISTS manager")
    fetch(server.superuser_dsn(), "CREATE ROLE manager LOGIN CREATEROLE CREATEDB BYPASSRLS PASSWORD 'm'")
    fetch(server.superuser_dsn(), "ALTER DATABASE customer OWNER TO manager")
    for _ in range(2):
        run_now(lambda: ensure_roles(server.info.dsn("manager", "m", "customer"), PASSWORDS))
    fetch(server.info.dsn("muster_owner", "o", "customer"), "CREATE TABLE public.made (n int)")
    fetch(server.superuser_dsn(), "DROP DATABASE customer")


def test_all_three_logins_derive_from_database_url(server: EmbeddedPostgres, folder: Path) -> None:
    admin = _forget_roles(server, "customer")
    settings = Settings.model_construct(data=folder, database_url=admin, app_password="from the environment")
    owner, app, sequencer = run_now(lambda: prepare_external(settings))
    assert [fetch(dsn, "SELECT current_user::text")[0][0] for dsn in (owner, app, sequencer)] == list(
        PASSWORDS
    )
    assert "from%20the%20environment" in app
    assert run_now(lambda: prepare_external(settings)) == (owner, app, sequencer)


def test_a_role_with_another_password_is_a_sentence_not_a_traceback(
    server: EmbeddedPostgres, folder: Path
) -> None:
    admin = _forget_roles(server, "customer")
    run_now(lambda: ensure_roles(admin, PASSWORDS))
    settings = Settings.model_construct(data=folder, database_url=admin)
    with pytest.raises(PlatformProblem, match="password authentication failed"):
        run_now(lambda: prepare_external(settings))


def test_a_server_that_does_not_answer_is_named_without_its_password() -> None:
    with pytest.raises(PlatformProblem) as refused:
        run_now(lambda: ensure_roles("postgresql://admin:secret@127.0.0.1:1/customer", PASSWORDS))
    assert "127.0.0.1:1" in str(refused.value)
    assert "secret" not in str(refused.value)


def test_the_database_belongs_to_the_owner_and_is_closed_to_others(server: EmbeddedPostgres) -> None:
    admin = _forget_roles(server, "customer")
    run_now(lambda: ensure_roles(admin, PASSWORDS))
    assert fetch(admin, "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'customer'") == [
        ("muster_owner",)
    ]
    fetch(server.superuser_dsn(), "CREATE ROLE outsider LOGIN PASSWORD 'x'")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        fetch(server.info.dsn("outsider", "x", "customer"), "SELECT 1")
