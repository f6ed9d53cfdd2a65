"""httpx, without the command line that it has where `click` is there (team mode brings it): rich and pygments, 60 ms of each poll.

For that moment nobody else in the process can import click: `coro start` does it before it has threads.
"""

from __future__ import annotations

from coro_cli.later import without

with without("click"):
    import httpx

__all__ = ["httpx"]
