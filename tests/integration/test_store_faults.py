"""The store when things go wrong: each call fails once, the commit is not believed, the disk is full, the file is not ours."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from core import REF, START, World, comment

from coro_cli.errors import StoreError
from coro_cli.jobs import act
from coro_cli.store import database, prune
from coro_cli.store.database import Database


class Failing(Database):
    """Its N-th call fails; N = 0 lets all pass. calls: how many there were."""

    def __init__(self, path: str) -> None:
        super().__init__(path)
        self.calls, self.fail_at = 0, 0

    def _count(self) -> None:
        self.calls += 1
        if self.calls == self.fail_at:
            raise StoreError("the disk is gone")

    def run(self, name: str, /, **values: Any) -> int:
        self._count()
        return super().run(name, **values)

    def insert(self, name: str, /, **values: Any) -> int:
        self._count()
        return super().insert(name, **values)

    def one(self, name: str, /, **values: Any) -> sqlite3.Row | None:
        self._count()
        return super().one(name, **values)

    def all(self, name: str, /, **values: Any) -> list[sqlite3.Row]:
        self._count()
        return super().all(name, **values)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A store whose calls can be made to fail."""
    world = World(tmp_path)
    world.db.close()
    world.db = Failing(world.path)
    yield world
    world.db.close()


def dump(world: World) -> list[str]:
    """Everything in the store."""
    return list(world.db._connection.iterdump())


def _park(world: World) -> Callable[[], Any]:
    world.see(comments=(comment("1", START - 60),))
    return lambda: world.park(on=["approved", "commented"], all=True)


def _record(world: World) -> Callable[[], Any]:
    for _ in range(2):
        world.park(on="commented")
    return lambda: world.see(comments=(comment("1", START),))


def _claim(world: World) -> Callable[[], Any]:
    job = world.park(on="commented")
    world.see(comments=(comment("1", START),))
    world.later(20.0)
    return lambda: world.claim(job)


def _finish(world: World) -> Callable[[], Any]:
    job = world.park(on="commented", repeat=True)
    world.see(comments=(comment("1", START),))
    world.later(20.0)
    world.claim(job)
    world.see(comments=(comment("1", START), comment("2", world.now)))
    world.park(on="commented", job=job)
    return lambda: world.finish(job)


@pytest.mark.parametrize("made", [_park, _record, _claim, _finish])
def test_whichever_call_of_a_transaction_fails_nothing_of_it_stays_and_the_next_try_does_it_all(
    world: World, made: Callable[[World], Callable[[], Any]]
) -> None:
    act, db = made(world), world.db
    assert isinstance(db, Failing)
    shown = dict(world.shown)
    before, number = dump(world), 0
    while True:
        number += 1
        db.calls, db.fail_at = 0, number
        try:
            act()
        except StoreError:
            assert dump(world) == before, f"call {number} left something behind"
            world.shown = dict(shown)
            continue
        break
    assert number > 8, "too few calls failed for this to mean anything"
    db.fail_at = 0
    assert dump(world) != before
    world.legal()


@pytest.mark.parametrize("made", [_record, _claim, _finish])
def test_a_commit_that_went_through_though_we_were_told_it_did_not_does_no_harm(
    world: World, made: Callable[[World], Callable[[], Any]]
) -> None:
    act = made(world)
    real = world.db._connection

    class Liar:
        """The statement is done, the answer is an error."""

        def __getattr__(self, name: str) -> Any:
            return getattr(real, name)

        def execute(self, statement: str, *values: Any) -> Any:
            done = real.execute(statement, *values)
            if statement == "COMMIT":
                raise sqlite3.OperationalError("disk I/O error")
            return done

    world.db._connection = Liar()  # type: ignore[assignment]
    with pytest.raises(StoreError):
        act()
    world.db._connection = real
    world.legal()
    after = dump(world)
    act()
    assert [line for line in dump(world) if '"runs"' in line or '"verdicts"' in line] == [
        line for line in after if '"runs"' in line or '"verdicts"' in line
    ]
    world.legal()


def test_a_full_disk_is_told_in_a_sentence_and_changes_nothing(world: World) -> None:
    job = world.park(on="commented")
    pages = world.db.pragma("page_count")
    world.db.pragma(f"max_page_count = {pages}")
    before = dump(world)
    with pytest.raises(StoreError, match="is full: nothing was changed"):
        for number in range(1000):
            world.see(comments=(comment(str(number), START, body="x" * 5000),))
            before = dump(world)
    assert dump(world) == before
    world.db.pragma(f"max_page_count = {pages + 100_000}")
    world.see(comments=(comment("last", START + 1),))
    assert world.state(job) == "queued"
    world.legal()


def test_a_transaction_inside_a_transaction_is_refused_and_undoes_both(world: World) -> None:
    before = dump(world)
    with pytest.raises(StoreError), world.db.transaction():
        world.db.run("cursor_put", plugin="p", scope="s", value="1")
        with world.db.transaction():
            pass
    assert dump(world) == before
    with world.db.transaction():
        world.db.run("cursor_put", plugin="p", scope="s", value="1")


def test_a_reader_sees_through_a_writer_and_a_second_writer_is_told_who_waits(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.05)
    job = world.park(on="commented")
    with Database(world.path) as other, world.db.transaction():
        assert other.one("job_get", id=job) is not None
        with pytest.raises(StoreError, match="was locked by another process"), other.transaction():
            pass


def test_a_disk_with_no_room_for_the_log_is_called_full_too(tmp_path: Path) -> None:
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(tmp_path)], capture_output=True, check=False).returncode:
        pytest.skip("a small disk cannot be mounted here")
    try:
        Database(str(tmp_path / "coro.db")).close()
        with pytest.raises(OSError), open(tmp_path / "filler", "wb", buffering=0) as filler:
            while True:
                filler.write(b"x" * 4096)
        with pytest.raises(StoreError, match="is full: nothing was changed"):
            Database(str(tmp_path / "coro.db")).all("jobs_newest", limit=1)
        (tmp_path / "filler").unlink()
        with Database(str(tmp_path / "coro.db")) as db:
            assert db.all("jobs_newest", limit=1) == []
    finally:
        subprocess.run(["umount", "--lazy", str(tmp_path)], check=True)


# ── files that are not what they should be


def _bytes(path: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in path.parent.iterdir()}


def test_a_store_of_a_newer_coro_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.db.pragma("journal_mode = DELETE")
    world.db._connection.execute("PRAGMA user_version = 99")
    world.db.close()
    before = _bytes(tmp_path / "coro.db")
    with pytest.raises(StoreError, match="newer coro"):
        Database(str(tmp_path / "coro.db"))
    assert _bytes(tmp_path / "coro.db") == before


def test_a_store_of_the_first_version_is_brought_up_with_all_that_is_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "VERSION", 1)
    world = World(tmp_path)
    job = world.park(on="commented", look=False)
    world.db.close()
    monkeypatch.undo()
    with Database(str(tmp_path / "coro.db")) as db:
        assert db.one("job_get", id=job) is not None and db.pragma("user_version") == database.VERSION
        db.run("runner_put", pid=1, now=START, parallel=4, interval=5.0)
        runner = db.one("runner_get")
        assert runner is not None and runner["interval"] == 5.0


@pytest.mark.parametrize("version", [0, 1, 99])
def test_a_database_of_somebody_else_is_refused_and_left_as_it_is(tmp_path: Path, version: int) -> None:
    path = tmp_path / "coro.db"
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE precious (thing)")
        other.execute("INSERT INTO precious VALUES ('gold')")
        other.execute(f"PRAGMA user_version = {version}")
    other.close()
    before = _bytes(path)
    with pytest.raises(StoreError, match="not one of coro's"):
        Database(str(path))
    assert _bytes(path) == before


@pytest.mark.parametrize("what", ["noise", "head", "tail"])
def test_a_damaged_store_is_told_of_and_not_overwritten(tmp_path: Path, what: str) -> None:
    world = World(tmp_path)
    for _ in range(30):
        world.park(on="commented")
    world.db.pragma("journal_mode = DELETE")
    world.db.close()
    path = tmp_path / "coro.db"
    data = path.read_bytes()
    noise, tail = b"not a database at all " * 500, data[:4096] + b"\xff" * (len(data) - 4096)
    spoilt = {"noise": noise, "head": b"\0" * 512 + data[512:], "tail": tail}
    path.write_bytes(spoilt[what])
    with pytest.raises(StoreError, match="damaged"), Database(str(path)) as db:
        for name in ("jobs_count", "runs_live", "watched"):
            db.all(name)
    assert path.read_bytes() == spoilt[what]


def test_a_store_that_was_emptied_is_told_of_where_jobs_have_run(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.db.pragma("journal_mode = DELETE")
    world.db.close()
    path = tmp_path / "coro.db"
    path.write_bytes(b"")
    (tmp_path / "runs" / "k7m2qp").mkdir(parents=True)
    with pytest.raises(StoreError, match="damaged: it is empty"):
        Database(str(path))
    assert path.read_bytes() == b""
    path.unlink()
    Database(str(path)).close()  # taken away on purpose: there is a new one


def test_twelve_processes_that_open_a_new_store_at_once_make_it_once(tmp_path: Path) -> None:
    path = str(tmp_path / "coro.db")
    opener = "import sys; from coro_cli.store.database import Database; sys.stdin.readline(); Database(sys.argv[1]); print('open')"
    words, pipe = [sys.executable, "-c", opener, path], subprocess.PIPE
    openers = [subprocess.Popen(words, stdin=pipe, stdout=pipe, stderr=pipe, text=True) for _ in range(12)]
    for process in openers:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    told = [process.communicate(timeout=50) for process in openers]
    assert told == [("open\n", "")] * 12


def test_a_process_killed_in_the_middle_of_the_first_migration_leaves_a_store_that_the_next_one_makes(tmp_path: Path) -> None:
    path = str(tmp_path / "coro.db")
    opener = "import sys; from coro_cli.store.database import Database; Database(sys.argv[1])"
    dead = subprocess.run([sys.executable, "-c", opener, path], env={"CORO_CRASH_AT": "migrate.before-commit"}, check=False)
    assert dead.returncode == -9
    world = World(tmp_path)
    world.park(on="commented")
    world.legal()
    world.db.close()


# ── forgetting


def test_what_ended_long_ago_is_forgotten_with_its_files_and_what_is_alive_is_not(world: World, tmp_path: Path) -> None:
    runs = tmp_path / "runs"
    done, alive = world.park(on="commented"), world.park(on="merged")
    world.see(comments=(comment("1", START),))
    world.run(done)
    for job in (done, alive, "nobody"):
        (runs / job).mkdir(parents=True)
        (runs / job / "1.log").write_text("x")
    assert prune.prune(world.db, runs, now=world.now + 100, keep=200) == 0
    assert prune.prune(world.db, runs, now=world.now + 300, keep=200) == 1
    assert world.db.one("job_get", id=done) is None and world.state(alive) == "parked"
    assert sorted(folder.name for folder in runs.iterdir()) == [alive]
    assert world.db.all("runs_of_job", job=done) == []
    world.legal()


def test_events_are_forgotten_when_nobody_refers_to_them_nor_watches_their_ref(world: World, tmp_path: Path) -> None:
    job = world.park(on="merged")
    world.see(comments=(comment("1", START),))
    world.later(1000.0)
    prune.prune(world.db, tmp_path / "runs", now=world.now, keep=500)
    assert len(world.db.all("events_newest", since=0.0, limit=9)) == 1, "it would come again as news"
    act.cancel(world.db, job, "")
    with world.db.transaction():
        world.db._connection.execute("UPDATE jobs SET updated_at = ?", (START,))
    prune.prune(world.db, tmp_path / "runs", now=world.now, keep=500)
    assert world.db.all("events_newest", since=0.0, limit=9) == [] and world.db.one("object_get", ref=REF) is None
    world.legal()


def test_a_cancelled_job_whose_processes_still_end_is_not_forgotten(world: World, tmp_path: Path) -> None:
    job = world.park(on="commented")
    world.see(comments=(comment("1", START),))
    world.later(20.0)
    world.claim(job)
    act.cancel(world.db, job, "", grace=0.0)
    assert prune.prune(world.db, tmp_path / "runs", now=world.now + 10_000_000, keep=1) == 0
    world.finish(job, 143)
    assert prune.prune(world.db, tmp_path / "runs", now=world.now + 10_000_000, keep=1) == 1


def test_pruning_happens_once_a_day_also_after_the_clock_was_far_ahead(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[float] = []
    monkeypatch.setattr(prune, "prune", lambda *_, now, keep: counted.append(now))
    for now in (1000.0, 1100.0, 1000.0 + prune.DAY, 9e9, 9e9 + 5, 2 * prune.DAY):
        monkeypatch.setattr(prune.time, "time", lambda now=now: now)
        prune.prune_daily(world.db, tmp_path, keep=1.0)
    assert counted == [1000.0, 1000.0 + prune.DAY, 9e9, 2 * prune.DAY]
