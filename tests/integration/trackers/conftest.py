"""The trackers are tried with the bench that the code hosts have."""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "hosts")]


@pytest.fixture
def open_bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Any]]:
    """`open_bench("jira-cloud")` → a home whose plugin is that simulated tracker; `.world` is the tracker."""
    from harness import HOUR, bench
    from worlds import WORLDS

    count = itertools.count()
    with ExitStack() as stack:

        def opened(name: str, *, age: float = HOUR) -> Any:
            world = stack.enter_context(WORLDS[name]())
            world.host.skew = -age
            made = bench(world, tmp_path / f"{name}-{next(count)}", monkeypatch)
            stack.callback(made.close)
            return made

        yield opened
