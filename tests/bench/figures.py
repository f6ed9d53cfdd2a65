"""One row of the table, and how seconds are taken: in turn with their baseline, by the median."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median


@dataclass(frozen=True, slots=True)
class Figure:
    """One row. target: "" without one. missed: whether it is not met. ratio: measured to baseline, None without a baseline."""

    what: str
    measured: str
    baseline: str = "–"
    ratio: float | None = None
    target: str = ""
    missed: bool = False

    @property
    def row(self) -> str:
        """As Markdown."""
        ratio = "–" if self.ratio is None else f"{self.ratio:.2f}"
        mark = " **missed**" if self.missed else ""
        return f"| {self.what} | {self.measured} | {self.baseline} | {ratio} | {self.target}{mark} |"


def at_most(what: str, value: float, base: float, unit: str, baseline: str, limit: float | None, scale: float = 1.0) -> Figure:
    """A ratio that has an upper bound (None: none)."""
    ratio = value / base
    said = f"{value * scale:.3g} {unit}", f"{baseline}: {base * scale:.3g} {unit}"
    return Figure(what, *said, ratio, f"≤ {limit:g}" if limit else "", bool(limit and ratio > limit))


def timed(action: Callable[[], object]) -> float:
    """Seconds."""
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def alternately(actions: list[Callable[[], object]], rounds: int) -> list[float]:
    """Each action's median seconds, taken in turn, so that what else the machine does meets all of them."""
    taken = [[timed(action) for action in actions] for _ in range(rounds)]
    return [median(column) for column in zip(*taken, strict=True)]


def p99(values: Sequence[float]) -> float:
    """Nearest rank."""
    return sorted(values)[int(0.99 * (len(values) - 1))]


def made(folder: Path) -> Path:
    """A directory for one measurement."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def cpu(pid: int) -> float:
    """Seconds of processor time of a process, from Linux's /proc; the threads' own clocks are finer than the ticks of `stat`."""
    return sum(int(line.read_text().split()[0]) for line in Path(f"/proc/{pid}/task").glob("*/schedstat")) / 1e9


def resident(pid: int) -> float:
    """Megabytes."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024
