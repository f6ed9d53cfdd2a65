"""A simulated GitHub: REST, GraphQL and signed deliveries, over a model one can drive."""

from __future__ import annotations

from coro_cli.drills.host.github.host import GitHubHost

__all__ = ["GitHubHost"]
