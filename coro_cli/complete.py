"""`coro __complete jobs PREFIX`: ids and titles for the shell's TAB. Runs before everything else, and never complains."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence


def main(words: Sequence[str]) -> None:
    """Print `id<TAB>title` lines."""
    prefix = words[1] if len(words) > 1 else ""
    if words[:1] != ["jobs"] or not (prefix.isalnum() or not prefix):
        return
    try:
        for identity, title in _jobs(prefix):
            sys.stdout.write(f"{identity}\t{''.join(c if c.isprintable() else ' ' for c in title)[:60]}\n")
    except Exception:  # a shell's TAB is no place for errors
        return


def _jobs(prefix: str) -> list[tuple[str, str]]:
    import sqlite3
    from urllib.parse import quote

    from coro_cli.system import paths

    store = paths.find(None).store
    if not os.path.exists(store):
        return []
    connection = sqlite3.connect(f"file:{quote(store)}?mode=ro", uri=True, timeout=0.5)
    statement = "SELECT id, coalesce(nullif(title, ''), state) FROM jobs WHERE id >= ? AND id < ? ORDER BY updated_at DESC LIMIT 200"
    try:
        return connection.execute(statement, (prefix, f"{prefix}~")).fetchall()
    finally:
        connection.close()
