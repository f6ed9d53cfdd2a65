"""How fast it is, as one table: `python -m tests.bench [--short]`. Every figure is a ratio to a baseline of the same run.

Ratios mean the same on a slow and on a quick machine; what is absolute (milliseconds, megabytes) is printed beside them.
The parts in depth: tests/bench/{core,github_cost,host_cost,tracker_cost,webhooks,edge}.py.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.bench import parts
from tests.bench.parts import Figure

PARTS: dict[str, Callable[[Path, bool], Iterator[Figure]]] = {
    "start-up": parts.commands, "claim": parts.claim, "match": parts.match, "requests": parts.requests,
    "deliveries": parts.deliveries, "verification": parts.verification, "idle": parts.idle, "growth": parts.growth,
}  # fmt: skip


def main(words: list[str]) -> int:
    """Print the table; 1 where a target is missed."""
    short, chosen = "--short" in words, [word for word in words if not word.startswith("-")]
    missed = 0
    print("| what | measured | baseline | ratio | target |\n|---|---|---|---|---|")
    for name, part in PARTS.items():
        if chosen and name not in chosen:
            continue
        with tempfile.TemporaryDirectory() as folder:
            for figure in part(Path(folder), short):
                missed += figure.missed
                print(figure.row, flush=True)
    return int(missed > 0)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
