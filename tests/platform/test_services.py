"""All services at once: quick from nothing, and looked at by the doctor."""

import asyncio
import time
from pathlib import Path

import redis

from backend.platform.doctor import checks
from backend.platform.instance import Instance, listen
from backend.platform.services import embedded
from backend.settings import Settings
from tests.platform.conftest import fetch


def test_from_nothing_to_three_logins_a_queue_and_certificates(folder: Path) -> None:
    async def use() -> tuple[float, object, object]:
        begun = time.monotonic()
        async with embedded(folder) as services:
            seconds = time.monotonic() - begun
            with redis.Redis.from_url(services.redis_url) as client:
                pong = client.ping()
            rows = await asyncio.to_thread(fetch, services.sequencer_dsn, "SELECT current_user::text")
            assert services.tls is not None
            assert services.tls.cert_file.exists()
            return seconds, pong, rows

    seconds, pong, rows = asyncio.run(use())
    assert (pong, rows) == (True, [("muster_sequencer",)])
    assert seconds < 20  # 0.7 s on an idle two-core machine; the limit allows for a loaded one


def test_the_doctor_is_content_with_a_folder_that_does_not_exist_yet(folder: Path) -> None:
    settings = Settings.model_construct(data=folder / "new", port=0)
    assert [check for check in checks(settings) if not check.ok] == []
    assert not (folder / "new").exists()


def test_the_doctor_finds_what_is_wrong_and_says_how_to_mend_it(folder: Path) -> None:
    (folder / "tls").mkdir()
    with listen("127.0.0.1", 0) as taken:
        settings = Settings.model_construct(
            data=folder,
            port=taken.getsockname()[1],
            database_url="postgresql://admin:secret@127.0.0.1:1/muster",
            redis_url="redis://:secret@127.0.0.1:1/0",
        )
        wrong = {check.name: check for check in checks(settings) if not check.ok}
    assert set(wrong) == {"port", "tls", "postgresql", "valkey"}
    assert all(check.mend for check in wrong.values())
    assert "secret" not in str(wrong)


def test_the_doctor_sees_the_running_instance(folder: Path) -> None:
    settings = Settings.model_construct(data=folder, port=0)
    with Instance(folder):
        found = {check.name: check.found for check in checks(settings)}
    assert "running as process" in found["instance"]
