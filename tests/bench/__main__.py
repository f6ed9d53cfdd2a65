"""How fast it is, as one table: `python -m tests.bench [--short] [PART…]`; exit code 1 where a target is missed.

Every figure is a ratio to a baseline of the same run, which means the same on a slow and on a quick machine; what is
absolute (milliseconds, megabytes) is printed beside it. All parts take about ten minutes. `gh` and Debian's `webhook` are
measured where they are installed. Linux only.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.bench import core, edge, github, hosts, idle, profile, receiver, startup, trackers
from tests.bench.figures import Figure

PARTS: dict[str, Callable[[Path, bool], Iterator[Figure]]] = {
    "start-up": startup.commands, "growth": startup.growth, "profile": profile.profile,
    "claim": core.claim, "match": core.match, "wake": core.wake,
    "requests": github.requests, "checks": github.checks, "hosts": hosts.hosts, "trackers": trackers.trackers,
    "deliveries": receiver.deliveries, "verification": receiver.verification, "idle": idle.idle, "edges": edge.edges,
}  # fmt: skip


def main(words: list[str]) -> int:
    """Print the table; 1 where a target is missed, 2 for a part that does not exist."""
    short, chosen = "--short" in words, [word for word in words if word != "--short"]
    if unknown := [word for word in chosen if word not in PARTS]:
        print(f"error: no part `{unknown[0]}`\n\nhint: the parts are {', '.join(PARTS)}", file=sys.stderr)
        return 2
    missed = 0
    print("| what | measured | baseline | ratio | target |\n|---|---|---|---|---|")
    for name in chosen or PARTS:
        with tempfile.TemporaryDirectory() as folder:
            for figure in PARTS[name](Path(folder), short):
                missed += figure.missed
                print(figure.row, flush=True)
    return int(missed > 0)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
