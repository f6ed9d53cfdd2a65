"""The crash matrix: `python -m tests.crash.matrix [POINT…]` prints it as Markdown; exit code 1 if a cell is bad.

At every named point of the durable paths a real process of `coro` is killed, is told that the write failed, finds the disk
full, or finds the store locked. Then the work goes on as anybody would let it go on. A checker that knows nothing of coro's
code reads the store and the file that the job's command writes, and decides:

whole        what the path does had not happened; the next try did it, once
once         it had happened, and happened once
interrupted  the command had begun and its end is not known: the job says so and waits for a person
lost, doubled, stuck, damaged: none of these may ever stand in the table

Linux only. The full disks are small ones, mounted for the purpose; where that is forbidden the column says "not tried".
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from coro_cli.drills.host.github import GitHubHost
from coro_cli.system.crash_points import POINTS
from tests.crash.relayed import Ack
from tests.crash.strikes import ARMING, COLUMNS, FULL, LOCKED, TOLD, disk, strike
from tests.crash.ways import Prune, Scene, way_of

ROWS = (*POINTS[:10], "first output", *POINTS[10:])
GOOD = ("whole", "once", "interrupted, explained", "–", "not tried")
# There is nothing of that kind to fail there: the secrets are a file, and the first output is the command's own.
NOTHING_THERE = {("secret.written", LOCKED), ("secret.replaced", LOCKED), ("first output", TOLD)}


def cell(point: str, column: str) -> str:
    """Play one cell, and decide it."""
    if (point, column) in NOTHING_THERE:
        return "–"
    if column == FULL and not mountable():
        return "not tried"
    with GitHubHost() as host, disk(column == FULL) as place, tempfile.TemporaryDirectory() as work:
        scene, way = Scene.made(place / "home", Path(work), host), way_of(point)
        way.prepare(scene)
        arming = "stop:" if isinstance(way, Ack) and column == TOLD else ARMING[column]
        doing = way.act(scene, {"CORO_CRASH_AT": f"{arming}{point}"})
        if isinstance(way, Ack) and column == TOLD:
            way.cut(scene)
            reached = strike(LOCKED, scene, doing)
        else:
            reached = strike(column, scene, doing)
        if not reached:
            return "not reached"
        happened = way.effect(scene)
        way.recover(scene)
        return decide(scene, happened=happened, kept=not isinstance(way, Prune))


def decide(scene: Scene, *, happened: bool, kept: bool) -> str:
    """The verdict, from the store and the side-effect file alone. kept: the job has not been forgotten on purpose."""
    deeds = scene.did.read_text().splitlines() if scene.did.exists() else []
    with contextlib.closing(sqlite3.connect(scene.coro.home / "coro.db")) as store:
        sound = store.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
        approvals = store.execute("SELECT count(*) FROM events WHERE name = 'pull_request:approved'").fetchone()[0]
        live = store.execute("SELECT count(*) FROM runs WHERE state IN ('starting', 'running')").fetchone()[0]
        jobs = store.execute("SELECT state, attention FROM jobs").fetchall()
        ended = store.execute("SELECT count(*) FROM runs WHERE state <> 'abandoned'").fetchone()[0]
    if not sound:
        return "damaged"
    if len(deeds) > 1 or approvals > 1 or len(jobs) > 1 or ended > 1:
        return f"doubled ({deeds}, {approvals}, {jobs})"
    if not kept:
        return "stuck" if jobs or live else ("once" if happened else "whole") if len(deeds) == 1 else "lost"
    if not approvals or not jobs:
        return "lost"
    ((state, attention),) = jobs
    if state == "interrupted" and ended == 1:
        return "interrupted, explained" if attention else "interrupted"
    if live or state != "completed":
        return f"stuck ({state}: {attention})"
    return ("once" if happened else "whole") if len(deeds) == 1 else "lost"


def mountable() -> bool:
    """Whether small disks may be mounted."""
    return os.geteuid() == 0 and subprocess.run(["sh", "-c", _TRY], capture_output=True, check=False).returncode == 0


_TRY = 'd=$(mktemp -d) && mount -t tmpfs tmpfs "$d" && umount "$d" && rmdir "$d"'


def table(points: tuple[str, ...]) -> tuple[list[str], bool]:
    """The lines of the table, and whether all is well."""
    with ThreadPoolExecutor(2) as pool:
        cells = {(p, c): pool.submit(_safe, p, c) for p in points for c in COLUMNS}
        lines = [f"| point | {' | '.join(COLUMNS)} |", f"|---|{'---|' * len(COLUMNS)}"]
        lines += [f"| {p} | {' | '.join(cells[p, c].result() for c in COLUMNS)} |" for p in points]
    return lines, all(future.result() in GOOD for future in cells.values())


def _safe(point: str, column: str) -> str:
    try:
        return cell(point, column)
    except Exception as error:
        return f"undecided ({type(error).__name__}: {' '.join(str(error).split())[:300]})"


def main(wanted: list[str]) -> int:
    """Print it."""
    if os.geteuid() != 0 and "CORO_MATRIX" not in os.environ:
        # Without rights of root a namespace of one's own is enough to mount in, where the system allows it.
        inside = ["unshare", "--user", "--map-root-user", "--mount"]
        if subprocess.run([*inside, "true"], capture_output=True, check=False).returncode == 0:
            os.execvpe("unshare", [*inside, sys.executable, "-m", "tests.crash.matrix", *wanted], {**os.environ, "CORO_MATRIX": "1"})
    lines, good = table(tuple(p for p in ROWS if not wanted or p in wanted))
    print("\n".join(lines))
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
