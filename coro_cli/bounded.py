"""Searching text from outside with a pattern from the user, in bounded time.

A pattern that could backtrack for long runs in a child process that is killed after a second: Python's engine cannot be
interrupted from another thread.
"""

from __future__ import annotations

from coro_cli.domain import regexes

LIMIT = 1.0
_CHILD = (
    "import json,re,sys;p,t=json.load(sys.stdin);"
    "sys.exit(0 if re.search(p,t,re.M) else 3)"
)  # fmt: skip


def search(pattern: str, text: str) -> bool:
    """Whether the pattern is found; a search that takes longer than a second has not found it."""
    if regexes.quick(pattern):
        return regexes.search(pattern, text)
    import json
    import subprocess
    import sys

    try:
        child = subprocess.run(
            [sys.executable, "-I", "-S", "-c", _CHILD],
            input=json.dumps([pattern, text[: regexes.TEXT_LIMIT]]).encode(), timeout=LIMIT, capture_output=True, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return False
    return child.returncode == 0
