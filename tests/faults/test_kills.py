"""kill -9 of every process, each once, while real answers flow: nothing is lost and nothing happens twice."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import redis

DATASET = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "bluebirds"
MUSTER = (sys.executable, "-m", "backend.cli")
DEADLINE_SECONDS = 240.0

pytestmark = [
    pytest.mark.faults,
    pytest.mark.skipif(
        not DATASET.is_dir(), reason="needs the real crowd answers in ../shared/data/bluebirds"
    ),
]


@dataclass
class Instance:
    """A running `muster up`."""

    process: subprocess.Popen[bytes]
    data: Path

    @property
    def connection(self) -> Path:
        return self.data / "connection.json"

    def child(self, *words: str) -> int:
        """The process id of the child whose command line holds all these words."""
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit() and _parent(entry) == self.process.pid:
                line = (entry / "cmdline").read_bytes().decode(errors="replace")
                if all(word in line for word in words):
                    return int(entry.name)
        raise AssertionError(f"no child with {words}")

    def kill(self, *words: str) -> None:
        """kill -9 it."""
        os.kill(_until(lambda: _found(self, words), "the child to run"), signal.SIGKILL)


def _found(instance: Instance, words: tuple[str, ...]) -> int | None:
    try:
        return instance.child(*words)
    except (AssertionError, OSError):
        return None


def _parent(entry: Path) -> int | None:
    try:
        return int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    except (OSError, IndexError, ValueError):
        return None


def _until(asked, what: str):  # type: ignore[no-untyped-def]
    end = time.monotonic() + DEADLINE_SECONDS
    while time.monotonic() < end:
        if answer := asked():
            return answer
        time.sleep(0.01)  # polling a file or /proc: nothing can be awaited there
    raise AssertionError(f"waited {DEADLINE_SECONDS} s for {what}")


def _up(data: Path) -> Instance:
    (data / "connection.json").unlink(missing_ok=True)  # a killed parent could not take its note away
    log = data.with_suffix(".log").open("ab")
    process = subprocess.Popen(
        [*MUSTER, "up", "--data", str(data), "--port", "0", "--no-demo"], stderr=log, stdout=log
    )
    started = Instance(process, data)
    _until(lambda: started.connection.exists() or process.poll(), "muster up")
    return started


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[Instance]:
    """Everything, for real, in a folder of its own; it ends in order when asked to."""
    started = _up(tmp_path / "data")
    yield started
    started.process.terminate()
    assert started.process.wait(60) == 0


def _reenact(instance: Instance, state: Path, *options: str) -> subprocess.Popen[bytes]:
    command = [*MUSTER, "reenact", str(DATASET), "--connection", str(instance.connection), "--gold", "10"]
    command += ["--overlap", "5", "--review", "0.1", "--concurrency", "8", "--json", *options]
    environment = {**os.environ, "XDG_STATE_HOME": str(state)}
    said = state.with_suffix(".log").open("ab")
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=said)


def _acknowledged(state: Path) -> int:
    return sum(len(file.read_bytes().splitlines()) for file in (state / "muster" / "runs").glob("*.json"))


def _holds(result: dict[str, float]) -> None:
    assert result["duplicate_assignments"] == 0
    assert result["lost_submissions"] == 0
    assert result["http_errors"] == 0
    assert result["answers_submitted"] == 490
    assert result["leases"] == result["leases_submitted"] + result["leases_ended_otherwise"]
    assert result["accuracy_unreviewed"] > result["mv_accuracy"]


def test_a_run_through_the_death_of_every_process_is_exact(instance: Instance, tmp_path: Path) -> None:
    state = tmp_path / "state"
    run = _reenact(instance, state)
    victims = [("backend.cli", "api"), ("backend.cli", "worker"), ("valkey-server",), ("postgres", "-D")]
    for n, words in enumerate(victims, start=1):
        _until(lambda n=n: _acknowledged(state) > 80 * n or run.poll() is not None, "answers to flow")
        instance.kill(*words)
    out, _ = run.communicate(timeout=DEADLINE_SECONDS)
    if run.returncode != 0:  # a run that broke off is resumed
        name = next((state / "muster" / "runs").glob("*.json")).stem
        run = _reenact(instance, state, "--resume", name)
        out, _ = run.communicate(timeout=DEADLINE_SECONDS)
    assert run.returncode == 0, state.with_suffix(".log").read_text()[-2_000:]
    _holds(json.loads(out.splitlines()[-1]))
    check = subprocess.run(
        [*MUSTER, "rebuild", "--check", "--data", str(instance.data), "--json"], stdout=subprocess.PIPE
    )
    assert check.returncode == 0, check.stdout


def _of_instance(data: Path) -> list[str]:
    """Command lines of processes that still use this data folder."""
    lines = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                if str(data) in line and "reenact" not in line:
                    lines.append(line)
    return lines


def test_losing_all_of_redis_loses_nothing(instance: Instance, tmp_path: Path) -> None:
    state = tmp_path / "state"
    run = _reenact(instance, state)
    client = redis.Redis.from_url(json.loads((instance.data / "addresses.json").read_text())["redis_url"])
    for n in range(1, 6):
        _until(lambda n=n: _acknowledged(state) > 70 * n or run.poll() is not None, "answers to flow")
        client.flushall()
    out, _ = run.communicate(timeout=DEADLINE_SECONDS)
    assert run.returncode == 0
    _holds(json.loads(out.splitlines()[-1]))


def test_the_death_of_the_parent_orphans_nothing_and_a_new_one_goes_on(tmp_path: Path) -> None:
    data, state = tmp_path / "data", tmp_path / "state"
    first = _up(data)
    run = _reenact(first, state)
    _until(lambda: _acknowledged(state) > 150, "answers to flow")
    first.process.kill()
    first.process.wait()
    run.kill()
    run.communicate()
    _until(lambda: not _of_instance(data), "every process of the dead parent to end")
    second = _up(data)
    name = next((state / "muster" / "runs").glob("*.json")).stem
    run = _reenact(second, state, "--resume", name)
    out, _ = run.communicate(timeout=DEADLINE_SECONDS)
    second.process.terminate()
    assert second.process.wait(60) == 0
    assert run.returncode == 0
    _holds(json.loads(out.splitlines()[-1]))


def test_a_killed_run_is_resumed_to_the_same_end(instance: Instance, tmp_path: Path) -> None:
    state = tmp_path / "state"
    run = _reenact(instance, state)
    _until(lambda: _acknowledged(state) > 150, "answers to flow")
    run.kill()
    run.communicate()
    name = next((state / "muster" / "runs").glob("*.json")).stem
    run = _reenact(instance, state, "--resume", name)
    out, _ = run.communicate(timeout=DEADLINE_SECONDS)
    assert run.returncode == 0
    _holds(json.loads(out.splitlines()[-1]))
