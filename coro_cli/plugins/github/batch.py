"""Looking at many objects. A refusal for one of them is no refusal for the others."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from coro_cli.domain.snapshot import Snapshot
from coro_cli.plugins.base import Look, Watched
from coro_cli.plugins.github import rest
from coro_cli.plugins.wire import Asks, Broken, Gone

if TYPE_CHECKING:
    from coro_cli.plugins.github import GitHub


def look(plugin: GitHub, watched: Sequence[Watched]) -> Asks[Look]:
    """Snapshots of all that can be read; a sentence for each of the others."""
    snapshots: dict[str, Snapshot] = {}
    failed: dict[str, str] = {}
    gone: list[str] = []
    for one in watched:
        try:
            snapshots[str(one.ref)] = yield from rest.look(plugin, one)
        except Gone as error:
            failed[str(one.ref)] = error.message
            gone.append(str(one.ref))
        except Broken as error:
            failed[str(one.ref)] = error.message
    return Look(snapshots, failed, gone)
