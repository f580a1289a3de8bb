"""Every environment variable of Muster, typed, read once."""

import ipaddress
import os
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from pydantic import AliasChoices, Field, ValidationError, field_validator, model_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from backend.platform.guard import networks
from backend.platform.problems import PlatformProblem


def default_data_folder() -> Path:
    """/var/lib/muster for root; else $XDG_DATA_HOME/muster, or ~/.local/share/muster."""
    if os.geteuid() == 0:
        return Path("/var/lib/muster")
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "muster"


def _variable(name: str, default: Any = None, *, secret: bool = False, **limits: Any) -> Any:
    """A field read from the environment variable `name`; secrets stay out of repr and may come from
    `name`_FILE.
    """
    if callable(default):
        return Field(default_factory=default, validation_alias=name, **limits)
    return Field(default=default, validation_alias=name, repr=not secret, **limits)


class Settings(BaseSettings):
    """What the environment says. Command-line options override it by field name: `Settings(port=0)`.

    Every secret has a twin with the suffix _FILE that names a file holding the value; giving both is refused,
    and so is anything that cannot be understood. Use `load_settings`, which turns that into a sentence.
    """

    model_config = SettingsConfigDict(
        env_ignore_empty=True, validate_by_name=True, extra="ignore", frozen=True
    )

    database_url: str | None = _variable("DATABASE_URL", secret=True)
    database_url_owner: str | None = _variable("DATABASE_URL_OWNER", secret=True)
    owner_password: str | None = _variable("MUSTER_OWNER_PASSWORD", secret=True)
    app_password: str | None = _variable("MUSTER_APP_PASSWORD", secret=True)
    sequencer_password: str | None = _variable("MUSTER_SEQUENCER_PASSWORD", secret=True)
    db_pooler: Literal["none", "session", "transaction"] = _variable("DB_POOLER", "none")
    redis_url: str | None = _variable("REDIS_URL", secret=True)
    data: Path = _variable("MUSTER_DATA", default_data_folder)
    host: str = _variable("MUSTER_HOST", "127.0.0.1", min_length=1)
    port: int = _variable("MUSTER_PORT", 8443, ge=0, le=65535)
    workers: int = _variable("MUSTER_WORKERS", 1, ge=0, le=64)
    trusted_proxies: str = _variable("MUSTER_TRUSTED_PROXIES", "")
    sighting_days: int = _variable("MUSTER_SIGHTING_DAYS", 90, ge=0, le=366)
    webhook_networks: str = _variable("MUSTER_WEBHOOK_NETWORKS", "")
    insecure_loopback: bool = _variable("MUSTER_INSECURE_LOOPBACK", False)
    log_level: Literal["debug", "info", "warning", "error"] = _variable("MUSTER_LOG_LEVEL", "info")
    log_format: Literal["auto", "console", "json"] = _variable("MUSTER_LOG_FORMAT", "auto")

    @property
    def scheme(self) -> Literal["http", "https"]:
        """How clients reach the API."""
        return "http" if self.insecure_loopback else "https"

    @field_validator("database_url", "database_url_owner")
    @classmethod
    def _plain_postgresql(cls, url: str | None) -> str | None:
        """`postgres://` and SQLAlchemy's `postgresql+driver://` mean the same server."""
        if url is None:
            return None
        scheme, found, rest = url.partition("://")
        if not found or scheme.partition("+")[0] not in ("postgresql", "postgres"):
            raise ValueError("expected postgresql://user:password@host/database")
        return f"postgresql://{rest}"

    @field_validator("redis_url")
    @classmethod
    def _known_redis(cls, url: str | None) -> str | None:
        if url is not None and not url.startswith(("redis://", "rediss://", "unix://")):
            raise ValueError("expected redis://, rediss:// or unix://")
        return url

    @field_validator("trusted_proxies")
    @classmethod
    def _addresses(cls, proxies: str) -> str:
        """Addresses and networks with commas between; from others X-Forwarded-For is not believed."""
        listed = [one.strip() for one in proxies.split(",") if one.strip()]
        for one in listed:
            ipaddress.ip_network(one)
        return ",".join(listed)

    @field_validator("webhook_networks")
    @classmethod
    def _networks(cls, text: str) -> str:
        """Networks that are not public and that webhooks may be sent to all the same."""
        try:
            networks(text)
        except ValueError:
            raise ValueError("expected networks such as 10.1.0.0/16, separated by commas") from None
        return text

    @field_validator("data")
    @classmethod
    def _absolute(cls, data: Path) -> Path:
        return data.expanduser().absolute()

    @model_validator(mode="after")
    def _plain_http_stays_at_home(self) -> "Settings":
        if self.insecure_loopback and not _is_loopback(self.host):
            raise ValueError(
                f"MUSTER_INSECURE_LOOPBACK is for loopback only, and MUSTER_HOST is {self.host}: "
                "unset one of them"
            )
        return self

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Options, then variables, then files that variables name."""
        return init_settings, env_settings, _SecretFiles(settings_cls)


class _SecretFiles(PydanticBaseSettingsSource):
    """Reads FOO from the file that FOO_FILE names, for every secret."""

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """The file's content without the final line break, or None. PlatformProblem as in `__call__`."""
        return _from_file(str(field.validation_alias), os.environ), field_name, False

    def __call__(self) -> dict[str, Any]:
        """PlatformProblem if both FOO and FOO_FILE are given or the file cannot be read."""
        values = {}
        for name, field in self.settings_cls.model_fields.items():
            value = None if field.repr else self.get_field_value(field, name)[0]
            if value is not None:
                values[str(field.validation_alias)] = value
        return values


def load_settings(**options: object) -> Settings:
    """The settings of this process; `options` that are not None override the environment by field name.

    PlatformProblem with one sentence per variable that cannot be understood.
    """
    given = {name: value for name, value in options.items() if value is not None}
    try:
        return Settings(**given)  # type: ignore[arg-type]
    except ValidationError as error:
        found = "; ".join(
            ": ".join(part for part in (_variable_of(problem["loc"]), problem["msg"]) if part)
            for problem in error.errors(include_input=False, include_url=False)
        )
        raise PlatformProblem(
            "The settings should be understandable.", f"{found}.", "Correct or unset these variables."
        ) from None


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The environment's settings, read on the first call and kept."""
    return load_settings()


def _from_file(name: str, environment: Mapping[str, str]) -> str | None:
    path = environment.get(f"{name}_FILE")
    if not path:
        return None
    if environment.get(name):
        raise PlatformProblem(
            f"Either {name} or {name}_FILE should be set.",
            "Both are.",
            "Unset one: it must be clear which counts.",
        )
    try:
        return Path(path).read_text().rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise PlatformProblem(
            f"{name}_FILE should name a readable text file.",
            f"{error}.",
            "Correct the path or the file's mode.",
        ) from None


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _variable_of(location: tuple[int | str, ...]) -> str:
    """The environment variable behind a field or alias named in a validation error."""
    name = str(location[0]) if location else ""
    field = Settings.model_fields.get(name)
    return (
        name
        if field is None or isinstance(field.validation_alias, AliasChoices)
        else str(field.validation_alias)
    )
