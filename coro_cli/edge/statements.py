"""The named statements of `sql/queries.sql`, read once. Parameters are `%(named)s`."""

from __future__ import annotations

import os
from functools import cache

from coro_cli.store import queries

SQL = os.path.join(os.path.dirname(__file__), "sql")


@cache
def load() -> dict[str, str]:
    """Every statement by its name."""
    return queries.named(read("queries.sql"))


def read(file: str) -> str:
    """The text of one file of SQL."""
    with open(os.path.join(SQL, file), encoding="utf-8") as handle:
        return handle.read()
