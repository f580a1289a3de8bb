"""The embedded Valkey answers on a private socket and remembers through a kill."""

import os
import signal
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from backend.platform.problems import PlatformProblem
from backend.platform.services import check_redis
from backend.platform.valkey import EmbeddedValkey


@pytest.fixture
def valkey(folder: Path) -> Iterator[EmbeddedValkey]:
    server = EmbeddedValkey(folder)
    server.start()
    yield server
    server.discard()


def test_a_killed_valkey_comes_back_with_what_it_had_written(valkey: EmbeddedValkey) -> None:
    with redis.Redis.from_url(valkey.url) as client:
        client.config_set("appendfsync", "always")
        client.rpush("queue", *range(100))
    process = valkey.child.process
    assert process is not None
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    valkey.child.start()
    valkey.child.wait_ready()
    with redis.Redis.from_url(valkey.url) as client:
        assert client.llen("queue") == 100


def test_a_stop_and_a_start_keep_everything(valkey: EmbeddedValkey) -> None:
    with redis.Redis.from_url(valkey.url) as client:
        client.set("bell", "rung")
    valkey.stop()
    valkey.start()
    with redis.Redis.from_url(valkey.url) as client:
        assert client.get("bell") == b"rung"


def test_the_socket_is_for_the_owner_alone_and_no_port_is_open(valkey: EmbeddedValkey) -> None:
    socket = Path(valkey.url.removeprefix("unix://").partition("?")[0])
    assert stat.S_IMODE(socket.parent.stat().st_mode) == 0o700
    with redis.Redis.from_url(valkey.url) as client:
        assert client.config_get("port") == {"port": "0"}


def test_a_second_valkey_on_the_same_folder_is_refused(valkey: EmbeddedValkey) -> None:
    with pytest.raises(PlatformProblem, match=f"{valkey.folder}.*{os.getpid()}"):
        EmbeddedValkey(valkey.folder).start()


def test_an_orphaned_valkey_is_taken_over(valkey: EmbeddedValkey) -> None:
    with redis.Redis.from_url(valkey.url) as client:
        client.set("bell", "rung")
    valkey._lock.release()  # as if its master had died without the kernel telling the server
    heir = EmbeddedValkey(valkey.folder)
    heir.start()
    try:
        assert not valkey.child.alive
        with redis.Redis.from_url(heir.url) as client:
            assert client.get("bell") == b"rung"
    finally:
        heir.stop()


def test_a_redis_that_does_not_answer_is_named_without_its_password(folder: Path) -> None:
    with pytest.raises(PlatformProblem) as refused:
        check_redis("redis://user:secret@127.0.0.1:1/0")
    assert "127.0.0.1:1" in str(refused.value)
    assert "secret" not in str(refused.value)
