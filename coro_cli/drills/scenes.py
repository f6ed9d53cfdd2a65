"""The scenarios, by name. Each is a function that plays on a Stage; its docstring is its title."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from importlib import import_module

from coro_cli.drills.stage import Stage
from coro_cli.drills.story import DrillFailed, Story
from coro_cli.errors import CoroError, UsageError

Scene = Callable[[Stage], None]
# name: module below coro_cli.drills.scenery. The order is the order of playing.
SCENES: dict[str, str] = {
    "approval": "people",
    "merge": "people",
    "comment": "people",
    "message": "people",
    "deadline": "people",
    "offline": "outages",
    "runner-killed": "outages",
    "two-runners": "outages",
    "token-revoked": "outages",
    "rate-limit": "outages",
    "interrupted": "outages",
    "rotated-secret": "deliveries",
    "forged-delivery": "deliveries",
}


def titles() -> list[dict[str, str]]:
    """All scenarios with their titles."""
    return [{"scenario": name, "title": _title(load(name))} for name in SCENES]


def load(name: str) -> Scene:
    """The scenario's function; UsageError with the nearest name for an unknown one."""
    if name not in SCENES:
        import difflib

        near = difflib.get_close_matches(name, SCENES, n=1, cutoff=0.4)
        hint = f"did you mean `{near[0]}`?" if near else "list them: coro drill --list"
        raise UsageError(f"there is no scenario `{name[:40]}`", hint=hint)
    found: Scene = getattr(import_module(f"coro_cli.drills.scenery.{SCENES[name]}"), name.replace("-", "_"))
    return found


def play(names: Sequence[str]) -> Iterator[Story]:
    """Play scenarios one after the other, each in a home of its own."""
    for name in names:
        yield _played(name, load(name))


def _played(name: str, scene: Scene) -> Story:
    story = Story(name, _title(scene))
    began = time.monotonic()
    try:
        with Stage(story) as stage:
            scene(stage)
    except (DrillFailed, CoroError) as failure:
        story.failed = str(failure)
    story.seconds = time.monotonic() - began
    return story


def _title(scene: Scene) -> str:
    return (scene.__doc__ or "").strip().splitlines()[0].rstrip(".")
