"""A simulated Linear: `with LinearHost() as host: host.issue("ENG", 7).transition("In Review")`; `host.url` is the `api_url`."""

from __future__ import annotations

from tests.simulated.linear.host import LinearHost

__all__ = ["LinearHost"]
