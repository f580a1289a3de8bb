"""One Muster per folder, one program per port, one private note on how to reach it."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from backend.platform.instance import Instance, listen
from backend.platform.problems import PlatformProblem

HOLD = """
import fcntl, sys
handle = open(sys.argv[1], "a+")
fcntl.flock(handle, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


def test_a_second_instance_is_refused_with_folder_and_pid_and_exit_code_2(tmp_path: Path) -> None:
    with Instance(tmp_path), pytest.raises(PlatformProblem) as refused, Instance(tmp_path):
        pass
    assert str(tmp_path) in str(refused.value)
    assert str(os.getpid()) in str(refused.value)
    assert refused.value.exit_code == 2


def test_a_killed_holder_blocks_nobody(tmp_path: Path) -> None:
    command = [sys.executable, "-c", HOLD, str(tmp_path / "lock")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(PlatformProblem), Instance(tmp_path):
            pass
        holder.kill()
        holder.wait()
        with Instance(tmp_path):
            pass


def test_the_connection_note_is_private_and_gone_when_the_instance_is(tmp_path: Path) -> None:
    with Instance(tmp_path / "new") as instance:
        instance.write_connection({"url": "https://127.0.0.1:1"})
        assert json.loads(instance.connection_file.read_text()) == {"url": "https://127.0.0.1:1"}
        assert stat.S_IMODE(instance.connection_file.stat().st_mode) == 0o600
    assert not instance.connection_file.exists()


def test_the_note_of_a_killed_instance_is_not_believed(tmp_path: Path) -> None:
    (tmp_path / "connection.json").write_text("{}")
    with Instance(tmp_path) as instance:
        assert not instance.connection_file.exists()


def test_port_0_takes_a_free_port_and_a_taken_one_is_a_sentence() -> None:
    with listen("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        assert port > 0
        with pytest.raises(PlatformProblem, match=f"port {port}.*another program"):
            listen("127.0.0.1", port)


def test_a_host_of_another_machine_is_a_sentence() -> None:
    with pytest.raises(PlatformProblem, match=r"192\.0\.2\.1"):
        listen("192.0.2.1", 0)
