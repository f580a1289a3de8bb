"""The environment is understood exactly, or refused in a sentence."""

import base64
from pathlib import Path

import pytest

from backend.platform.problems import PlatformProblem
from backend.settings import Settings, load_settings

KEY = base64.b64encode(bytes(range(32))).decode()


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for field in Settings.model_fields.values():
        monkeypatch.delenv(str(field.validation_alias), raising=False)
        monkeypatch.delenv(f"{field.validation_alias}_FILE", raising=False)


def test_without_any_variable_the_embedded_default_on_loopback_with_tls_is_meant() -> None:
    found = load_settings()
    assert (found.database_url, found.redis_url, found.host, found.port) == (None, None, "127.0.0.1", 8443)
    assert found.scheme == "https"


def test_options_win_over_variables_and_none_means_not_given(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MUSTER_PORT", "9000")
    monkeypatch.setenv("MUSTER_HOST", "::1")
    found = load_settings(port=0, host=None, data=tmp_path)
    assert (found.port, found.host, found.data) == (0, "::1", tmp_path)


SECRETS = {
    "DATABASE_URL": "postgresql://u:p@db/muster",
    "DATABASE_URL_OWNER": "postgresql://o:p@db/muster",
    "REDIS_URL": "rediss://:p@queue/0",
    "MUSTER_OWNER_PASSWORD": "p1",
    "MUSTER_APP_PASSWORD": "p2",
    "MUSTER_SEQUENCER_PASSWORD": "p3",
}


@pytest.mark.parametrize("name", SECRETS)
def test_every_secret_can_come_from_a_file_and_stays_out_of_repr(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "secret").write_text(SECRETS[name] + "\n")
    monkeypatch.setenv(f"{name}_FILE", str(tmp_path / "secret"))
    found = load_settings()
    assert SECRETS[name] in found.model_dump().values()
    assert SECRETS[name] not in repr(found)


def test_no_secret_is_missing_from_the_list_above() -> None:
    hidden = {str(field.validation_alias) for field in Settings.model_fields.values() if not field.repr}
    assert hidden == set(SECRETS)


def test_a_secret_given_twice_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("redis://a")
    monkeypatch.setenv("REDIS_URL", "redis://b")
    monkeypatch.setenv("REDIS_URL_FILE", str(tmp_path / "secret"))
    with pytest.raises(PlatformProblem, match="Either REDIS_URL or REDIS_URL_FILE"):
        load_settings()


def test_a_secret_file_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DATABASE_URL_FILE", str(tmp_path / "absent"))
    with pytest.raises(PlatformProblem, match=r"DATABASE_URL_FILE.*absent"):
        load_settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MUSTER_PORT", "70000"),
        ("DATABASE_URL", "mysql://u:sesame@db/muster"),
        ("DB_POOLER", "perhaps"),
    ],
)
def test_a_value_that_makes_no_sense_is_refused_by_its_variable_and_not_repeated(
    name: str, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(PlatformProblem, match=name) as refused:
        load_settings()
    assert "sesame" not in str(refused.value)


def test_plain_http_is_allowed_on_loopback_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MUSTER_INSECURE_LOOPBACK", "1")
    assert load_settings(host="localhost").scheme == "http"
    with pytest.raises(PlatformProblem, match="loopback only"):
        load_settings(host="0.0.0.0")


@pytest.mark.parametrize("scheme", ["postgres", "postgresql+asyncpg", "postgresql"])
def test_every_spelling_of_a_postgresql_url_means_the_same(
    scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"{scheme}://u:p@db/muster")
    assert load_settings().database_url == "postgresql://u:p@db/muster"


def test_trusted_proxies_are_addresses_and_networks_and_none_unless_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert load_settings().trusted_proxies == "" and load_settings().sighting_days == 90
    monkeypatch.setenv("MUSTER_TRUSTED_PROXIES", "10.0.0.1, 2001:db8::/32")
    assert load_settings().trusted_proxies == "10.0.0.1,2001:db8::/32"
    monkeypatch.setenv("MUSTER_TRUSTED_PROXIES", "*")
    with pytest.raises(PlatformProblem, match="MUSTER_TRUSTED_PROXIES"):
        load_settings()
