"""The named statements of `sql/queries.sql`, read once.

A statement starts at a line `-- name: NAME` and ends at the next one. Parameters are `:named`.
"""

from __future__ import annotations

import os
from functools import cache

SQL = os.path.join(os.path.dirname(__file__), "sql")


@cache
def load() -> dict[str, str]:
    """Every statement by its name."""
    return named(read("queries.sql"))


def named(script: str) -> dict[str, str]:
    """The statements of a script by their names, without its comments. Raises ValueError for a name that is given twice."""
    statements: dict[str, str] = {}
    for block in script.split("-- name: ")[1:]:
        name, _, text = block.partition("\n")
        if name in statements:
            raise ValueError(f"two statements are named {name}")
        lines = [line for line in text.splitlines() if not line.startswith("--")]
        statements[name.strip()] = "\n".join(lines).strip().rstrip(";")
    return statements


def read(file: str) -> str:
    """The text of one file of SQL."""
    with open(os.path.join(SQL, file), encoding="utf-8") as handle:
        return handle.read()
