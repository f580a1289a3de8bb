"""Children are kept alive, stopped in order, and never reached by the terminal's Ctrl-C."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from backend.platform.child import Child, ChildSpec
from backend.platform.problems import PlatformProblem
from backend.platform.supervise import Supervisor
from tests.platform.conftest import wait_for_end

REPOSITORY = Path(__file__).resolve().parents[2]

# Says that it is ready by making a file, notes when it is asked to stop.
SCRIPT = """
trap 'echo "$1" >> stopped; kill $!; exit 0' TERM
echo $$ >> "$1.ready"
while :; do sleep 60 & wait $!; done
"""


def _child(folder: Path, name: str, script: str = SCRIPT, **more: object) -> Child:
    return Child(
        ChildSpec(
            name=name,
            argv=("/bin/sh", "-c", script, "sh", name),
            cwd=folder,
            log_file=folder / "log",
            ready=_says_ready(folder / f"{name}.ready"),
            **more,  # type: ignore[arg-type]
        )
    )


def _says_ready(file: Path) -> Callable[[int], bool]:
    return lambda pid: file.exists() and str(pid) in file.read_text().split()


def _first_pid(child: Child) -> int:
    assert child.pid is not None
    return child.pid


def test_children_stop_group_by_group_in_the_given_order(tmp_path: Path) -> None:
    one, two, three = (_child(tmp_path, name) for name in ("one", "two", "three"))
    supervisor = Supervisor([one, two, three], stop_order=[[two], [three], [one]])
    supervisor.start()
    supervisor.stop()
    assert (tmp_path / "stopped").read_text().split() == ["two", "three", "one"]
    assert [child.alive for child in (one, two, three)] == [False] * 3


def test_a_child_that_dies_is_started_again(tmp_path: Path) -> None:
    child = _child(tmp_path, "one")
    supervisor = Supervisor([child])
    supervisor.start()
    try:
        for _ in range(3):
            killed = _first_pid(child)
            os.kill(killed, signal.SIGKILL)
            supervisor.wait_ready(child, after=killed)
            assert child.alive
    finally:
        supervisor.stop()


def test_workers_of_a_killed_child_do_not_outlive_it(tmp_path: Path) -> None:
    child = _child(tmp_path, "one", 'sleep 60 & echo $! > worker; echo $$ >> "$1.ready"; wait')
    supervisor = Supervisor([child])
    supervisor.start()
    try:
        worker = int((tmp_path / "worker").read_text())
        killed = _first_pid(child)
        os.kill(killed, signal.SIGKILL)
        supervisor.wait_ready(child, after=killed)
        assert wait_for_end(worker)
    finally:
        supervisor.stop()


def test_a_child_that_cannot_start_ends_the_others_and_is_quoted(tmp_path: Path) -> None:
    good = _child(tmp_path, "good")
    bad = _child(tmp_path, "bad", "echo the reason; exit 3")
    with pytest.raises(PlatformProblem, match=r"bad should have started.*exit code 3.*the reason"):
        Supervisor([good, bad]).run()
    assert not good.alive


def test_a_program_that_does_not_exist_is_a_sentence(tmp_path: Path) -> None:
    child = Child(
        ChildSpec(name="gone", argv=("/nonexistent",), log_file=tmp_path / "log", ready=lambda _: False)
    )
    with pytest.raises(PlatformProblem, match="cannot execute /nonexistent"):
        Supervisor([child]).run()


def test_an_open_file_handed_down_reaches_the_child(tmp_path: Path) -> None:
    here, there = os.pipe()
    spec = ChildSpec(
        name="writer", argv=("/bin/sh", "-c", f"echo through > /dev/fd/{there}"), pass_fds=(there,)
    )
    Child(spec).start()
    os.close(there)
    with os.fdopen(here) as end:
        assert end.read() == "through\n"


def test_a_child_that_ignores_the_request_is_killed_after_its_deadline(tmp_path: Path) -> None:
    script = 'trap "" TERM; echo $$ >> "$1.ready"; while :; do sleep 60; done'
    child = _child(tmp_path, "deaf", script, stop_seconds=0.1)
    supervisor = Supervisor([child])
    supervisor.start()
    supervisor.stop()
    assert child.describe_end() == "signal SIGKILL"


def test_run_ends_with_0_when_asked_and_only_after_all_children_stopped(tmp_path: Path) -> None:
    child = _child(tmp_path, "one")
    supervisor = Supervisor([child])
    assert supervisor.run(on_ready=supervisor.ask_to_stop) == 0
    assert (tmp_path / "stopped").read_text() == "one\n"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_to_the_group_of_the_supervisor_stops_children_through_it_alone(
    tmp_path: Path, number: signal.Signals
) -> None:
    with _supervising(tmp_path) as master:
        os.killpg(master.pid, number)
        assert master.wait() == 0
    assert (tmp_path / "stopped").read_text() == "one\n"


def test_children_end_with_a_killed_supervisor(tmp_path: Path) -> None:
    with _supervising(tmp_path) as master:
        master.kill()
    assert wait_for_end(int((tmp_path / "one.ready").read_text()))


def test_children_started_from_a_thread_that_ends_live_on(tmp_path: Path) -> None:
    child = _child(tmp_path, "one")
    for step in (child.start, child.wait_ready):
        starter = threading.Thread(target=step)
        starter.start()
        starter.join()
    assert child.process is not None
    with pytest.raises(subprocess.TimeoutExpired):
        child.process.wait(0.2)
    child.stop()


def _supervising(folder: Path) -> "subprocess.Popen[bytes]":
    """A process of its own that supervises one child and is ready when this returns."""
    code = (
        "import sys; from pathlib import Path; from backend.platform.supervise import Supervisor;"
        "from tests.platform.test_supervise import _child;"
        "sys.exit(Supervisor([_child(Path(sys.argv[1]), 'one')]).run(lambda: print('ready', flush=True)))"
    )
    master = subprocess.Popen(
        [sys.executable, "-c", code, str(folder)],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert master.stdout is not None
    assert master.stdout.readline() == b"ready\n"
    return master
