"""Real supervisors and real commands: begun once, ended once, adopted, cancelled, and told apart from strangers."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from core import REF, World, change, comment
from helpers import until

from coro_cli.errors import Conflict, StoreError
from coro_cli.jobs import act, poll
from coro_cli.running import dispatch, launch, processes, reconcile, supervise
from coro_cli.running.dispatch import Dispatcher
from coro_cli.running.files import RunFiles
from coro_cli.store import claims, finish
from coro_cli.store.parking import JobSpec
from coro_cli.system import locks


class Place:
    """A store, a runs folder, and a dispatcher; the clock is the real one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.runs = folder / "runs"
        self.world = World(folder, now=time.time() - 60)
        self.db = self.world.db
        self.dispatcher = Dispatcher(self.db, self.runs, str(folder), 4)

    def job(self, script: str, **options: Any) -> str:
        """A job that is queued: its comment has come. The script is the shell's."""
        options = {"on": "commented"} | options
        job = self.world.park(command=["sh", "-c", script], **options, cwd=str(self.folder))
        self.talk(job)
        return job

    def talk(self, key: str) -> None:
        """One more comment, a minute ago, so that nothing has to be gathered."""
        said = self.world.shown[REF].comments if REF in self.world.shown else ()
        self.world.see(comments=(*said, comment(key, self.world.now)))

    def start(self, job: str) -> launch.Started:
        """Claim and start it."""
        started = launch.claim_and_start(self.db, self.runs, str(self.folder), job)
        assert started is not None
        return started

    def begun(self, started: launch.Started) -> Any:
        """Its row once the command has begun."""
        return until(lambda: row if (row := self.run(started))["pid"] else None)

    def run(self, started: launch.Started) -> Any:
        """Its row."""
        return self.db.one("run_get", job=started.job, number=started.number)

    def ended(self, started: launch.Started) -> Any:
        """Its row once its supervisor is gone and it is settled."""
        if started.process is not None:
            started.process.wait(20)
        return until(lambda: row if (row := self.run(started))["finished_at"] else reconcile.sweep(self.db, self.runs) and None)

    def state(self, job: str) -> str:
        """The job's state."""
        return self.world.state(job)

    def file(self, name: str) -> str:
        """What a command has written."""
        path = self.folder / name
        return path.read_text() if path.exists() else ""


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """A place that is left without living processes and without an illegal state."""
    place = Place(tmp_path)
    yield place
    for row in place.db.all("runs_live"):
        for pid in (row["supervisor"], row["pid"]):
            if pid and processes.started(pid):
                os.kill(pid, signal.SIGKILL)
    for started in place.dispatcher.mine.values():
        if started.process is not None:
            started.process.wait(10)
    place.world.legal()
    place.db.close()


def kill_supervisor(started: launch.Started) -> None:
    """kill -9, and its death is waited for."""
    assert started.process is not None
    started.process.kill()
    started.process.wait(10)


@pytest.mark.parametrize(("script", "code", "state"), [("exit 0", 0, "succeeded"), ("exit 3", 3, "failed"), ("kill -9 $$", 137, "failed"),
                                                       ("kill -TERM $$", 143, "failed"), ("exit 75", 75, "not-yet")])  # fmt: skip
def test_the_exit_status_is_recorded_by_the_supervisor_alone(place: Place, script: str, code: int, state: str) -> None:
    started = place.start(place.job(script))
    assert started.process is not None
    started.process.wait(20)
    run = place.run(started)
    assert (run["state"], run["exit_code"]) == (state, code)
    assert RunFiles.of(place.runs, started.job, started.number).exit_code() == code


def test_a_command_that_cannot_be_executed_fails_and_says_why(place: Place) -> None:
    job = place.world.park(on="commented", command=["/nowhere/to/be/found"], cwd=str(place.folder))
    place.talk("1")
    started = place.start(job)
    assert place.ended(started)["exit_code"] == 127
    assert "/nowhere/to/be/found" in started.files.log.read_text()


def test_a_directory_that_is_not_there_yet_is_waited_for_and_fails_the_run_in_the_end(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    late, never = place.folder / "late", place.folder / "never"
    jobs = [place.world.park(on="commented", command=["true"], cwd=str(cwd)) for cwd in (late, never)]
    place.talk("1")
    for job in jobs:
        with pytest.raises(StoreError, match="is gone"):
            place.start(job)
    late.mkdir()
    assert place.ended(place.start(jobs[0]))["state"] == "succeeded"
    monkeypatch.setattr(launch, "PATIENCE", 1)
    assert place.ended(place.start(jobs[1]))["state"] == "failed"


@pytest.mark.parametrize("number", [errno.EIO, errno.EACCES, errno.EMFILE])
def test_an_exit_status_that_cannot_be_read_is_no_missing_one(place: Place, number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading fails once: the run is left as it is, and settled by the status that was there all the time."""
    job = place.world.park(on="commented", command=["sh", "-c", "echo >> deed; exit 3"], cwd=str(place.folder), on_interrupt="rerun")
    place.talk("1")
    monkeypatch.setenv("CORO_CRASH_AT", "supervise.recorded")
    started = place.start(job)
    assert started.process is not None
    started.process.wait(20)
    real = Path.read_text

    def fails(path: Path, *a: Any, **k: Any) -> str:
        if path.suffix == ".exit":
            raise OSError(number, os.strerror(number))
        return real(path, *a, **k)

    with monkeypatch.context() as broken:
        broken.setattr(Path, "read_text", fails)
        reconcile.sweep(place.db, place.runs)
        assert place.state(job) == "running" and "cannot be read" in place.world.job(job)["attention"]
    reconcile.sweep(place.db, place.runs)
    assert (place.run(started)["exit_code"], place.state(job), place.file("deed")) == (3, "failed", "\n")


@pytest.mark.parametrize("away", ["deleted", "moved"])
def test_a_run_whose_files_are_taken_away_while_it_runs_is_settled_in_the_store(place: Place, away: str) -> None:
    os.mkfifo(place.folder / "go")
    job = place.world.park(on="commented", command=["sh", "-c", "echo >> deed; read x < go"], cwd=str(place.folder), on_interrupt="rerun")
    place.talk("1")
    started = place.start(job)
    until(lambda: place.file("deed"))
    if away == "deleted":
        shutil.rmtree(place.runs / job)
    else:
        (place.runs / job).rename(place.folder / "elsewhere")
    reconcile.sweep(place.db, place.runs)
    assert place.state(job) == "running"
    (place.folder / "go").write_text("on\n")
    assert (place.ended(started)["state"], place.state(job), place.file("deed")) == ("succeeded", "completed", "\n")


def test_a_supervisor_that_lives_is_not_overtaken_where_its_lock_was_deleted(place: Place) -> None:
    job = place.job("exit 0")
    started = place.start(job)
    run = place.begun(started)
    words = [sys.executable, "-c", "import time; time.sleep(60)", "/x/supervise.py", "store", job, str(started.number)]
    with subprocess.Popen(words) as stand_in:
        until(lambda: processes.is_supervising(stand_in.pid, job, started.number))
        assert not processes.is_supervising(stand_in.pid, job, started.number + 1)
        stand_in.kill()
    assert not processes.is_supervising(None, job, 1) and not processes.is_supervising(os.getpid(), job, 1)
    assert place.ended(started)["pid"] == run["pid"]


def test_a_run_that_an_older_store_does_not_know_holds_its_job(place: Place) -> None:
    place.db.run("note_insert", job=place.job("true"), now=0.0, text="")
    job = place.job("echo >> deed")
    backup = sqlite3.connect(place.folder / "older.db")
    with sqlite3.connect(place.db.path) as store:
        store.backup(backup)
    assert place.ended(place.start(job))["state"] == "succeeded"
    with sqlite3.connect(place.db.path) as store:
        backup.backup(store)
    backup.close()
    assert place.state(job) == "queued"
    assert launch.claim_and_start(place.db, place.runs, str(place.folder), job) is None
    row = place.world.job(job)
    assert (row["state"], row["held"], place.file("deed")) == ("parked", 1, "\n")
    assert "an older store was put back" in row["attention"] and f"coro resume --job {job}" in row["attention"]
    act.resume(place.db, job, event="", text="", force=False)
    again = place.start(job)
    assert again.number == 2 and place.ended(again)["state"] == "succeeded" and place.file("deed") == "\n\n"


def test_a_moment_without_our_own_interpreter_gives_the_batch_back(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    job = place.job("echo >> deed")
    with monkeypatch.context() as gone:
        gone.setattr(sys, "executable", str(place.folder / "no" / "python"))
        with pytest.raises(StoreError, match="could not be started"):
            place.start(job)
        assert place.state(job) == "queued"
    assert place.ended(place.start(job))["state"] == "succeeded" and place.file("deed") == "\n"


def test_no_memory_for_the_command_gives_the_batch_back(place: Place, tmp_path: Path) -> None:
    """A script that is still being written (ETXTBSY) passes like a lack of memory."""
    program = tmp_path / "program"
    shutil.copy("/bin/true", program)
    job = place.world.park(on="commented", command=[str(program)], cwd=str(place.folder))
    place.talk("1")
    with open(program, "ab"):
        started = place.start(job)
        assert place.ended(started)["state"] == "abandoned"
    assert place.state(job) == "queued"
    assert place.ended(until(lambda: launch.claim_and_start(place.db, place.runs, "", job)))["state"] == "succeeded"


@pytest.mark.parametrize("session", [True, False])
def test_a_group_that_a_stranger_left_under_a_recycled_number_is_not_ours(session: bool, tmp_path: Path) -> None:
    """Its leader led another session, or was told of no run: a cancel leaves it alone."""
    lead = "os.setsid()" if session else "os.setpgid(0, 0)"
    script = f"import os,time; {lead}; os.fork() and os._exit(0); time.sleep(60)"
    env = {name: value for name, value in os.environ.items() if not name.startswith("CORO_")}
    with subprocess.Popen([sys.executable, "-c", script], env=env | ({} if session else {"CORO_RUN_ID": "x.1"})) as leader:
        mark = processes.started(leader.pid)
    left = [int(n) for n in os.listdir("/proc") if n.isdigit() and processes._fields(int(n))[2:3] == [str(leader.pid).encode()]]
    try:
        assert left and not processes.has_left_some(leader.pid, mark)
        assert not processes.end_group(leader.pid, mark, grace=0.1)
        assert all(processes.started(pid) for pid in left)
    finally:
        for pid in left:
            os.kill(pid, signal.SIGKILL)


def test_a_command_line_that_the_kernel_refuses_fails_the_run_instead_of_being_tried_for_ever(place: Place) -> None:
    job = place.world.park(on="commented", command=["true", "x" * 3_000_000], cwd=str(place.folder))
    place.talk("1")
    started = place.start(job)
    assert (place.run(started)["exit_code"], place.state(job)) == (launch.NOT_STARTED, "failed")


def test_files_that_cannot_be_written_give_the_run_back_and_the_other_jobs_go_on(place: Place) -> None:
    bad, good = place.job("true"), place.job("true")
    (place.runs / bad / "1.prompt").mkdir(parents=True)
    started = place.dispatcher.step()
    assert [run.job for run in started] == [good]
    assert place.state(bad) == "queued"
    (place.runs / bad / "1.prompt").rmdir()
    with pytest.raises(StoreError):
        (place.runs / bad / "2.prompt").mkdir()
        place.start(bad)
    place.ended(started[0])
    place.world.later(120.0)
    place.dispatcher.step()
    until(lambda: place.dispatcher.step() is not None and place.state(bad) == "completed")


def test_a_job_that_cannot_even_be_claimed_says_so_and_holds_up_nobody(place: Place) -> None:
    """Another user has run it once, and its folder is theirs: it stays the first in the line."""
    place.dispatcher.parallel = 1
    bad = place.job("true")
    good = place.world.park(on="commented", command=["true"], cwd=str(place.folder))
    place.world.later(5.0)
    place.talk("2")
    place.db.run("job_move", id=bad, state="queued", expected="queued", ready_at=1.0, gather_until=1.0, now=place.world.now)
    place.runs.mkdir()
    (place.runs / bad).write_text("in the way")
    started = place.dispatcher.step()
    assert [run.job for run in started] == [good]
    assert "cannot be started" in place.world.job(bad)["attention"]
    place.ended(started[0])
    (place.runs / bad).unlink()
    until(lambda: place.dispatcher.step() is not None and place.state(bad) == "completed")
    assert place.world.job(bad)["attention"] == ""


def test_a_poll_runs_what_it_can_beside_a_job_that_cannot_be_started(place: Place) -> None:
    bad, good = place.job("true"), place.job("true")
    place.runs.mkdir()
    (place.runs / bad).write_text("in the way")
    assert [job for job, _ in poll.run_queued(place.db, place.dispatcher)] == [good]
    assert place.state(good) == "completed"
    with pytest.raises(StoreError):
        poll.run_queued(place.db, place.dispatcher)  # and nothing else to do


def test_a_live_run_whose_files_are_closed_to_us_holds_up_nobody(place: Place) -> None:
    hidden = place.start(place.job("while [ ! -e go ]; do sleep 0.05; done"))
    place.begun(hidden)
    hidden.files.path("lock").unlink()
    hidden.files.path("lock").mkdir()
    other = place.job("true")
    until(lambda: place.dispatcher.step() is not None and place.state(other) == "completed")
    assert "cannot be opened" in place.world.job(hidden.job)["attention"]
    (place.folder / "go").touch()
    place.ended(hidden)
    assert (place.state(hidden.job), place.world.job(hidden.job)["attention"]) == ("completed", "")


def test_half_a_character_from_a_host_neither_stops_the_runner_nor_the_job(place: Place) -> None:
    half = json.loads('"\\ud83d x"')
    job = place.world.park(on="labeled", command=["sh", "-c", "cat > said"], cwd=str(place.folder))
    place.world.see(changes=(change("1", "labeled", place.world.now, label=half),))
    place.ended(place.start(job))
    assert "Label: ? x" in place.file("said")
    assert place.state(job) == "completed"


def test_what_no_command_can_be_given_fails_the_run_instead_of_the_runner(place: Place) -> None:
    job = place.job("true", env={"A": "a\0b"})
    (started,) = place.dispatcher.step()
    assert (place.state(job), place.run(started)["exit_code"]) == ("failed", 126)
    assert "null byte" in started.files.log.read_text()


def test_the_command_has_the_signals_of_a_fresh_process_and_a_group_of_its_own(place: Place) -> None:
    shown = "import os,signal;print(signal.getsignal(signal.SIGTERM)==signal.SIG_DFL, os.getpgrp()==os.getpid()==os.getsid(0))"
    text = f'{sys.executable} -c "{shown}" > out; grep -E "^Sig(Ign|Blk)" /proc/self/status >> out'
    place.ended(place.start(place.job(f"exec sh -c '{text}'")))
    first, *masks = place.file("out").splitlines()
    assert first.split()[0] == "True"
    for mask in masks:
        for number in (signal.SIGHUP, signal.SIGINT, signal.SIGTERM, signal.SIGPIPE, signal.SIGXFSZ):
            assert not int(mask.split()[1], 16) & (1 << (number - 1)), (mask, number)


def test_a_command_whose_supervisor_is_killed_lives_on_and_is_called_interrupted_once_it_is_over(place: Place) -> None:
    os.mkfifo(place.folder / "go")
    job = place.job("echo began >> out; read x < go; echo ended >> out")
    started = place.start(job)
    until(lambda: place.file("out"))
    kill_supervisor(started)
    place.dispatcher.step()
    assert place.state(job) == "running"
    assert "its supervisor is gone" in place.world.job(job)["attention"]
    (place.folder / "go").write_text("on\n")
    pid, mark = place.run(started)["pid"], place.run(started)["pid_started"]
    until(lambda: not processes.is_alive(pid, mark))
    place.dispatcher.step()
    assert (place.state(job), place.run(started)["state"]) == ("interrupted", "interrupted")
    assert place.file("out") == "began\nended\n"
    act.retry(place.db, job)
    (place.folder / "go").unlink()
    os.mkfifo(place.folder / "go")
    again = place.start(job)
    (place.folder / "go").write_text("on\n")
    place.ended(again)
    assert place.state(job) == "completed"


def test_what_a_killed_command_has_started_has_to_end_before_it_is_run_again(place: Place) -> None:
    job = place.job("echo begun >> out; (read x < go; echo written >> out) & read y < never", on_interrupt="rerun")
    for fifo in ("go", "never"):
        os.mkfifo(place.folder / fifo)
    started = place.start(job)
    until(lambda: place.file("out"))
    run = place.run(started)
    kill_supervisor(started)
    os.kill(run["pid"], signal.SIGKILL)
    until(lambda: not processes.is_alive(run["pid"], run["pid_started"]))
    place.dispatcher.step()
    assert place.state(job) == "running" and f"coro cancel {job}" in place.world.job(job)["attention"]
    (place.folder / "go").write_text("on\n")
    until(lambda: not processes.has_left_some(run["pid"], run["pid_started"]))
    reconcile.sweep(place.db, place.runs)
    assert (place.state(job), place.run(started)["state"]) == ("queued", "interrupted")
    assert place.file("out") == "begun\nwritten\n"


def test_a_supervisor_that_is_killed_before_the_command_begins_gives_the_run_back(place: Place) -> None:
    job = place.job("echo ran >> out")
    os.environ["CORO_CRASH_AT"] = "supervise.running"
    try:
        started = place.start(job)
    finally:
        del os.environ["CORO_CRASH_AT"]
    started.process.wait(20) if started.process else None
    until(lambda: reconcile.sweep(place.db, place.runs).queued)
    assert (place.state(job), place.run(started)["state"], place.file("out")) == ("queued", "abandoned", "")
    place.ended(place.start(job))
    assert (place.state(job), place.file("out")) == ("completed", "ran\n")


def test_a_pid_that_belongs_to_somebody_else_now_is_neither_waited_for_nor_killed(place: Place) -> None:
    job = place.job("true")
    stranger = subprocess.Popen(["sleep", "60"], start_new_session=True)
    try:
        place.world.later(20.0)
        assert place.world.claim(job) is not None
        with place.db.transaction():
            place.db._connection.execute("UPDATE runs SET pid = ?, pid_started = 'another-boot:1'", (stranger.pid,))
        assert not processes.end_group(stranger.pid, "another-boot:1", grace=0.0)
        assert stranger.poll() is None
        place.dispatcher.step()
        assert place.state(job) == "interrupted"
    finally:
        stranger.kill()
        stranger.wait()


def test_the_mark_of_a_process_tells_boots_and_processes_apart() -> None:
    child = subprocess.Popen(["sleep", "60"])
    mark, mine = processes.started(child.pid), processes.started(os.getpid())
    assert mark and mine and mark != mine and mark.partition(":")[0] == mine.partition(":")[0] != ""
    child.kill()
    until(lambda: processes.started(child.pid) is None)  # a zombie is gone, too
    child.wait()


def test_a_cancel_ends_the_whole_group_also_what_ignores_term(place: Place) -> None:
    job = place.job("trap '' TERM; (trap '' TERM; echo $$ > child; sleep 60) & echo began > out; sleep 60")
    started = place.start(job)
    until(lambda: place.file("out") and place.file("child"))
    run = place.begun(started)
    act.cancel(place.db, job, "enough", grace=0.2)
    assert place.state(job) == "cancelled"
    assert place.ended(started)["state"] == "cancelled"
    until(lambda: not processes.has_left_some(run["pid"], run["pid_started"]))


def cut_short(place: Place, job: str) -> None:
    """A cancel that died right behind its commit."""
    with place.db.transaction():
        finish.cancel(place.db, job, "", now=time.time())


def test_what_a_cancel_that_died_left_running_is_ended_by_the_next_one(place: Place) -> None:
    started = place.start(place.job("trap '' TERM; echo > out; sleep 60"))
    until(lambda: (place.folder / "out").exists())
    cut_short(place, started.job)
    act.cancel(place.db, started.job, "", grace=0.1)
    assert place.ended(started)["state"] == "cancelled"
    with pytest.raises(Conflict, match="cancelled already"):
        act.cancel(place.db, started.job, "")


@pytest.mark.parametrize(("age", "code"), [(reconcile.LEFT_ALONE, 15), (reconcile.LEFT_ALONE + reconcile.GRACE, 9)])
def test_what_a_cancel_that_died_left_running_is_ended_by_the_runner(place: Place, age: float, code: int) -> None:
    started = place.start(place.job("echo > out; exec sleep 60"))
    until(lambda: (place.folder / "out").exists())
    cut_short(place, started.job)
    place.dispatcher.step()
    assert place.run(started)["state"] == "running"  # it may still be at it
    place.db._connection.execute("UPDATE jobs SET updated_at = updated_at - ?", (age,))
    place.dispatcher.step()
    ended = place.ended(started)
    assert (ended["state"], ended["exit_code"]) == ("cancelled", 128 + code)


def test_a_cancel_while_the_run_is_starting_takes_the_supervisors_right_to_begin(place: Place) -> None:
    job = place.job("echo ran > out")
    with place.db.transaction():
        claims.claim(place.db, job, now=time.time())
    act.cancel(place.db, job, "", grace=0.0)
    files = RunFiles.of(place.runs, job, 1)
    files.create("prompt", b"")
    lock = locks.take(files.path("lock"))
    assert lock is not None
    words = [sys.executable, "-I", "-S", supervise.__file__, place.db.path, job, "1", str(lock), str(files.directory)]
    words += ["sh", "-c", "echo ran > out"]
    assert subprocess.run(words, pass_fds=(lock,), cwd=place.folder, check=False, timeout=20).returncode == 0
    os.close(lock)
    assert place.file("out") == ""


def test_a_cancel_at_the_very_instant_of_the_start_always_ends_it(place: Place) -> None:
    """Whatever the cancel finds (starting, running without a command, running), nothing is left behind."""
    for delay in (0.0, 0.03, 0.06, 0.09, 0.12):
        job = place.job("sleep 30")
        started = place.start(job)
        time.sleep(delay)
        act.cancel(place.db, job, "", grace=1.0)
        assert started.process is not None
        started.process.wait(5)
        run = place.ended(started)
        assert run["state"] == "cancelled"
        if run["pid"]:
            until(lambda run=run: not processes.has_left_some(run["pid"], run["pid_started"]))


def test_a_killed_runner_loses_no_status_and_the_next_one_adopts_what_is_left(place: Place) -> None:
    os.mkfifo(place.folder / "go")
    job = place.job("read x < go; exit 0")
    code = (
        "import sys,os,pathlib; from coro_cli.running import launch; from coro_cli.store.database import Database;"
        "launch.claim_and_start(Database(sys.argv[1]), pathlib.Path(sys.argv[2]), '', sys.argv[3]); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", code, place.db.path, str(place.runs), job], check=False, timeout=20)
    until(lambda: (row := place.db.one("run_last", job=job)) is not None and row["pid"])
    place.dispatcher.step()
    assert place.state(job) == "running"
    (place.folder / "go").write_text("on\n")
    until(lambda: place.state(job) == "completed")


def test_exit_75_parks_again_and_the_next_event_runs_it_again(place: Place) -> None:
    job = place.job("echo $CORO_RUN_ID >> out; exit 75")
    place.ended(place.start(job))
    assert place.state(job) == "parked"
    place.talk("2")
    place.ended(place.start(job))
    assert [line.partition(".")[2] for line in place.file("out").split()] == ["1", "2"]


def test_a_failing_command_is_retried_with_the_same_batch_and_then_it_has_failed(place: Place) -> None:
    job = place.job('cat "$CORO_EVENT_FILE" > "batch$CORO_ATTEMPT"; exit 1', retries=1)
    place.ended(place.start(job))
    row = place.world.job(job)
    assert row["state"] == "queued" and 2.4 < row["ready_at"] - time.time() <= 5.0
    with place.db.transaction():
        place.db.run("job_hurry", id=job, now=time.time())
    place.ended(place.start(job))
    assert place.state(job) == "failed"
    one, two = (json.loads(place.file(f"batch{n}")) for n in (1, 2))
    assert [e["key"] for e in one["events"]] == [e["key"] for e in two["events"]] != []


def test_a_repeating_job_parks_again_and_a_message_is_told_to_it(place: Place) -> None:
    job = place.job("cat >> out", repeat=True)
    place.ended(place.start(job))
    assert place.state(job) == "parked"
    act.message(place.db, job, "rebase first", resume=True)
    place.ended(place.start(job))
    assert "Message:\nrebase first" in place.file("out")
    assert place.state(job) == "parked"


def test_a_running_job_that_parks_itself_again_runs_its_next_command_at_the_next_event(place: Place) -> None:
    os.mkfifo(place.folder / "go")
    job = place.job("read x < go")
    started = place.start(job)
    place.begun(started)
    second = JobSpec(command=("sh", "-c", "echo second > out"), cwd=str(place.folder))
    place.world.park(on="commented", job=job, look=False, description=second)
    place.world.now = time.time()
    place.talk("while it ran")
    (place.folder / "go").write_text("on\n")
    place.ended(started)
    assert place.state(job) == "queued"
    again = until(lambda: launch.claim_and_start(place.db, place.runs, "", job))  # after the quiet second of a burst
    place.ended(again)
    assert (place.file("out"), place.state(job)) == ("second\n", "completed")


def test_a_resume_by_hand_follows_the_run_of_whoever_was_quicker(place: Place) -> None:
    os.mkfifo(place.folder / "go")
    job = place.job("read x < go")
    other = place.start(job)
    mine = act.start(place.db, job, place.runs, "")
    assert mine is not None and (mine.number, mine.process) == (other.number, None)
    (place.folder / "go").write_text("on\n")
    assert act.ended(place.db, mine)["state"] == "succeeded"
    other.process.wait(10) if other.process else None


def test_no_more_runs_than_allowed_counting_those_of_others(place: Place) -> None:
    os.mkfifo(place.folder / "go")
    place.dispatcher.parallel = 2
    jobs = [place.job("read x < go") for _ in range(4)]
    first = place.start(jobs[0])
    assert len(place.dispatcher.step()) == 1
    assert place.dispatcher.step() == [] and place.dispatcher.next_due() is None, "nothing is due while there is no room"
    assert end_those_that_run(place) == 2
    assert len(place.dispatcher.step()) == 2
    assert end_those_that_run(place) == 2
    first.process.wait(10) if first.process else None
    until(lambda: place.dispatcher.reap() is not None and not place.dispatcher.mine)


def end_those_that_run(place: Place) -> int:
    """Cancel them, and wait until nothing of them is left; how many there were."""
    live = place.db.all("runs_live")
    for row in live:
        act.cancel(place.db, row["job"], "", grace=0.5)
    until(lambda: reconcile.sweep(place.db, place.runs) and not place.db.all("runs_live"))
    return len(live)


def test_a_deadline_that_passed_while_it_runs_keeps_the_runner_from_no_sleep(place: Place) -> None:
    job = place.job("sleep 30", deadline=time.time() - 5)
    started = place.start(job)
    assert place.dispatcher.next_due() is None
    assert dispatch.expire(place.db) == []
    place.begun(started)
    act.cancel(place.db, job, "", grace=0.5)
    place.ended(started)


def test_two_that_only_ask_whether_a_lock_is_held_are_not_in_each_others_way(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    held = locks.take(path)
    assert held is not None and locks.is_held(path) and locks.take(path) is None
    os.close(held)
    asking = os.open(path, os.O_RDWR)
    fcntl.flock(asking, fcntl.LOCK_SH)
    assert not locks.is_held(path)
    os.close(asking)
    mine = locks.take(path, patience=1.0)
    assert mine is not None
    os.close(mine)
